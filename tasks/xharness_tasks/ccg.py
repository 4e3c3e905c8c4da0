"""CCG supertagging: the syntactic category of every English word, an intermediate task; from the user's CCGbank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from xharness import DataError, Tagging, local
from xharness.data.lines import Row, nonempty, read_lines
from xharness.data.tagged import tagged_reader
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import made

# A word of a derivation: (<L category POS POS word category-with-indices>).
_LEAF = re.compile(r"\(<L (\S+) \S+ \S+ (\S+) \S+>\)")
# Sections 00 to 18, 19 to 21, 22 to 24.
_SECTIONS = {"train": ("0[0-9]", "1[0-8]"), "dev": ("19", "2[01]"), "test": ("2[2-4]",)}


@nonempty
def _derivations(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the words and categories of CCGbank's .auto files: a line `ID=...` and a derivation for each sentence."""
    for path in paths:
        for number, line in read_lines(path):
            if not line.strip() or line.startswith("ID="):
                continue
            words = _LEAF.findall(line)
            if not words or len(words) != line.count("(<L "):
                raise DataError.at(path, number, "no derivation of CCGbank, expected words as (<L N NN NN word N>)")
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
        made("tagging", "supertags"),
    ),
    train="en",
    metrics=("token_accuracy",),
    headline=("token_accuracy",),
    tuning=tuning(epochs=3),
    summary="The category of every word in a combinatory categorial grammar. An English intermediate task.",
    licence="LDC user agreement (LDC2005T13); not to be redistributed",
    citation="Hockenmaier and Steedman 2007, CCGbank: A Corpus of CCG Derivations and Dependency Structures Extracted "
    "from the Penn Treebank, Computational Linguistics",
    homepage="https://catalog.ldc.upenn.edu/LDC2005T13",
    notes=(
        "CCGbank cannot be downloaded freely and is on no hub. Get LDC2005T13 from the LDC and name the folder that "
        "holds ccgbank_1_1 (or ccgbank, or data) with --source local --data DIR; or write ccg/train.tsv, ccg/dev.tsv "
        "and ccg/test.tsv yourself: a word, a TAB and its category a line, an empty line after each sentence.",
        "Without it, run the other eight intermediate tasks: the suite then says that ccg is missing and has no value. "
        "Put no other tagging task in its place.",
        "Of CCGbank, sections 00 to 18 are trained on, 19 to 21 select the step that is kept, and 22 to 24 are the "
        "test set, as in jiant; parsers of CCG use 02 to 21, 00 and 23. Files of your own may hold any sections.",
        "The tags are those of the training split, in the order in which they first occur. jiant takes those of dev "
        "and test too, 1,363 in all; a tag that training never sees counts as an error either way. Much work on "
        "supertagging scores only the 425 that are most frequent: not comparable.",
        "The score is the accuracy over words; the sizes of the splits are those of your files, and are not checked.",
        "Overlap: none with a test set of XTREME or XTREME-R.",
    ),
)
