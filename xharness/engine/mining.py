"""Margin-based bitext mining (Artetxe and Schwenk 2019, Margin-based Parallel Corpus Mining).

Follows mine_bitexts and bucc_optimize in third_party/utils_retrieve.py of github.com/google-research/xtreme: 4
neighbours, ratio margin, the best candidate of each sentence in both directions, selected greedily.
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
    """Return the candidate pairs of two pools in descending order of margin; each sentence occurs at most once.

    Duplicate texts of a pool are searched as one text. Pairs with a duplicate text are then removed, since its id is
    ambiguous.
    """
    sources, targets = _distinct(source_texts), _distinct(target_texts)
    if not sources or not targets:
        return []
    pairs = _best(normalise(source_vectors[sources]), normalise(target_vectors[targets]))
    source_counts, target_counts = Counter(source_texts), Counter(target_texts)
    candidates = []
    for left, right, margin in pairs:
        source, target = sources[left], targets[right]
        if source_counts[source_texts[source]] == target_counts[target_texts[target]] == 1:
            candidates.append((source_ids[source], target_ids[target], margin))
    return candidates


def _distinct(texts: Sequence[str]) -> list[int]:
    """Return the index of the first occurrence of each distinct text."""
    first: dict[str, int] = {}
    for index, text in enumerate(texts):
        first.setdefault(text, index)
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
    pairs = []
    for index in np.argsort(-score, kind="stable"):
        source, target = int(left[index]), int(right[index])
        if source not in used[0] and target not in used[1]:
            used[0].add(source)
            used[1].add(target)
            pairs.append((source, target, float(score[index])))
    return pairs


def tune_threshold(candidates: Sequence[Candidate], gold: Iterable[tuple[str, str]]) -> float:
    """Return the margin threshold with the best F1 against gold pairs: midway between the last accepted and the next.

    Among prefixes of the candidates with equal F1 the shortest is used. Without a correct candidate the threshold is 0,
    as in the official code. If accepting all candidates is best, it is the last margin; there the official code raises
    an error.
    """
    gold_pairs = set(gold)
    hits, best, size = 0, 0.0, 0
    for accepted, (source, target, _) in enumerate(candidates, start=1):
        hits += (source, target) in gold_pairs
        precision, recall = hits / accepted, hits / len(gold_pairs)
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        if f1 > best:
            best, size = f1, accepted
    if not size:
        return 0.0
    following = candidates[min(size, len(candidates) - 1)][2]
    return (candidates[size - 1][2] + following) / 2


def extract(candidates: Iterable[Candidate], threshold: float) -> list[Candidate]:
    """Return the candidates whose margin is at least the threshold."""
    return [candidate for candidate in candidates if candidate[2] >= threshold]
