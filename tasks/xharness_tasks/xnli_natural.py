"""XNLI with natural errors: misspellings of Wikipedia's editors in the test set of six languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from xharness import DataError, Train, local
from xharness.data.lines import Row, nonempty
from xharness.data.tsv import pair_row, read_tsv
from xharness_tasks.mini import synthetic
from xharness_tasks.natural import CITATION, CLEAN, FILES, HOMEPAGE, with_errors, without_errors
from xharness_tasks.pairing import paired
from xharness_tasks.xnli import LABELS, XNLI, read_release

SIZES = {"en": 5010, "de": 658, "es": 687, "fr": 974, "hi": 3709, "tr": 4420}
_PATTERN = "xnli/test_{lang}_typos_*.tsv"
_CODES = ("entailment", "neutral", "contradiction")


@nonempty
def read_natural(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the pairs of files of `premise TAB hypothesis TAB label`, texts in single quotes, labels 0 to 2."""
    for path in paths:
        for line, row in read_tsv(path, ("premise", "hypothesis", "label"), header=True):
            code = row["label"].strip()
            if code not in ("0", "1", "2"):
                raise DataError.at(path, line, f"unknown label '{code}', expected 0, 1 or 2")
            premise, hypothesis = _unquoted(row["premise"]), _unquoted(row["hypothesis"])
            yield pair_row(path, line, premise, hypothesis, _CODES[int(code)], LABELS)


@nonempty
def read_clean(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the pairs of the test set of the release, the last path, that the files before it were made of."""
    *noisy, clean = paths
    yield from paired(
        read_natural(tuple(noisy), language, split),
        read_release((clean,), language, split),
        gold=lambda row: row["label"],
        text=lambda row: f"{row['text']} {row['text_pair']}",
    )


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


_MADE = synthetic("pairs", "inference", "nli", ("entailment", "neutral", "contradiction"), train=0, dev=0)

XNLI_NATURAL = replace(
    XNLI,
    name="xnli_natural",
    languages=tuple(SIZES),
    data=(local(*with_errors(_PATTERN, read_natural)), _MADE),
    train=Train(task="xnli"),
    sizes=SIZES,
    parallel=False,
    translated=(),
    clean="xnli_natural_clean",
    summary="XNLI with misspellings that people made in Wikipedia; compare with xnli_natural_clean.",
    citation=CITATION,
    homepage=HOMEPAGE,
    notes=(
        *FILES,
        "The English file has the whole test set, in order; the others have the pairs that were changed. In each, 5 "
        "percent of the words are misspelt.",
    ),
)
"""The pairs with errors."""

XNLI_NATURAL_CLEAN = replace(
    XNLI_NATURAL,
    name="xnli_natural_clean",
    data=(local(*without_errors(_PATTERN, "XNLI-1.0/xnli.test.tsv", ("xnli/", ""), read_clean)), _MADE),
    clean=None,
    summary="The pairs of xnli_natural without the misspellings, as they are in XNLI.",
    notes=(*FILES, *CLEAN),
)
"""The same pairs without errors."""
