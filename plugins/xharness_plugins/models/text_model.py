"""A causal language model in memory: requests to token ids, log-likelihoods and written texts back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import Continuation, Generation, LoadOptions, Slots
from xharness_plugins.models.chat import asks_in_chat
from xharness_plugins.models.filling import FillsSlots, blanks, grouped
from xharness_plugins.models.fitting import remarks
from xharness_plugins.models.generation_settings import ends
from xharness_plugins.models.heads.head import LoadedEncoder
from xharness_plugins.models.in_words import bounded, part, shortened
from xharness_plugins.models.loading import stream_on
from xharness_plugins.models.samples import draws_of
from xharness_plugins.models.text_updates import TextCheckpoint

if TYPE_CHECKING:
    from xharness.engine.generation import Ask
    from xharness.engine.likelihood import Pair
    from xharness.engine.slots import Form


class PromptEncoder:
    """Turns requests into token ids, at most `max_length` each; a longer context loses its beginning.

    Contexts and continuations are split as in lm-evaluation-harness (lm_eval/api/model.py): spaces at the end of a
    context go to the continuation, which has the tokens of both texts together that follow those of the context. With
    `chat` a context is the message of a user in the chat template of the tokenizer.
    """

    def __init__(self, tokenizer: Any, max_length: int, *, chat: bool) -> None:
        self._tokenizer, self._max_length, self._chat = tokenizer, max_length, chat
        first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        self._empty = (first,)
        # Some tokenizers end each text, which here goes on.
        self._ends = not chat and tokenizer("a")["input_ids"][-1:] == [tokenizer.eos_token_id]

    def pairs(self, requests: list[Continuation]) -> list[tuple[Pair, bool]]:
        """Return the ids of each request, and whether it lost the beginning of its context."""
        split = [moved(self._templated(request.context), request.text) for request in requests]
        contexts = dict.fromkeys(request.context for request in split)
        known = dict(zip(contexts, self._ids(list(contexts)), strict=True))
        whole = self._ids([request.context + request.text for request in split])
        return [self._pair(known[request.context], ids, request) for request, ids in zip(split, whole, strict=True)]

    def prompts(self, requests: list[Generation]) -> list[tuple[Ask, bool]]:
        """Return the ids of each context, with what may follow it, and whether it lost a part.

        A context with a passage loses the end of the passage; its beginning only where that is not enough.
        """
        requests = [bounded(request, self._tokenizer, self._max_length) for request in requests]
        found = self._ids([self._templated(request.context) for request in requests])
        return [self._prompt(ids, request) for ids, request in zip(found, requests, strict=True)]

    def _prompt(self, ids: list[int], request: Generation) -> tuple[Ask, bool]:
        from xharness.engine.generation import Ask

        room = max(1, self._max_length - request.most)
        cut = len(ids) > room
        if cut and request.passage:
            kept = shortened(request.context, request.passage, lambda text: len(self._templated_ids(text)), room)
            ids = self._templated_ids(kept)
        return Ask(tuple(ids[-room:]) or self._empty, request.most, request.stops), cut

    def forms(self, request: Slots) -> Iterator[tuple[Form, bool, bool]]:
        """Yield the ids of a text with slots, in several forms if it is longer than the model reads.

        Each has as many slots as fit after the context, or fill half of what the model reads. With each comes whether
        its context lost the beginning, and whether it is the last.
        """
        from xharness.engine.slots import Form

        context = self._templated_ids(request.context)
        most = max(self._max_length - len(context), self._max_length // 2)
        parts = grouped(blanks(request.slots, self._following), most)
        for number, own in enumerate(parts, 1):
            room = max(1, self._max_length - sum(blank.size for blank in own))
            yield Form(tuple(context[-room:]) or self._empty, own), len(context) > room, number == len(parts)

    def _following(self, texts: list[str]) -> list[tuple[int, ...]]:
        """Return the ids of texts that follow others: without what a tokenizer puts before the first word."""
        found = self._tokenizer(
            ["\n", *(f"\n{text}" for text in texts)], return_attention_mask=False, add_special_tokens=False
        )["input_ids"]
        line, *after = found
        return [tuple(ids[len(line) :]) for ids in after]

    def _pair(self, context: list[int], whole: list[int], request: Continuation) -> tuple[Pair, bool]:
        from xharness.engine.likelihood import Pair

        own = (whole[len(context) :] or self._ids([request.text])[0])[-self._max_length :]
        room = self._max_length - len(own) + 1  # the last token is looked up, not read
        return Pair(tuple(context[-room:]) or self._empty, tuple(own)), len(context) > room

    def _templated_ids(self, context: str) -> list[int]:
        return self._ids([self._templated(context)])[0]

    def _templated(self, context: str) -> str:
        """Return the text of a context, of a long one the end that is read."""
        if self._chat and context:
            message = [{"role": "user", "content": context}]
            context = self._tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        return part(context, self._tokenizer, self._max_length, end=True)

    def _ids(self, texts: list[str]) -> list[list[int]]:
        if not any(texts):
            return [[] for _ in texts]
        # A chat template has the special tokens of the beginning itself.
        found: list[list[int]] = self._tokenizer(
            texts, return_attention_mask=False, verbose=False, add_special_tokens=not self._chat
        )["input_ids"]
        return [ids[:-1] if self._ends and text else ids for text, ids in zip(texts, found, strict=True)]


def moved(context: str, text: str) -> Continuation:
    """Return the request for a text after a context; spaces at the end of the context go to the text."""
    stem = context.rstrip()
    return Continuation(stem, context[len(stem) :] + text)


def load(path: Path, params: Mapping[str, Any], options: LoadOptions, *, packed: bool = False) -> FillsSlots:
    """Load a causal language model, with `packed` for fast writing on a CPU; StageError if weights are missing."""
    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness.engine.packing import pack

    checkpoint = TextCheckpoint.read(path, options)
    folder = checkpoint.folder
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    tokenizer = checkpoint.tokenizer()
    model, loading = checkpoint.load("AutoModelForCausalLM", dtype)
    stream = stream_on(device, tokenizer, folder.hidden_size, options)
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "max_length": max_length_of(folder.max_length, params),
        "chat": asks_in_chat(tokenizer, params),
        "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
        **remarks(loading),
    }
    encoder = LoadedEncoder(
        model=pack(model.to(device).eval()) if packed else model.to(device).eval(),
        tokenizer=tokenizer,
        stream=stream,
        max_length=folder.max_length,
        dtype=dtype,
        about=about,
    )
    return text_model(encoder, params, folder.path)


def text_model(loaded: LoadedEncoder, params: Mapping[str, Any], path: Path) -> FillsSlots:
    """Return a model in memory that is asked in words; the folder `path` says which tokens end a text."""
    from xharness.engine.generation import Generator
    from xharness.engine.likelihood import Scorer
    from xharness.engine.readers import CausalReader
    from xharness.engine.slots import Filler

    tokenizer, stream = loaded.tokenizer, loaded.stream
    run = loaded.model, stream.device, stream.pad_id, stream.budget
    exact, on_tokens = stream.exact, stream.on_tokens
    max_length = max_length_of(loaded.max_length, params)
    return FillsSlots(
        scorer=Scorer(*run, exact=exact, on_tokens=on_tokens),
        generator=Generator(*run, ends(path, tokenizer), _decoder(tokenizer), exact=exact, on_tokens=on_tokens),
        filler=Filler(CausalReader(*run[:3]), stream.budget, exact=exact, on_tokens=on_tokens),
        encode=PromptEncoder(tokenizer, max_length, chat=asks_in_chat(tokenizer, params)),
        about=loaded.about,
        draws=draws_of(params),
    )


def max_length_of(most: int, params: Mapping[str, Any]) -> int:
    """Return the maximum number of tokens of an input, of at most `most` that the model reads."""
    return min(params.get("max_length") or most, most)


def _decoder(tokenizer: Any) -> Callable[[list[int]], str]:
    def decode(ids: list[int]) -> str:
        text: str = tokenizer.decode(ids, skip_special_tokens=True)
        return text

    return decode
