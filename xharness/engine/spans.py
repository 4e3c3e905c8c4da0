"""Extractive QA: split contexts into windows, and find the best answer span from the logits of the windows.

Follows squad.py and squad_metrics.py of github.com/huggingface/transformers at the time of XTREME (2020), except that
the characters of an answer are found by the tokenizer's offsets.
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
    """One input of the model: a question and a part of its context.

    The `length` context tokens starting at context token `begin` are at position `first` of `ids`. `type_ids` are the
    token type ids, None if the model does not use them.
    """

    ids: list[int]
    type_ids: list[int] | None
    first: int
    begin: int
    length: int


@dataclass(frozen=True, eq=False)
class Reading:
    """The windows of a question over its context.

    `offsets`, shape (tokens, 2), are the start and end character of each context token.
    """

    context: str
    offsets: np.ndarray
    windows: list[Window]

    @cached_property
    def owner(self) -> np.ndarray:
        """Return for each context token the index of the window in which it has the most context (first if tied)."""
        import numpy as np

        owner = np.zeros(len(self.offsets), dtype=np.int64)
        best = np.full(len(self.offsets), -np.inf)
        for index, window in enumerate(self.windows):
            left = np.arange(window.length)
            score = np.minimum(left, left[::-1]) + 0.01 * window.length
            part = slice(window.begin, window.begin + window.length)
            owner[part] = np.where(score > best[part], index, owner[part])
            best[part] = np.maximum(score, best[part])
        return owner

    @cached_property
    def has_text(self) -> np.ndarray:
        """Return for each context token whether it contains more than white space, a boolean array."""
        import numpy as np

        blank = np.array([character.isspace() for character in self.context], dtype=bool)
        counts = np.concatenate([[0], np.cumsum(~blank)])
        has_text: np.ndarray = counts[self.offsets[:, 1]] > counts[self.offsets[:, 0]]
        return has_text

    def text(self, first: int, last: int) -> str:
        """Return the characters from token `first` to token `last`, stripped."""
        return self.context[self.offsets[first, 0] : self.offsets[last, 1]].strip()

    def tokens(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the first and last token that overlap characters `start` to `end` (exclusive); None if none do."""
        import numpy as np

        if not len(self.offsets):
            return None
        starts = np.minimum.accumulate(self.offsets[::-1, 0])[::-1]
        ends = np.maximum.accumulate(self.offsets[:, 1])
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(starts, end, side="left")) - 1
        return (first, last) if first <= last else None


class Reader:
    """Encode a question, cut to 64 tokens, with windows of its context that start `stride` tokens apart.

    No answer is predicted at the index `nothing` of a window: at its first token, with `last` at its last one.
    """

    def __init__(self, tokenizer: Any, max_length: int, stride: int, *, last: bool = False) -> None:
        """Take a fast tokenizer; raise BadRequest if `max_length` leaves no room for a context."""
        self.nothing = -1 if last else 0
        self._tokenizer = tokenizer
        self._frame = frame(tokenizer)
        self._room = max_length - sum(map(len, self._frame.pair))
        self._stride = stride
        self._max_question = min(MAX_QUESTION, self._room // 2)
        if self._room < 2 or stride < 1:
            raise BadRequest(
                f"max_length {max_length} with stride {stride}: no room for the context beside the question; raise "
                "max_length, and use a stride of at least 1"
            )

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Reading]:
        """Return the windows of each question over its context; equal contexts are tokenised once."""
        question_ids = self._encode(list(questions))["input_ids"]
        distinct = list(dict.fromkeys(contexts))
        encoded = self._encode(distinct, offsets=True)
        by_context = dict(zip(distinct, zip(encoded["input_ids"], encoded["offset_mapping"], strict=True), strict=True))
        return [
            self._reading(ids, context, *by_context[context])
            for ids, context in zip(question_ids, contexts, strict=True)
        ]

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

    def _window(self, question: list[int], tokens: list[int], begin: int) -> Window:
        before, between, after = self._frame.pair
        segments = (before, question, between, tokens, after)
        types = self._frame.pair_types
        return Window(
            ids=[token for segment in segments for token in segment],
            type_ids=[kind for segment, kind in zip(segments, types, strict=True) for _ in segment] if types else None,
            first=len(before) + len(question) + len(between),
            begin=begin,
            length=len(tokens),
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

    `logits` contains for each question one array per window, of shape (tokens, 2): start and end logits. Spans are
    formed from the 20 best starts and ends of a window. A span is valid if it is inside the context, has at most 30
    tokens, starts in the window in which its first token has the most context, and contains text. The answer is the
    best valid span over all windows, or `empty` with score 0 if there is none.
    """
    import numpy as np

    flat = [(reading, number) for reading in readings for number in range(len(reading.windows))]
    if not flat:
        return [(EMPTY, 0.0) for _ in readings]
    scores, first, last = _best(_Grid.of(flat, [array for arrays in logits for array in arrays]))
    answers, offset = [], 0
    for reading in readings:
        windows = slice(offset, offset + len(reading.windows))
        offset = windows.stop
        best = windows.start + int(np.argmax(scores[windows])) if reading.windows else -1
        if best < 0 or scores[best] == -np.inf:
            answers.append((EMPTY, 0.0))
            continue
        window = reading.windows[best - windows.start]
        shift = window.begin - window.first
        answers.append((reading.text(first[best] + shift, last[best] + shift), float(scores[best])))
    return answers


def or_nothing(
    answers: Sequence[tuple[str, float]], logits: Sequence[Sequence[np.ndarray]], nothing: int = 0
) -> list[tuple[str, float]]:
    """Replace the answers of `decode` by the empty text, with its score, where that score is higher.

    The score of the empty text is the one of `no_answer`. Source: compute_predictions_logits of squad_metrics.py, with
    a threshold of 0.
    """
    return [
        ("", null) if answer == (EMPTY, 0.0) or null > answer[1] else answer
        for answer, null in zip(answers, no_answer(logits, nothing), strict=True)
    ]


def no_answer(logits: Sequence[Sequence[np.ndarray]], nothing: int = 0) -> list[float]:
    """Return the no-answer score of each question: the lowest start plus end logit of one token of its windows.

    It is the token at the index `nothing`, by default the first one. 0 for a question without windows.
    """
    return [min((float(window[nothing].sum()) for window in windows), default=0.0) for windows in logits]


@dataclass(frozen=True, eq=False)
class _Grid:
    """Arrays of shape (windows, longest): logits, valid starts and ends, and cumulative counts of text tokens."""

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
            positions = slice(window.first, window.first + window.length)
            tokens = slice(window.begin, window.begin + window.length)
            start[row, : len(values)], end[row, : len(values)] = values[:, 0], values[:, 1]
            may_start[row, positions] = reading.owner[tokens] == number
            may_end[row, positions] = True
            text[row, positions.start + 1 : positions.stop + 1] = reading.has_text[tokens]
        return cls(start, end, may_start, may_end, text.cumsum(axis=1))


def _best(grid: _Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the score (-inf without a valid span), first and last position of the best span of each window."""
    import numpy as np

    rows = np.arange(len(grid.start))[:, None]
    # A stable sort: among equal logits the earlier position comes first, as in the official code.
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
