"""Bitext mining by margin (Artetxe and Schwenk 2019, Margin-based Parallel Corpus Mining).

As mine_bitexts and bucc_optimize in third_party/utils_retrieve.py of github.com/google-research/xtreme: 4 neighbours,
ratio margin, the best candidate of each sentence in either direction, taken greedily.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xharness.engine.search import nearest, normalise

if TYPE_CHECKING:
    import numpy as np

NEIGHBOURS = 4

Candidate = tuple[str, str, float]
"""Source id, target id, margin."""


def mine(
    source_ids: Sequence[str],
    source_texts: Sequence[str],
    source_vectors: np.ndarray,
    target_ids: Sequence[str],
    target_texts: Sequence[str],
    target_vectors: np.ndarray,
) -> list[Candidate]:
    """Return the candidates of two pools by falling margin, no sentence twice.

    Equal texts of a pool are one while neighbours are sought; a pair with a text that occurs more than once is then
    left out, since it cannot be told which of its ids is meant.
    """
    sources, targets = _distinct(source_texts), _distinct(target_texts)
    if not sources or not targets:
        return []
    pairs = _best(normalise(source_vectors[sources]), normalise(target_vectors[targets]))
    often = [Counter(source_texts), Counter(target_texts)]
    found = []
    for left, right, margin in pairs:
        source, target = sources[left], targets[right]
        if often[0][source_texts[source]] == often[1][target_texts[target]] == 1:
            found.append((source_ids[source], target_ids[target], margin))
    return found


def _distinct(texts: Sequence[str]) -> list[int]:
    """Return the position of the first of each distinct text."""
    first: dict[str, int] = {}
    for position, text in enumerate(texts):
        first.setdefault(text, position)
    return list(first.values())


def _best(sources: np.ndarray, targets: np.ndarray) -> list[tuple[int, int, float]]:
    import numpy as np

    forward, to = nearest(sources, targets, NEIGHBOURS)
    backward, back = nearest(targets, sources, NEIGHBOURS)
    near_source, near_target = forward.mean(axis=1), backward.mean(axis=1)
    margins = forward / ((near_source[:, None] + near_target[to]) / 2)
    reverse = backward / ((near_target[:, None] + near_source[back]) / 2)
    rows, columns = np.arange(len(sources)), np.arange(len(targets))
    left = np.concatenate([rows, back[columns, reverse.argmax(axis=1)]])
    right = np.concatenate([to[rows, margins.argmax(axis=1)], columns])
    score = np.concatenate([margins.max(axis=1), reverse.max(axis=1)])
    return _greedy(left, right, score)


def _greedy(left: np.ndarray, right: np.ndarray, score: np.ndarray) -> list[tuple[int, int, float]]:
    import numpy as np

    used: tuple[set[int], set[int]] = set(), set()
    taken = []
    for place in np.argsort(-score, kind="stable"):
        source, target = int(left[place]), int(right[place])
        if source not in used[0] and target not in used[1]:
            used[0].add(source)
            used[1].add(target)
            taken.append((source, target, float(score[place])))
    return taken


def tune_threshold(candidates: Sequence[Candidate], gold: Iterable[tuple[str, str]]) -> float:
    """Return the margin that gives the best F1 against gold pairs: midway between the last taken and the next.

    The shortest of equally good prefixes of the candidates counts. Where no candidate is right it is 0, as officially;
    where the best is to take them all it is the last one's margin, where the official code stops with an error.
    """
    wanted = set(gold)
    hits, best, size = 0, 0.0, 0
    for taken, (source, target, _) in enumerate(candidates, start=1):
        hits += (source, target) in wanted
        precision, recall = hits / taken, hits / len(wanted)
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        if f1 > best:
            best, size = f1, taken
    if not size:
        return 0.0
    following = candidates[min(size, len(candidates) - 1)][2]
    return (candidates[size - 1][2] + following) / 2


def extract(candidates: Iterable[Candidate], threshold: float) -> list[Candidate]:
    """Return the candidates whose margin is at least the threshold."""
    return [candidate for candidate in candidates if candidate[2] >= threshold]
