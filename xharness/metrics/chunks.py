"""Tagging: chunk micro F1 by the rule of seqeval up to 0.0.13, and token accuracy.

XTREME uses it for both NER and UPOS tags. The rule is the one of conlleval: an I- without a B- starts a chunk, and so
does a change of type. With UPOS tags, whose type is the whole tag, a chunk is a run of equal tags in a sentence, except
that tags starting with S (SCONJ, SYM) are always chunks of one token. seqeval 0.0.15 and later differ on such tags.

Sources: chakki-works/seqeval 0.0.12, seqeval/metrics/sequence_labeling.py; google-research/xtreme, evaluate.py, f1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, repeat
from typing import TYPE_CHECKING

from xharness.errors import StageError
from xharness.metrics.accuracy import same_length
from xharness.metrics.base import OVERLAP, Measured, share

if TYPE_CHECKING:
    import numpy as np

Sentences = Sequence[Sequence[str]]

OUTSIDE = "O"
_CLASSES = "ESBIO.?"  # the first characters that the rule distinguishes; ? is any other


def chunk_f1(predictions: Sentences, gold: Sentences, language: str = "") -> Measured:
    """Return micro `f1`, `precision` and `recall` of chunks; the integer 0 without correct chunks, as officially.

    Raises StageError if the numbers of sentences, or of tags in a sentence, differ, or a tag is empty.
    """
    import numpy as np

    same_length(predictions, gold, "sentences")
    same_tags(predictions, gold)
    number: defaultdict[str, int] = defaultdict(count().__next__)  # of each tag
    predicted_codes, gold_codes = _codes(predictions, number), _codes(gold, number)
    if "" in number:
        raise StageError("a tag is empty; every word needs a tag")
    predicted, true = _chunks(predicted_codes, list(number)), _chunks(gold_codes, list(number))
    correct = predicted.ends & true.ends & (predicted.types == true.types) & (predicted.begins == true.begins)
    starts = np.cumsum([0, *map(len, gold[:-1])]) + np.arange(len(gold))
    columns = [np.add.reduceat(flags, starts, dtype=np.int64) for flags in (correct, predicted.ends, true.ends)]
    stats = np.stack(columns, axis=1)
    values = _scores(*(int(count) for count in stats.sum(axis=0)))
    return Measured(values=values, n=len(gold), stats=stats, combine=OVERLAP)


def token_accuracy(predictions: Sentences, gold: Sentences, language: str = "") -> Measured:
    """Return `token_accuracy`, the percentage of tokens with the correct tag; raise StageError as `chunk_f1` does."""
    import numpy as np

    same_length(predictions, gold, "sentences")
    same_tags(predictions, gold)
    hits = [sum(map(str.__eq__, tags, true)) for tags, true in zip(predictions, gold)]
    stats = np.array([hits, [len(tags) for tags in gold]]).T
    right, tokens = (int(count) for count in stats.sum(axis=0))
    if not tokens:
        raise StageError("no tokens to score")
    return Measured(
        values={"token_accuracy": right / tokens * 100}, n=len(gold), stats=stats, combine=share("token_accuracy")
    )


def same_tags(predictions: Sentences, gold: Sentences) -> None:
    """Raise StageError if the numbers of predicted and gold tags of a sentence differ."""
    wrong = mismatched(predictions, gold)
    if wrong:
        first = wrong[0]
        raise StageError(
            f"sentence {first + 1:,} has {len(predictions[first])} predicted tags but {len(gold[first])} gold tags"
            + (f"; {len(wrong) - 1:,} more sentences differ" if len(wrong) > 1 else "")
        )


def mismatched(predictions: Sentences, gold: Sentences) -> list[int]:
    """Return the indices of the sentences whose numbers of predicted and gold tags differ."""
    predicted, true = list(map(len, predictions)), list(map(len, gold))
    return [] if predicted == true else [index for index, (p, t) in enumerate(zip(predicted, true)) if p != t]


def _scores(correct: int, predicted: int, gold: int) -> dict[str, float]:
    precision = correct / predicted if predicted > 0 else 0
    recall = correct / gold if gold > 0 else 0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0
    return {"f1": f1 * 100, "precision": precision * 100, "recall": recall * 100}


@dataclass(frozen=True)
class _Chunks:
    """For each position of the flattened corpus: whether a chunk ends before it, its type, and its first position."""

    ends: np.ndarray
    types: np.ndarray
    begins: np.ndarray


def flatten(sentences: Iterable[Sequence[str]]) -> list[str]:
    """Return the tags of all sentences, with an O after each sentence."""
    return list(_flat(sentences))


def _flat(sentences: Iterable[Sequence[str]]) -> Iterator[str]:
    return chain.from_iterable(chain.from_iterable(zip(sentences, repeat((OUTSIDE,)))))


def _codes(sentences: Sentences, number: Mapping[str, int]) -> np.ndarray:
    """Return the numbers of the tags of all sentences, with that of O after each sentence."""
    import numpy as np

    size = sum(map(len, sentences)) + len(sentences)
    return np.fromiter(map(number.__getitem__, _flat(sentences)), dtype=np.int32, count=size)


def _chunks(codes: np.ndarray, alphabet: list[str]) -> _Chunks:
    import numpy as np

    names = {"": 0} | {tag.split("-")[-1]: number for number, tag in enumerate(alphabet, 1)}
    first = np.array([_CLASSES.find(tag[0]) for tag in alphabet], dtype=np.int8)[codes]  # not found: -1, the last
    kinds = np.array([names[tag.split("-")[-1]] for tag in alphabet], dtype=np.int32)[codes]

    before, kinds_before = np.empty_like(first), np.empty_like(kinds)
    before[0], before[1:] = _CLASSES.index(OUTSIDE), first[:-1]
    kinds_before[0], kinds_before[1:] = names[""], kinds[:-1]
    changes = kinds_before != kinds
    inside = np.array([letter not in "O." for letter in _CLASSES])
    ends = _table(_ends)[before, first] | (changes & inside[before])
    begins = _table(_begins)[before, first] | (changes & inside[first])

    last = np.maximum.accumulate(np.where(begins, np.arange(len(codes)), 0))
    return _Chunks(ends=ends, types=kinds_before, begins=np.concatenate(([0], last[:-1])))


def _table(rule: Callable[[str, str], bool]) -> np.ndarray:
    import numpy as np

    return np.array([[rule(before, letter) for letter in _CLASSES] for before in _CLASSES])


def _ends(before: str, letter: str) -> bool:
    return before in "ES" or (before in "BI" and letter in "BSO")


def _begins(before: str, letter: str) -> bool:
    return letter in "BS" or (before in "ESO" and letter in "EI")
