"""Loaded encoders, one class a capability: examples in, predictions out, in order, through the engine's one stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from xharness import Example
from xharness.engine.alignment import WordEncoder
from xharness.engine.inference import Sequence, Stream
from xharness.engine.multiple_choice import choice_logits, choice_sequences
from xharness.engine.pooling import layers_step
from xharness.engine.spans import EMPTY, Reader, decode, no_answer, or_nothing

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

_BLOCK = 1024
_DECODED_TOGETHER = 128

T = TypeVar("T")


@dataclass(frozen=True)
class Loaded:
    """A model, the stream that runs it, and what a reader of its results must know."""

    model: Any
    stream: Stream
    about: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> Mapping[str, Any]:
        """Return device, dtype, lengths, layer and heads as JSON values."""
        return self.about

    def _logits(self, batch: dict[str, Tensor]) -> Tensor:
        logits: Tensor = self.model(**batch).logits
        return logits


class TextEncoder:
    """Texts and pairs to ids, the longest cut first; a prompt stands before every text."""

    def __init__(self, tokenizer: Any, max_length: int, prompt: str = "") -> None:
        self._tokenizer, self._max_length, self._prompt = tokenizer, max_length, prompt

    def __call__(self, texts: list[str], pairs: list[str | None] | None = None) -> list[Sequence]:
        """Return the ids and token types of texts; `pairs` holds each one's second text, None where it has none."""
        texts = [self._prompt + text for text in texts] if self._prompt else texts
        alone = [number for number in range(len(texts)) if pairs is None or pairs[number] is None]
        found = dict(zip(alone, self._encode([texts[number] for number in alone]), strict=True))
        if pairs is not None:
            paired = [number for number in range(len(texts)) if pairs[number] is not None]
            seconds = [pairs[number] or "" for number in paired]
            found |= dict(zip(paired, self._encode([texts[number] for number in paired], seconds), strict=True))
        return [found[number] for number in range(len(texts))]

    def cut_to(self, max_length: int) -> TextEncoder:
        """Return an encoder that reads no more sub-words of a text than that."""
        return TextEncoder(self._tokenizer, min(max_length, self._max_length), self._prompt)

    def _encode(self, *texts: list[str]) -> list[Sequence]:
        if not texts[0]:
            return []
        encoded = self._tokenizer(
            *texts, truncation="longest_first", max_length=self._max_length, return_attention_mask=False, verbose=False
        )
        types = encoded.get("token_type_ids") or [None] * len(texts[0])
        return [Sequence(ids, kinds) for ids, kinds in zip(encoded["input_ids"], types, strict=True)]


@dataclass(frozen=True)
class Classifier(Loaded):
    """Gives each text or pair one of `labels`; `order` are their places in the head."""

    encode: TextEncoder = field(kw_only=True)
    labels: tuple[str, ...] = field(kw_only=True)
    order: list[int] = field(kw_only=True)

    def classify(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield the label and the probability of each label, in the task's order."""
        for logits in self.stream.rows(self._sequences(examples), self._logits):
            ordered = logits[:, self.order]
            for best, row in zip(ordered.argmax(axis=1), _probabilities(ordered), strict=True):
                yield {"prediction": self.labels[best], "scores": row}

    def _sequences(self, examples: Iterable[Example]) -> Iterator[Sequence]:
        for block in _blocks(examples):
            yield from self.encode([row["text"] for row in block], [row.get("text_pair") for row in block])


@dataclass(frozen=True)
class Chooser(Loaded):
    """Picks one of each example's choices, however many it has."""

    encode: TextEncoder = field(kw_only=True)

    def choose(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield the place of the best choice and the probability of each."""
        import numpy as np

        items = (item for block in _blocks(examples) for item in choice_sequences(self.encode, block))
        for _, logits in grouped(items, lambda item: item, self._choice_logits):
            (scores,) = _probabilities(np.stack(logits)[None])
            yield {"prediction": int(np.argmax(logits)), "scores": scores}

    def _choice_logits(self, sequences: Iterator[Sequence]) -> Iterator[np.ndarray]:
        blocks = self.stream.rows(sequences, lambda batch: choice_logits(self.model, batch))
        return (logit for block in blocks for logit in block)


@dataclass(frozen=True)
class Tagger(Loaded):
    """Gives each word one of `labels`; `order` are their places in the head."""

    encoder: WordEncoder = field(kw_only=True)
    labels: tuple[str, ...] = field(kw_only=True)
    order: list[int] = field(kw_only=True)

    def tag(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield one tag a word, read at its first sub-word."""
        for pieces, logits in self._grouped(examples):
            tags: list[str] = []
            for piece, scores in zip(pieces, logits, strict=True):
                best = scores[piece.first][:, self.order].argmax(axis=1)
                tags.extend(self.labels[place] for place in best)
            yield {"prediction": tags}

    def _grouped(self, examples: Iterable[Example]) -> Iterator[tuple[Any, list[np.ndarray]]]:
        blocks = (self.encoder.encode([row["tokens"] for row in block]) for block in _blocks(examples))
        return grouped(
            (pieces for block in blocks for pieces in block),
            lambda pieces: [Sequence(piece.ids, None) for piece in pieces],
            lambda sequences: self.stream.tokens(sequences, self._logits),
        )


@dataclass(frozen=True)
class Answerer(Loaded):
    """Finds the answer to each question in its context; with `unanswerable`, may say that there is none."""

    reader: Reader = field(kw_only=True)
    unanswerable: bool = field(default=False, kw_only=True)

    def answer(self, examples: Iterable[Example]) -> Iterator[Mapping[str, Any]]:
        """Yield the best span of each question's windows, the empty text where there is none."""
        import torch

        def step(batch: dict[str, Tensor]) -> Tensor:
            output = self.model(**batch)
            return torch.stack([output.start_logits, output.end_logits], dim=-1)

        results = grouped(
            self._readings(examples),
            lambda item: [Sequence(window.ids, window.type_ids) for window in item[1].windows],
            lambda sequences: self.stream.tokens(sequences, step),
        )
        while some := list(islice(results, _DECODED_TOGETHER)):
            logits = [found for _, found in some]
            answers = decode([reading for (_, reading), _ in some], logits)
            chosen = or_nothing(answers, logits) if self.unanswerable else answers
            for place, ((name, _), _) in enumerate(some):
                row = {"id": name, "prediction": chosen[place][0], "score": chosen[place][1]}
                yield {**row, **_against(answers[place], logits[place])} if self.unanswerable else row

    def _readings(self, examples: Iterable[Example]) -> Iterator[tuple[str, Any]]:
        for block in _blocks(examples):
            readings = self.reader.read([row["question"] for row in block], [row["context"] for row in block])
            yield from zip([row["id"] for row in block], readings, strict=True)


def _against(best: tuple[str, float], windows: SequenceOf[np.ndarray]) -> dict[str, Any]:
    """Return the best span of a question, and by how much no answer scores above it."""
    [nothing] = no_answer([windows])
    span, score = ("", 0.0) if best == (EMPTY, 0.0) else best
    return {"span": span, "margin": nothing - score}


@dataclass(frozen=True)
class Embedder(Loaded):
    """Turns texts into vectors; `step` pools a batch's hidden states, `fixed_length` says that the user set it."""

    encode: TextEncoder = field(kw_only=True)
    step: Callable[[dict[str, Tensor]], Tensor] = field(kw_only=True)
    fixed_length: bool = field(kw_only=True)

    def embed(self, texts: Iterable[str], max_length: int | None = None) -> Iterator[np.ndarray]:
        """Yield float32 blocks that, put together, hold one vector a text."""
        encode = self.encode.cut_to(max_length) if max_length and not self.fixed_length else self.encode
        return self._rows(texts, encode, self.step)

    def embed_layers(self, texts: Iterable[str], layers: SequenceOf[int]) -> Iterator[np.ndarray]:
        """Yield float32 blocks of shape (texts, layers, hidden size): what `embed` gives of each layer, in one pass.

        Only of a model that was loaded for its last layer, so that all are there.
        """
        return self._rows(texts, self.encode, layers_step(self.model, layers, self.about["pooling"]))

    def _rows(
        self, texts: Iterable[str], encode: TextEncoder, step: Callable[[dict[str, Tensor]], Tensor]
    ) -> Iterator[np.ndarray]:
        sequences = (sequence for block in _blocks(texts) for sequence in encode(block))
        return self.stream.rows(sequences, step)


def grouped(
    items: Iterable[T],
    sequences: Callable[[T], list[Sequence]],
    run: Callable[[Iterator[Sequence]], Iterator[np.ndarray]],
) -> Iterator[tuple[T, list[np.ndarray]]]:
    """Run every item's sequences through one stream; yield each item with its results, in order."""
    waiting: deque[tuple[T, int]] = deque()

    def feed() -> Iterator[Sequence]:
        for item in items:
            parts = sequences(item)
            waiting.append((item, len(parts)))
            yield from parts

    results = run(feed())
    held: list[np.ndarray] = []
    for result in results:
        while waiting[0][1] == 0:
            yield waiting.popleft()[0], []
        held.append(result)
        if len(held) == waiting[0][1]:
            yield waiting.popleft()[0], held
            held = []
    for item, _ in waiting:
        yield item, []


def _probabilities(logits: np.ndarray) -> list[list[float]]:
    """Return the softmax of each row."""
    import numpy as np

    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: list[list[float]] = (scores / scores.sum(axis=1, keepdims=True)).round(6).tolist()
    return found


def _blocks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while block := list(islice(rest, _BLOCK)):
        yield block
