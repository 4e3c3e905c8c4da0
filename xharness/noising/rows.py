"""Changing the texts of an example with a noise: which texts, with which draws, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from xharness.errors import PluginError
from xharness.noising.draws import Draws
from xharness.noising.edits import Edit, Span, applied, check, moved, ordered
from xharness.noising.text import NoiseText
from xharness.noising.units import common_spans, protected_spans

SEPARATOR = " "
"""What stands between the words of a tagged sentence where a noise sees it as one text."""


@dataclass(frozen=True, kw_only=True)
class Changing:
    """How the texts of a split are changed: by which noise, how strongly, and with which draws.

    `name` and `version` are those of the noise, `edits` its function. `controls` are the control characters that it may
    insert; `grows` says that it may make texts longer than double. `seeded_by` are task, language and split. `columns`
    are those to change, `texts` all that a noise may change. `guarded` finds more spans that must stay, in any text.
    `tied` makes words that the texts of an example share change alike; `common_kept` makes them stay.
    """

    name: str
    version: int
    edits: Callable[[NoiseText], Iterable[Edit]]
    seeded_by: tuple[str, str, str]
    columns: Collection[str]
    severity: int
    settings: Mapping[str, Any]
    seed: int = 0
    controls: str = ""
    grows: bool = False
    texts: Collection[str] = ()
    tied: bool = False
    common_kept: bool = False
    guarded: Callable[[str], Iterable[Span]] | None = None
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """Return the language of the texts."""
        return self.seeded_by[1]


@dataclass
class Changed:
    """What was done to the texts of one example: the texts as the noise saw them, the edits, how many characters."""

    texts: dict[str, NoiseText] = field(default_factory=dict)
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    letters: int = 0


class RowNoiser:
    """Changes the texts of one example, one after the other; the function `noise` of a kind calls it."""

    def __init__(
        self,
        changing: Changing,
        example: int,
        row: Mapping[str, Any],
        given: Mapping[str, Sequence[Edit]] | None = None,
    ) -> None:
        """Prepare to change the example of an index; `row` is the whole example.

        `given` are the edits by text; None: those of the noise.
        """
        self._changing, self._example, self._row, self._given = changing, example, row, given
        self.changed = Changed()

    def wants(self, column: str) -> bool:
        """Return whether the texts of a column are to be changed."""
        return column in self._changing.columns

    def text(self, column: str, text: str, protected: Iterable[Span] = (), number: int | None = None) -> str:
        """Return a text of a column, changed where the column is to be changed.

        `protected` spans stay as they are. `number` tells the texts of one column apart, as the choices of a question.
        """
        return self._edited(column, text, protected, number)[0]

    def words(self, column: str, words: Sequence[str]) -> list[str]:
        """Return the words of a sentence, changed one by one: their number stays, and none becomes empty."""
        if not self.wants(column):
            return list(words)
        boundaries = _boundaries(words)
        _, edits = self._edited(column, SEPARATOR.join(words), (), None, boundaries=boundaries, words_kept=bool(words))
        return [_word(word, span, edits, self._changing.name) for word, span in zip(words, boundaries, strict=True)]

    def located(
        self, column: str, text: str, answers: Sequence[Mapping[str, Any]], about: str = ""
    ) -> tuple[str, list[dict[str, Any]]]:
        """Return a context and its answers to the question `about`: they stay wherever they occur, with new offsets."""
        if not self.wants(column):
            return text, [dict(answer) for answer in answers]
        spans = [span for answer in answers for span in _occurrences(answer["text"], text)]
        noisy, edits = self._edited(
            column, text, spans, None, about=about, answers=[answer["text"] for answer in answers]
        )
        placed = [{**answer, "start": moved(answer["start"], edits)} for answer in answers]
        for answer in placed:
            start = answer["start"]
            if start >= 0 and noisy[start : start + len(answer["text"])] != answer["text"] and answer["text"] in text:
                raise PluginError(f"noise '{self._changing.name}' loses the answer {answer['text']!r}")
        return noisy, placed

    def _edited(
        self, column: str, text: str, protected: Iterable[Span], number: int | None, **more: Any
    ) -> tuple[str, list[Edit]]:
        """Return a text as it is changed, and its edits in order."""
        how = self._changing
        if not self.wants(column) or not text:
            return text, []
        name = column if number is None else f"{column}.{number}"
        guarded = how.guarded(text) if how.guarded else ()
        common = common_spans(text, self._beside(text), how.language) if how.common_kept else ()
        spans = [*protected, *protected_spans(text), *guarded, *common]
        seen = NoiseText(
            text=text,
            language=how.language,
            column=column,
            severity=how.severity,
            settings=how.settings,
            draws=self._draws(column if how.tied else name),
            protected=spans,
            others=how.others.get(column, ()),
            shared=self._shared if how.tied else frozenset(),
            tied=self._draws("") if how.tied else None,
            **more,
        )
        self.changed.texts[name] = seen
        try:
            edits = ordered(how.edits(seen) if self._given is None else self._given.get(name, ()), text)
            noisy = applied(text, edits)
            check(text, noisy, edits, spans, how.controls, how.grows)
        except PluginError as error:
            raise PluginError(f"noise '{how.name}' on {how.language} {column} {self._example}: {error}") from error
        self.changed.letters += len(text)
        if edits:
            self.changed.edits[name] = edits
        return noisy, edits

    def _draws(self, name: str) -> Draws:
        how = self._changing
        return Draws(how.name, how.version, *how.seeded_by, self._example, name, how.seed)

    @cached_property
    def _shared(self) -> frozenset[str]:
        """Return the words that every text of the example has."""
        texts = self._texts
        return frozenset.intersection(*(frozenset(text.split()) for text in texts)) if len(texts) > 1 else frozenset()

    @cached_property
    def _texts(self) -> list[str]:
        """Return the texts of the example that a noise may change, those of lists one by one."""
        values = [self._row[column] for column in self._changing.texts if self._row.get(column)]
        return [text for value in values for text in ([value] if isinstance(value, str) else value)]

    def _beside(self, text: str) -> list[str]:
        return [other for other in self._texts if other != text]


def _boundaries(words: Sequence[str]) -> list[Span]:
    spans = []
    start = 0
    for word in words:
        spans.append((start, start + len(word)))
        start += len(word) + len(SEPARATOR)
    return spans


def _word(word: str, span: Span, edits: Sequence[Edit], noise: str) -> str:
    own = [edit for edit in edits if span[0] <= edit.start and edit.end <= span[1]]
    changed = applied(word, [Edit(edit.start - span[0], edit.end - span[0], edit.after) for edit in own])
    if not changed or (any(map(str.isspace, changed)) and not any(map(str.isspace, word))):
        raise PluginError(f"noise '{noise}' empties or splits the word {word!r}")
    return changed


def _occurrences(answer: str, text: str) -> Iterable[Span]:
    start = text.find(answer) if answer else -1
    while start >= 0:
        yield start, start + len(answer)
        start = text.find(answer, start + 1)
