"""Greedy word-importance search: edit first the words without which a model is least sure of the gold.

Li et al. 2019 (TextBugger, NDSS) and Gao et al. 2018 (DeepWordBug, SPW) rank words in this way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass

from xharness.noising.choosing import Edits, Options, Texts, joined

Margins = Callable[[list[Texts]], Iterable[float]]
"""Returns, for each example, the score of the gold above the highest other score; below 0 the model is wrong."""
Asking = Generator[list[Texts], list[float], "Found"]
_BLOCK = 512
_NOTHING: Edits = {}


@dataclass(frozen=True)
class Limits:
    """What a search may spend on an example: a share of its editable words, and a number of predictions."""

    rate: float
    queries: int


@dataclass(frozen=True)
class Found:
    """The edits that a search chose for an example, and the number of predictions that it took."""

    edits: Edits
    queries: int


def greedy(options: Options, limits: Limits) -> Asking:
    """Yield the examples whose margins the search needs, and return what it chose; ties go to what comes first.

    An example that the model has wrong stays as it is. Words are ranked by the margin that is left without them. In
    this order each is given the edit that lowers the margin most, if any does, until the model is wrong or the limits
    are reached. Only the first words are ranked where ranking would take more than half of the predictions.
    """
    [margin] = yield [options.row]
    queries, chosen, edited = 1, _NOTHING, 0
    if margin < 0 or not options.units:
        return Found(chosen, queries)
    ranked = range(min(len(options.units), limits.queries // 2))
    left = yield [options.without(unit) for unit in ranked]
    queries += len(left)
    budget = math.ceil(limits.rate * len(options.units))
    for unit in sorted(ranked, key=left.__getitem__):
        tries = [joined(chosen, edits) for edits in options.units[unit]]
        if edited == budget or queries + len(tries) > limits.queries:
            break
        margins = yield [options.edited(edits)[0] for edits in tries]
        queries += len(margins)
        best = min(range(len(margins)), key=margins.__getitem__)
        if margins[best] < margin:
            margin, chosen, edited = margins[best], tries[best], edited + 1
        if margin < 0:
            break
    return Found(chosen, queries)


def together(searches: Iterable[Asking], margins: Margins) -> Iterator[Found]:
    """Run searches in blocks, all of a block in step, and yield what each found, in order."""
    block: list[Asking] = []
    for search in searches:
        block.append(search)
        if len(block) == _BLOCK:
            yield from _in_step(block, margins)
            block = []
    yield from _in_step(block, margins)


def _in_step(block: list[Asking], margins: Margins) -> list[Found]:
    found: dict[int, Found] = {}
    wanted = {number: next(search) for number, search in enumerate(block)}
    while wanted:
        answers = iter(margins([row for rows in wanted.values() for row in rows]))
        for number, rows in list(wanted.items()):
            own = [next(answers) for _ in rows]
            try:
                wanted[number] = block[number].send(own)
            except StopIteration as end:
                found[number] = end.value
                del wanted[number]
    return [found[number] for number in range(len(block))]
