"""Choose the code for a description among similar and random code: a cross-encoder is trained on English."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

from xharness import Reranking, Train, Tuning, hub, local
from xharness.data.lines import Row
from xharness.metrics.code_tokens import code_tokens
from xharness_tasks import mconala
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic

NUMBER, TRAINING = 20, 8
_COMMON = 0.05
"""The share of snippets from which on a token does not make two of them similar."""


def with_choices(rows: Iterable[Row], number: int) -> Iterator[Row]:
    """Yield a row of kind reranking for each row of kind generation, with at most `number` candidates.

    Half of the wrong candidates have the rare tokens of the right one, the others are random. Candidates with the same
    tokens as the right one are left out. The draws depend on the ids of the rows only.
    """
    problems = list(rows)
    codes = [tuple(code_tokens(problem["target"])) for problem in problems]
    similar = _Similar(codes)
    for index, problem in enumerate(problems):
        draw = random.Random(str(problem["id"]))
        near = similar.to(index)[: (number - 1) // 2]
        others = [other for other, code in enumerate(codes) if code != codes[index] and other not in near]
        wrong = [*near, *draw.sample(others, min(number - 1 - len(near), len(others)))]
        chosen = sorted([index, *wrong], key=lambda _: draw.random())
        choices = [problems[each]["target"].rstrip() for each in chosen]
        yield {"context": problem["text"], "choices": choices, "label": chosen.index(index)}


class _Similar:
    """Finds snippets with the same rare tokens."""

    def __init__(self, codes: Sequence[tuple[str, ...]]) -> None:
        self._codes = codes
        self._holders: dict[str, list[int]] = defaultdict(list)
        for index, code in enumerate(codes):
            for token in sorted(set(code)):
                self._holders[token].append(index)

    def to(self, index: int) -> list[int]:
        """Return other snippets, the most similar first: by the sum of log(number / holders) of shared rare tokens."""
        number = len(self._codes)
        found: dict[int, float] = defaultdict(float)
        for token in sorted(set(self._codes[index])):
            holders = self._holders[token]
            if len(holders) <= max(2, _COMMON * number):
                for each in holders:
                    found[each] += log(number / len(holders))
        others = [each for each in found if self._codes[each] != self._codes[index]]
        return sorted(others, key=lambda each: (-found[each], each))


def read_rows(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the rows of the hub repository of MCoNaLa, of which all are tests."""
    return with_choices(mconala.read_rows(rows, language), NUMBER)


def read_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the rows of files of the repository; those of the training split have fewer candidates."""
    return with_choices(mconala.read_files(paths, language, split), TRAINING if split == "train" else NUMBER)


CODECHOICE_MCONALA = Reranking(
    name="codechoice_mconala",
    languages=mconala.LANGUAGES,
    number=NUMBER,
    train=Train(),
    train_size=2379,
    tuning=Tuning(epochs=3, learning_rate=1e-5, batch_size=32, max_length=96, warmup_steps=0.1, selection="last"),
    data=(
        hub("neulab/mconala", config="{lang}", splits={"test": "test"}, read=read_rows),
        local(
            *layouts(
                "MCoNaLa",
                {"test": ("dataset/test/{lang}_test.json",), "train": ("dataset/train/train.json",)},
                read_files,
                folders=mconala.FOLDERS,
            )
        ),
        synthetic("programs", "choices", train=100, dev=0),
    ),
    sizes=mconala.SIZES,
    summary="Choose the snippet of each question of MCoNaLa among 20; trained on English questions, with 8 candidates.",
    licence="CC BY-SA 4.0",
    citation=mconala.CITATION,
    homepage="https://github.com/zorazrw/multilingual-conala",
    notes=(
        "Half of the wrong snippets share rare tokens with the right one, the others are random.",
        "A random order has a mean reciprocal rank of 18.0.",
    ),
)
