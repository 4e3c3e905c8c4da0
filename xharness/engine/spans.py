"""Answers as spans: contexts cut into windows, and the best span of the windows' logits.

Follows squad.py and squad_metrics.py of github.com/huggingface/transformers at the time of XTREME (2020), with
the characters of an answer taken from the tokenizer's offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xharness.engine.alignment import frame
from xharness.errors import BadRequest

if TYPE_CHECKING:
    import numpy as np

MAX_QUESTION = 64
N_BEST = 20
MAX_ANSWER = 30
EMPTY = "empty"


@dataclass(frozen=True)
class Window:
    """One input of the model: ids and token types, with `length` context tokens from token `begin` on at `first`."""

    ids: list[int]
    type_ids: list[int] | None
    first: int
    begin: int
    length: int


@dataclass(frozen=True, eq=False)
class Reading:
    """A question's windows over its context; `offsets` of shape (tokens, 2) are the characters of each token."""

    context: str
    offsets: np.ndarray
    windows: list[Window]

    @cached_property
    def owner(self) -> np.ndarray:
        """Return for each context token the window in which it has the most context, the first of equals."""
        import numpy as np

        tokens = np.arange(len(self.offsets))
        begin = np.array([[window.begin] for window in self.windows])
        length = np.array([[window.length] for window in self.windows])
        left, right = tokens - begin, begin + length - 1 - tokens
        score = np.where((left >= 0) & (right >= 0), np.minimum(left, right) + 0.01 * length, -np.inf)
        owner: np.ndarray = score.argmax(axis=0)
        return owner

    @cached_property
    def spoken(self) -> np.ndarray:
        """Say of each context token whether it holds more than white space."""
        import numpy as np

        blank = np.array([character.isspace() for character in self.context], dtype=bool)
        marks = np.concatenate([[0], np.cumsum(~blank)])
        spoken: np.ndarray = marks[self.offsets[:, 1]] > marks[self.offsets[:, 0]]
        return spoken

    def text(self, first: int, last: int) -> str:
        """Return the characters from token `first` to token `last`, stripped."""
        return self.context[self.offsets[first, 0] : self.offsets[last, 1]].strip()

    def tokens(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the first and last token that hold characters `start` to `end` (exclusive), None where none do."""
        import numpy as np

        if not len(self.offsets):
            return None
        starts = np.minimum.accumulate(self.offsets[::-1, 0])[::-1]
        ends = np.maximum.accumulate(self.offsets[:, 1])
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(starts, end, side="left")) - 1
        return (first, last) if first <= last else None


class Reader:
    """Puts a question (at most 64 tokens) before windows of a context that begin `stride` tokens apart."""

    def __init__(self, tokenizer: Any, max_length: int, stride: int) -> None:
        """Prepare for a fast tokenizer; BadRequest where there is no room for a context."""
        self._tokenizer = tokenizer
        self._frame = frame(tokenizer)
        self._room = max_length - sum(map(len, self._frame.pair))
        self._stride = stride
        self._max_question = min(MAX_QUESTION, self._room // 2)
        if self._room < 2 or stride < 1:
            raise BadRequest(f"max_length {max_length} with stride {stride}: no room for windows of a context")

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Reading]:
        """Return the windows of each question over its context; contexts that are equal are tokenised once."""
        asked = self._encode(list(questions))["input_ids"]
        distinct = list(dict.fromkeys(contexts))
        encoded = self._encode(distinct, offsets=True)
        found = dict(zip(distinct, zip(encoded["input_ids"], encoded["offset_mapping"], strict=True), strict=True))
        return [self._reading(ids, context, *found[context]) for ids, context in zip(asked, contexts, strict=True)]

    def _encode(self, texts: list[str], offsets: bool = False) -> Any:
        return self._tokenizer(
            texts,
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            return_offsets_mapping=offsets,
            verbose=False,
        )

    def _reading(self, question: list[int], context: str, ids: list[int], offsets: list[tuple[int, int]]) -> Reading:
        import numpy as np

        question = question[: self._max_question]
        windows = [
            self._window(question, ids[begin:end], begin)
            for begin, end in _cuts(len(ids), self._room - len(question), self._stride)
        ]
        return Reading(context, np.array(offsets, dtype=np.int64).reshape(-1, 2), windows)

    def _window(self, question: list[int], part: list[int], begin: int) -> Window:
        before, between, after = self._frame.pair
        parts = (before, question, between, part, after)
        types = self._frame.pair_types
        return Window(
            ids=[token for some in parts for token in some],
            type_ids=[kind for some, kind in zip(parts, types, strict=True) for _ in some] if types else None,
            first=len(before) + len(question) + len(between),
            begin=begin,
            length=len(part),
        )


def _cuts(tokens: int, room: int, stride: int) -> Iterator[tuple[int, int]]:
    begin, end = 0, min(room, tokens)
    while tokens:
        yield begin, end
        if end == tokens:
            return
        begin += min(stride, room)
        end = min(begin + room, tokens)


def decode(readings: Sequence[Reading], logits: Sequence[Sequence[np.ndarray]]) -> list[tuple[str, float]]:
    """Return the best answer of each question and its score, the sum of its start and end logit.

    `logits` holds, for each question, an array of shape (tokens, 2) a window: start and end logits. Of the 20 best
    starts and ends of a window, those pairs count that lie in the context, are at most 30 tokens long, begin in
    the window where that token has the most context, and hold some text; the best pair of all windows wins. Where
    none is left the answer is `empty`, with score 0.
    """
    import numpy as np

    flat = [(reading, number) for reading in readings for number in range(len(reading.windows))]
    if not flat:
        return [(EMPTY, 0.0) for _ in readings]
    scores, first, last = _best(_Grid.of(flat, [array for arrays in logits for array in arrays]))
    answers, at = [], 0
    for reading in readings:
        windows = slice(at, at + len(reading.windows))
        at = windows.stop
        best = windows.start + int(np.argmax(scores[windows])) if reading.windows else -1
        if best < 0 or scores[best] == -np.inf:
            answers.append((EMPTY, 0.0))
            continue
        window = reading.windows[best - windows.start]
        shift = window.begin - window.first
        answers.append((reading.text(first[best] + shift, last[best] + shift), float(scores[best])))
    return answers


def or_nothing(answers: Sequence[tuple[str, float]], logits: Sequence[Sequence[np.ndarray]]) -> list[tuple[str, float]]:
    """Return what `decode` found, or the empty text where the first token of every window scores higher than it.

    Of a question's windows the lowest score of the first token counts, which is returned with the empty text. Source:
    compute_predictions_logits of squad_metrics.py, with a threshold of 0.
    """
    return [
        ("", nothing) if answer == (EMPTY, 0.0) or nothing > answer[1] else answer
        for answer, nothing in zip(answers, no_answer(logits), strict=True)
    ]


def no_answer(logits: Sequence[Sequence[np.ndarray]]) -> list[float]:
    """Return the score of no answer for each question: the lowest of the first token of its windows, 0 without any."""
    return [min((float(window[0].sum()) for window in windows), default=0.0) for windows in logits]


@dataclass(frozen=True, eq=False)
class _Grid:
    """Windows side by side, shape (windows, longest): logits, where a span may start and end, text so far."""

    start: np.ndarray
    end: np.ndarray
    may_start: np.ndarray
    may_end: np.ndarray
    text: np.ndarray

    @classmethod
    def of(cls, flat: Sequence[tuple[Reading, int]], logits: Sequence[np.ndarray]) -> _Grid:
        import numpy as np

        shape = (len(flat), max(max(map(len, logits)), N_BEST))
        start, end = np.full(shape, -np.inf), np.full(shape, -np.inf)
        may_start, may_end = np.zeros(shape, bool), np.zeros(shape, bool)
        text = np.zeros((shape[0], shape[1] + 1), np.int64)
        for row, ((reading, number), values) in enumerate(zip(flat, logits, strict=True)):
            window = reading.windows[number]
            here = slice(window.first, window.first + window.length)
            there = slice(window.begin, window.begin + window.length)
            start[row, : len(values)], end[row, : len(values)] = values[:, 0], values[:, 1]
            may_start[row, here] = reading.owner[there] == number
            may_end[row, here] = True
            text[row, here.start + 1 : here.stop + 1] = reading.spoken[there]
        return cls(start, end, may_start, may_end, text.cumsum(axis=1))


def _best(grid: _Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each window the score of its best span (-inf: none), its first and its last position."""
    import numpy as np

    rows = np.arange(len(grid.start))[:, None]
    # Stable, so that of equal logits the earlier position comes first, as in the official code.
    starts = np.argsort(-grid.start, axis=1, kind="stable")[:, :N_BEST]
    ends = np.argsort(-grid.end, axis=1, kind="stable")[:, :N_BEST]
    length = ends[:, None, :] - starts[:, :, None] + 1
    text = grid.text[rows, ends + 1][:, None, :] - grid.text[rows, starts][:, :, None]
    valid = (
        grid.may_start[rows, starts][:, :, None]
        & grid.may_end[rows, ends][:, None, :]
        & (length >= 1)
        & (length <= MAX_ANSWER)
        & (text > 0)
    )
    total = np.where(valid, grid.start[rows, starts][:, :, None] + grid.end[rows, ends][:, None, :], -np.inf)
    flat = total.reshape(len(total), -1)
    best = flat.argmax(axis=1)
    each = rows[:, 0]
    return flat[each, best], starts[each, best // N_BEST], ends[each, best % N_BEST]
