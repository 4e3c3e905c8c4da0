"""An encoder-decoder that is asked in words: contexts to the encoder, continuations and written texts as targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadParameter, BadRequest, Continuation, Generation, LoadOptions, Param, Slots, positive
from xharness_plugins.models.chat import asks_in_chat
from xharness_plugins.models.filling import FillsSlots, blanks, grouped
from xharness_plugins.models.fitting import remarks
from xharness_plugins.models.generation_settings import ends, generation_settings
from xharness_plugins.models.heads.head import LoadedEncoder
from xharness_plugins.models.in_words import bounded, part, shortened
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.loading import stream_on
from xharness_plugins.models.text_updates import TextCheckpoint

if TYPE_CHECKING:
    from xharness.engine.encoder_decoder import Target
    from xharness.engine.generation import Ask
    from xharness.engine.slots import Form

AUTO = "AutoModelForSeq2SeqLM"
BEAMS = "beams"
BEAMS_PARAM = Param(
    type=positive, capability="generate", help="beams of the search for a written text; by default texts are greedy"
)
_SENTINEL = re.compile(r"▁?<extra_id_(\d+)>")


class TargetEncoder:
    """Turns requests into token ids, at most `max_length` each; a longer context loses its beginning.

    Contexts and targets are tokenised as lm-evaluation-harness does for such models: the context with the special
    tokens of the tokenizer, the target without them and on its own, so that the end of the target is not scored. An
    empty context is the token that begins a text, or the one that ends it. Unlike there, a context that loses its
    beginning keeps its special tokens. With `chat` a context is the message of a user in the chat template. `sentinel`
    is put at the end of each context, before the token that ends it. A written text has at most `most` tokens.
    """

    def __init__(
        self,
        tokenizer: Any,
        max_length: int,
        *,
        chat: bool = False,
        sentinel: int | None = None,
        most: int | None = None,
    ) -> None:
        self._tokenizer, self._max_length, self._chat = tokenizer, max_length, chat
        self._sentinel, self._most = sentinel, most
        first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        self._empty = [first] if sentinel is None else [tokenizer.eos_token_id]

    def pairs(self, requests: list[Continuation]) -> list[tuple[Target, bool]]:
        """Return the ids of context and target of each request, and whether the context lost its beginning."""
        from xharness.engine.encoder_decoder import Target

        contexts = self._contexts([request.context for request in requests])
        own = self._targets([request.text for request in requests])
        # A text without tokens is scored as an end.
        ids = [each[: self._max_length] or (self._tokenizer.eos_token_id,) for each in own]
        return [(Target(context, target), cut) for (context, cut), target in zip(contexts, ids, strict=True)]

    def prompts(self, requests: list[Generation]) -> list[tuple[Ask, bool]]:
        """Return the ids of each context, with what may be written for it, and whether it lost a part.

        A context with a passage loses the end of the passage; its beginning only where that is not enough.
        """
        return [self._prompt(bounded(request, self._tokenizer, self._max_length)) for request in requests]

    def _prompt(self, request: Generation) -> tuple[Ask, bool]:
        from xharness.engine.generation import Ask

        ids, cut = self._context(request.context)
        if cut and request.passage:
            kept = shortened(request.context, request.passage, lambda text: len(self._ids(text)), self._room)
            ids, _ = self._context(kept)
        return Ask(ids, min(request.most, self._most or request.most), request.stops), cut

    def forms(self, request: Slots) -> Iterator[tuple[Form, bool, bool]]:
        """Yield the ids of a text with slots, in several forms if a target is too long for it.

        With each comes whether its context lost the beginning, and whether it is the last.
        """
        from xharness.engine.slots import Form

        context, cut = self._context(request.context)
        parts = grouped(blanks(request.slots, self._targets), self._most or self._max_length)
        for number, own in enumerate(parts, 1):
            yield Form(context, own), cut, number == len(parts)

    def _targets(self, texts: list[str]) -> list[tuple[int, ...]]:
        """Return the ids of texts without special tokens; a tokenizer may drop the ends of lines."""
        found = self._tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"] if texts else []
        return [tuple(ids) for ids in found]

    def _contexts(self, texts: list[str]) -> list[tuple[tuple[int, ...], bool]]:
        known = {text: self._context(text) for text in dict.fromkeys(texts)}
        return [known[text] for text in texts]

    def _context(self, text: str) -> tuple[tuple[int, ...], bool]:
        """Return the ids of a context, and whether it lost its beginning."""
        ids = self._ids(text) or self._empty
        cut = len(ids) > self._room
        if cut:
            self._tokenizer.truncation_side = "left"
            ids = self._ids(text, truncation=True, max_length=self._room)
        if self._sentinel is not None:
            ids = [*ids[:-1], self._sentinel, *ids[-1:]]
        return tuple(ids), cut

    @property
    def _room(self) -> int:
        return self._max_length - (self._sentinel is not None)

    def _ids(self, text: str, **more: Any) -> list[int]:
        text = text.rstrip()
        if not text:
            return []
        if self._chat:
            message = [{"role": "user", "content": text}]
            text = self._tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
        text = part(text, self._tokenizer, self._max_length, end=True)
        # A chat template has the special tokens itself.
        ids: list[int] = self._tokenizer(text, add_special_tokens=not self._chat, verbose=False, **more)["input_ids"]
        return ids


def load(path: Path, params: Mapping[str, Any], options: LoadOptions) -> FillsSlots:
    """Load an encoder-decoder to be asked in words; StageError if weights are missing."""
    from xharness.engine.device import resolve_device, resolve_dtype

    checkpoint = TextCheckpoint.read(path, options)
    folder, tokenizer = checkpoint.folder, checkpoint.tokenizer()
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    max_length = length_of(folder, params.get("max_length"))
    start = start_of(folder.path, tokenizer, params)
    model, loading = checkpoint.load(AUTO, dtype)
    encoder = LoadedEncoder(
        model=model.to(device).eval(),
        tokenizer=tokenizer,
        stream=stream_on(device, tokenizer, folder.hidden_size, options),
        max_length=max_length,
        dtype=dtype,
        about={
            "device": str(device),
            "dtype": str(dtype).removeprefix("torch."),
            "architecture": folder.architecture,
            "max_length": max_length,
            "chat": asks_in_chat(tokenizer, params),
            "target_start": tokenizer.convert_ids_to_tokens(list(start)),
            "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
            **remarks(loading),
        },
    )
    return target_model(encoder, params, folder.path)


def target_model(loaded: LoadedEncoder, params: Mapping[str, Any], path: Path) -> FillsSlots:
    """Return a model in memory that is asked in words; the folder `path` says which tokens begin and end a target."""
    from xharness.engine.beam_generation import BeamGenerator
    from xharness.engine.encoder_decoder import TargetScorer
    from xharness.engine.encoder_decoder_generation import TargetGenerator
    from xharness.engine.readers import TargetReader
    from xharness.engine.slots import Filler

    tokenizer, stream, limit = loaded.tokenizer, loaded.stream, _limit(Folder.read(path))
    start, sentinels = start_of(path, tokenizer, params), _sentinels(tokenizer)
    run = loaded.model, stream.device, stream.pad_id, stream.budget, start
    more: dict[str, Any] = {"exact": stream.exact, "on_tokens": stream.on_tokens}
    writing = {**more, "decode": _decoder(tokenizer, frozenset(sentinels))}
    stops = ends(path, tokenizer) | frozenset(sentinels[1:2] if params.get("sentinel") else ())
    beams, greedy = params.get(BEAMS) or 1, TargetGenerator(*run, stops, **writing)
    return FillsSlots(
        scorer=TargetScorer(*run, **more),
        generator=greedy if beams == 1 else BeamGenerator(*run, stops, beams, **writing),
        filler=Filler(TargetReader(loaded.model, stream.device, stream.pad_id, start), stream.budget, **more),
        encode=target_encoder(tokenizer, loaded.max_length, params, limit and limit - len(start) + 1),
        about=loaded.about,
    )


def target_encoder(
    tokenizer: Any, max_length: int, params: Mapping[str, Any], most: int | None = None
) -> TargetEncoder:
    """Return what turns requests into token ids, as the parameters of the adapter say."""
    sentinel = _sentinels(tokenizer)[0] if params.get("sentinel") else None
    return TargetEncoder(tokenizer, max_length, chat=asks_in_chat(tokenizer, params), sentinel=sentinel, most=most)


def settled(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters without the number of beams where it changes nothing, so that keys do not depend on it."""
    return {name: value for name, value in params.items() if name != BEAMS or (value or 1) > 1}


def length_of(folder: Folder, asked: int | None) -> int:
    """Return the tokens of a context that are read; a table of positions limits it, relative positions do not."""
    length: int = asked or folder.max_length
    return min(length, _limit(folder) or length)


def _limit(folder: Folder) -> int | None:
    """Return the number of tokens in the table of positions, None for a model with relative positions."""
    return folder.positions if folder.number(["max_position_embeddings"]) else None


def start_of(path: Path, tokenizer: Any, params: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the tokens before each target: those that the folder declares, then the first sentinel if it is asked for.

    BadRequest if the folder declares none, or if the tokenizer has no sentinels.
    """
    if not params.get("sentinel"):
        return _declared_start(path)
    sentinels = _sentinels(tokenizer)
    if len(sentinels) < 2:
        raise BadParameter.of("sentinel", "yes", f"the tokenizer of {path} has no sentinel tokens (<extra_id_0>)")
    return (*_declared_start(path), sentinels[0])


def _declared_start(path: Path) -> tuple[int, ...]:
    """Return the token that starts the decoder, and the one that is forced after it if there is one."""
    settings = generation_settings(path)
    first = settings.get("decoder_start_token_id", settings.get("bos_token_id"))
    if first is None:
        raise BadRequest(
            f"{path / 'config.json'}: no decoder_start_token_id, so the first token of the decoder is unknown; add it"
        )
    forced = settings.get("forced_bos_token_id")
    return (first,) if forced is None else (first, forced)


def _sentinels(tokenizer: Any) -> list[int]:
    """Return the ids of T5's sentinel tokens in order; the tokenizers of mT5 have them as ordinary tokens."""
    found = {int(match[1]): id for token, id in tokenizer.get_vocab().items() if (match := _SENTINEL.fullmatch(token))}
    return [found[number] for number in sorted(found)]


def _decoder(tokenizer: Any, sentinels: frozenset[int]) -> Any:
    def decode(ids: list[int]) -> str:
        text: str = tokenizer.decode([id for id in ids if id not in sentinels], skip_special_tokens=True)
        return text

    return decode
