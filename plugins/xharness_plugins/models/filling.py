"""Texts with slots, for models that are asked in words: slots to token ids, and the choices back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import Filled, Slot, Slots
from xharness_plugins.models.in_words import AskedInWords, with_results

if TYPE_CHECKING:
    from xharness.engine.slots import Blank, Filler


@dataclass(frozen=True, kw_only=True)
class FillsSlots(AskedInWords):
    """A model in memory that also fills slots.

    `encode.forms(request)` yields what `filler.fill` takes, each with whether its context was shortened, and whether it
    is the last form of the request.
    """

    filler: Filler

    def fill_slots(self, requests: Iterable[Slots]) -> Iterator[Filled]:
        """Yield which choice fills each slot of a text."""
        asked = (form for request in requests for form in self.encode.forms(request))
        chosen: list[int] = []
        some = False
        for (_, cut, last), numbers in with_results(asked, self.filler.fill):
            chosen += numbers
            some = some or cut
            if last:
                yield Filled(tuple(chosen), shortened=some)
                chosen, some = [], False


def blanks(slots: Sequence[Slot], following: Callable[[list[str]], list[tuple[int, ...]]]) -> list[Blank]:
    """Return slots as token ids; `following` returns those of texts that follow other texts."""
    from xharness.engine.slots import Blank

    texts = dict.fromkeys(text for slot in slots for text in (slot.before, *slot.choices))
    known = dict(zip(texts, following(list(texts)), strict=True))
    return [Blank(known[slot.before], tuple(known[choice] for choice in slot.choices)) for slot in slots]


def grouped(blanks: list[Blank], most: int) -> list[tuple[Blank, ...]]:
    """Return successive blanks in groups of at most `most` tokens, or of one blank that has more."""
    groups: list[list[Blank]] = [[]]
    size = 0
    for blank in blanks:
        if groups[-1] and size + blank.size > most:
            groups.append([])
            size = 0
        groups[-1].append(blank)
        size += blank.size
    return [tuple(group) for group in groups]
