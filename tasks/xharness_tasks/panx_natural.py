"""PAN-X with natural errors: misspellings of Wikipedia's editors in the test set of five languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import DataError, Train, local
from xharness.data.jsons import read_jsonl
from xharness.data.lines import Row, nonempty
from xharness.data.tagged import prefixed_reader
from xharness_tasks.mini import synthetic
from xharness_tasks.natural import CITATION, CLEAN, FILES, HOMEPAGE, with_errors, without_errors
from xharness_tasks.pairing import paired
from xharness_tasks.panx import LABELS, PANX

SIZES = {"de": 7922, "es": 7831, "fr": 7483, "hi": 795, "tr": 6425}
_PATTERN = "panx/test_{lang}_typos_*.jsonl"
_read_archive = prefixed_reader(LABELS)


@nonempty
def read_natural(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the sentences of files of `{tokens, ner_tags, langs}`, tags as indexes of the labels."""
    for path in paths:
        for line, content in read_jsonl(path):
            problem = _problem(content)
            if problem:
                raise DataError.at(path, line, problem)
            yield {"tokens": content["tokens"], "tags": [LABELS[tag] for tag in content["ner_tags"]]}


def _problem(content: dict[str, Any]) -> str | None:
    tokens, tags = content.get("tokens"), content.get("ner_tags")
    if not (isinstance(tokens, list) and isinstance(tags, list)) or not all(isinstance(word, str) for word in tokens):
        return "expected the lists 'tokens' and 'ner_tags'"
    if len(tokens) != len(tags):
        return f"{len(tokens)} tokens but {len(tags)} tags"
    wrong = [tag for tag in tags if tag not in range(len(LABELS))]
    return f"unknown tag {wrong[0]!r}, expected an index from 0 to {len(LABELS) - 1}" if wrong else None


@nonempty
def read_clean(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the sentences of the test set of the archive, the last path, that the files before it were made of."""
    *noisy, clean = paths
    yield from paired(
        read_natural(tuple(noisy), language, split),
        _read_archive((clean,), language, split),
        gold=lambda row: tuple(row["tags"]),
        text=lambda row: " ".join(row["tokens"]),
    )


_MADE = synthetic("tagging", "entities", train=0, dev=0)

PANX_NATURAL = replace(
    PANX,
    name="panx_natural",
    languages=tuple(SIZES),
    data=(local(*with_errors(_PATTERN, read_natural)), _MADE),
    train=Train(task="panx"),
    sizes=SIZES,
    clean="panx_natural_clean",
    summary="PAN-X with misspellings that people made in Wikipedia; compare with panx_natural_clean.",
    licence="ODC-By 1.0",
    citation=CITATION,
    homepage=HOMEPAGE,
    notes=(
        *FILES,
        "The files have the sentences that were changed: 20 percent of the words in de, 10 in es, fr and tr, 5 in hi.",
    ),
)
"""The sentences with errors."""

PANX_NATURAL_CLEAN = replace(
    PANX_NATURAL,
    name="panx_natural_clean",
    data=(
        local(*without_errors(_PATTERN, "{lang}/test", ("panx_dataset/", "panx/", ""), read_clean)),
        _MADE,
    ),
    clean=None,
    summary="The sentences of panx_natural without the misspellings, as they are in PAN-X.",
    licence=PANX.licence,
    notes=(*FILES, *CLEAN),
)
"""The same sentences without errors."""
