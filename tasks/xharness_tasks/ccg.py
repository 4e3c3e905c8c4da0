"""CCG supertagging: the syntactic category of every English word; an intermediate task. Needs CCGbank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from xharness import DataError, Tagging, local
from xharness.data.lines import Row, nonempty, read_lines
from xharness.data.tagged import tagged_reader
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

# A leaf of a derivation: (<L category POS POS word category-with-indices>).
_LEAF = re.compile(r"\(<L (\S+) \S+ \S+ (\S+) \S+>\)")
# Sections 00 to 18, 19 to 21, 22 to 24.
_SECTIONS = {"train": ("0[0-9]", "1[0-8]"), "dev": ("19", "2[01]"), "test": ("2[2-4]",)}


@nonempty
def _derivations(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the words and categories of .auto files of CCGbank: a line `ID=...` and a derivation per sentence."""
    for path in paths:
        for number, line in read_lines(path):
            if not line.strip() or line.startswith("ID="):
                continue
            words = _LEAF.findall(line)
            if not words or len(words) != line.count("(<L "):
                raise DataError.at(
                    path, number, "not a derivation of CCGbank; expected leaves such as (<L N NN NN word N>)"
                )
            yield {"tokens": [word for _, word in words], "tags": [category for category, _ in words]}


CCG = Tagging(
    name="ccg",
    languages=("en",),
    data=(
        local(
            *layouts(
                "Supertags", per_split("ccg/{split}.tsv", train="train", dev="dev", test="test"), tagged_reader(())
            ),
            *layouts(
                "CCGbank release",
                {
                    split: tuple(f"data/AUTO/{section}/wsj_*.auto" for section in sections)
                    for split, sections in _SECTIONS.items()
                },
                _derivations,
                folders=("ccgbank_1_1/", "ccgbank/", "ccg/", ""),
            ),
        ),
        synthetic("tagging", "supertags"),
    ),
    train="en",
    metrics=("token_accuracy",),
    headline=("token_accuracy",),
    tuning=tuning(epochs=3),
    summary="Tag every word with its category in a combinatory categorial grammar; English intermediate task.",
    licence="LDC user agreement (LDC2005T13); not to be redistributed",
    citation="Hockenmaier and Steedman 2007, CCGbank: A Corpus of CCG Derivations and Dependency Structures Extracted "
    "from the Penn Treebank, Computational Linguistics",
    homepage="https://catalog.ldc.upenn.edu/LDC2005T13",
    notes=(
        "CCGbank is not freely available and not on the hub. Get LDC2005T13 from the LDC and pass the folder that "
        "contains ccgbank_1_1 (or ccgbank, or data) with --source local --data DIR. Or write ccg/train.tsv, "
        "ccg/dev.tsv and ccg/test.tsv yourself: one word, a TAB and its category per line, an empty line after each "
        "sentence.",
        "Without it, run the other eight intermediate tasks; the suite then reports ccg as missing and has no value. "
        "Do not replace it with another tagging task.",
        "Splits of CCGbank, as in jiant: sections 00 to 18 for training, 19 to 21 for checkpoint selection, 22 to 24 "
        "for testing. CCG parsers use 02 to 21, 00 and 23. Your own files may contain any sections.",
        "The tag set is that of the training split, in order of first occurrence. jiant adds the tags of dev and test, "
        "1,363 in all; a tag that does not occur in training counts as an error either way. Many papers on "
        "supertagging score only the 425 most frequent tags and are not comparable.",
        "The score is the accuracy over words. The sizes of the splits are not checked.",
        "Overlap: none with a test set of XTREME or XTREME-R.",
    ),
)
