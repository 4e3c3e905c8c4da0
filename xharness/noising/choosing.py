"""What a search may choose for one example: words, and for each word the edits of a noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from xharness.noising.edits import Edit
from xharness.noising.rows import Changed, Changing, RowNoiser
from xharness.noising.text import Word

Texts = Mapping[str, Any]
"""An example."""
Edits = Mapping[str, Sequence[Edit]]
"""Edits by text, as `Changed` has them."""


class Options:
    """The words of an example that may be edited, in their order, and how each may be edited.

    Where the texts of an example are tied, the same word is one unit in all of them.
    """

    def __init__(
        self, row: Texts, number: int, noised: Callable[[Texts, RowNoiser], Texts], drawn: Sequence[Changing]
    ) -> None:
        """Prepare the example of a number; `drawn` are the noise with several seeds, each of which edits every word."""
        self.row = row
        self._number, self._noised, self._how = number, noised, drawn[0]
        self._tries = [self._tried(each) for each in drawn]

    def _tried(self, how: Changing) -> Changed:
        noiser = RowNoiser(how, self._number, self.row)
        self._noised(self.row, noiser)
        return noiser.changed

    @cached_property
    def _places(self) -> list[list[tuple[str, Word]]]:
        found: dict[tuple[str, int] | str, list[tuple[str, Word]]] = {}
        for name, text in self._tries[0].texts.items():
            for word in text.words:
                found.setdefault(word.text if self._how.tied else (name, word.number), []).append((name, word))
        return list(found.values())

    @cached_property
    def units(self) -> list[list[Edits]]:
        """Return the different edits of each word that the noise can edit."""
        return [edits for _, edits in self._editable]

    @cached_property
    def _editable(self) -> list[tuple[list[tuple[str, Word]], list[Edits]]]:
        found = [(places, self._edits(places)) for places in self._places]
        return [(places, edits) for places, edits in found if edits]

    def _edits(self, places: Sequence[tuple[str, Word]]) -> list[Edits]:
        found: list[Edits] = []
        for changed in self._tries:
            own: dict[str, list[Edit]] = {}
            for name, word in places:
                inside = [e for e in changed.edits.get(name, ()) if word.start <= e.start and e.end <= word.end]
                if inside:
                    own.setdefault(name, []).extend(inside)
            if own and own not in found:
                found.append(own)
        return found

    def without(self, unit: int) -> Texts:
        """Return the example without a word; the word stays where it is all of a text."""
        texts = self._tries[0].texts
        gone: dict[str, list[Edit]] = {}
        for name, word in self._editable[unit][0]:
            gone.setdefault(name, []).append(word.replaced(""))
        kept = {name: edits for name, edits in gone.items() if _left(texts[name].text, edits)}
        return self.edited(kept)[0]

    def edited(self, edits: Edits) -> tuple[Texts, Changed]:
        """Return the example with edits, and what was done to it."""
        noiser = RowNoiser(replace(self._how, grows=True), self._number, self.row, edits)
        return self._noised(self.row, noiser), noiser.changed


def joined(one: Edits, other: Edits) -> Edits:
    """Return the edits of both."""
    return {name: [*one.get(name, ()), *other.get(name, ())] for name in {**one, **other}}


def _left(text: str, edits: Sequence[Edit]) -> str:
    """Return what characters of a text no edit replaces, without spaces."""
    gone = {place for edit in edits for place in range(edit.start, edit.end)}
    return "".join(letter for place, letter in enumerate(text) if place not in gone).strip()
