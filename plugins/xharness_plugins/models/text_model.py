"""A causal language model in memory: requests to token ids, log-likelihoods and written texts back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import Continuation, Generation, LoadOptions, Start, Text
from xharness_plugins.models.checkpoint import Checkpoint
from xharness_plugins.models.loading import stream_on
from xharness_plugins.models.predictors import blocks

if TYPE_CHECKING:
    from xharness.engine.generation import Ask, Generator
    from xharness.engine.likelihood import Pair, Scorer


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
        self.cut = 0

    def pairs(self, requests: list[Continuation]) -> list[Pair]:
        """Return the ids of requests; `cut` counts those that lost the beginning of their context."""
        split = [moved(self._templated(request.context), request.text) for request in requests]
        contexts = dict.fromkeys(request.context for request in split)
        known = dict(zip(contexts, self._ids(list(contexts)), strict=True))
        whole = self._ids([request.context + request.text for request in split])
        return [self._pair(known[request.context], ids, request) for request, ids in zip(split, whole, strict=True)]

    def prompts(self, requests: list[Generation]) -> list[Ask]:
        """Return the ids of contexts, with what may follow them."""
        from xharness.engine.generation import Ask

        found = self._ids([self._templated(request.context) for request in requests])
        self.cut += sum(len(ids) > self._room(request) for ids, request in zip(found, requests, strict=True))
        return [
            Ask(tuple(ids[-self._room(request) :]) or self._empty, request.most, request.stops)
            for ids, request in zip(found, requests, strict=True)
        ]

    def _room(self, request: Generation) -> int:
        return max(1, self._max_length - request.most)

    def _pair(self, context: list[int], whole: list[int], request: Continuation) -> Pair:
        from xharness.engine.likelihood import Pair

        own = (whole[len(context) :] or self._ids([request.text])[0])[-self._max_length :]
        room = self._max_length - len(own) + 1  # the last token is looked up, not read
        self.cut += len(context) > room
        return Pair(tuple(context[-room:]) or self._empty, tuple(own))

    def _templated(self, context: str) -> str:
        if not self._chat or not context:
            return context
        message = [{"role": "user", "content": context}]
        found: str = self._tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        return found

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


@dataclass(frozen=True)
class TextModel:
    """A causal language model in memory."""

    scorer: Scorer
    generator: Generator
    encode: PromptEncoder
    about: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> Mapping[str, Any]:
        """Return device, dtype, lengths, and how many contexts lost their beginning, as JSON values."""
        return {**self.about, "cut_contexts": self.encode.cut}

    def loglikelihood(self, requests: Iterable[Continuation]) -> Iterator[float]:
        """Yield the log-likelihood of each text after its context."""
        pairs = (pair for block in blocks(requests) for pair in self.encode.pairs(block))
        for likelihood in self.scorer.score(pairs):
            yield likelihood.value

    def generate(self, requests: Iterable[Generation]) -> Iterator[Text]:
        """Yield what the model writes after each context, up to the first of its stop texts."""
        asked = (ask for block in blocks(requests) for ask in self.encode.prompts(block))
        for ask, written in _with_asks(asked, self.generator):
            text = self.generator.decode(written.ids).lstrip()
            end = min((text.find(stop) for stop in ask.stops if stop in text), default=len(text))
            yield Text(text[:end], cut=written.reason == "length")


def _with_asks(asked: Iterable[Ask], generator: Generator) -> Iterator[tuple[Ask, Any]]:
    from collections import deque

    waiting: deque[Ask] = deque()

    def feed() -> Iterator[Ask]:
        for ask in asked:
            waiting.append(ask)
            yield ask

    for written in generator.generate(feed()):
        yield waiting.popleft(), written


def load(path: Path, params: Mapping[str, Any], options: LoadOptions) -> TextModel:
    """Load a causal language model; StageError if weights are missing."""
    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness.engine.generation import Generator
    from xharness.engine.likelihood import Scorer

    checkpoint = Checkpoint.read(path, options)
    folder = checkpoint.folder
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    tokenizer = checkpoint.tokenizer()
    model, _ = checkpoint.load("AutoModelForCausalLM", checkpoint.config(), dtype=dtype, start=Start(keep_head=True))
    stream = stream_on(device, tokenizer, folder.hidden_size, options)
    max_length = min(params.get("max_length") or folder.max_length, folder.max_length)
    chat = bool(params.get("chat")) and bool(tokenizer.chat_template)
    network = model.to(device).eval()
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "max_length": max_length,
        "chat": chat,
        "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
    }
    run = network, device, stream.pad_id, stream.budget
    exact, on_tokens = options.exact, options.on_tokens
    return TextModel(
        scorer=Scorer(*run, exact=exact, on_tokens=on_tokens),
        generator=Generator(*run, _ends(model, tokenizer), _decoder(tokenizer), exact=exact, on_tokens=on_tokens),
        encode=PromptEncoder(tokenizer, max_length, chat=chat),
        about=about,
    )


def _decoder(tokenizer: Any) -> Callable[[list[int]], str]:
    def decode(ids: list[int]) -> str:
        text: str = tokenizer.decode(ids, skip_special_tokens=True)
        return text

    return decode


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the ids of the tokens that end a text: those of the generation settings, and that of the tokenizer."""
    declared = getattr(model.generation_config, "eos_token_id", None)
    ends = declared if isinstance(declared, list) else [declared]
    return frozenset(end for end in [*ends, tokenizer.eos_token_id] if end is not None)
