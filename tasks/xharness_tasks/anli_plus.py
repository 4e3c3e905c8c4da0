"""ANLI+: adversarial English inference (ANLI), with SNLI and MNLI; an intermediate task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xharness import Classification, Hub, Overlap, hub, local
from xharness.data.choices import located, texts
from xharness.data.jsons import read_jsonl
from xharness.data.lines import Row, nonempty
from xharness.data.tsv import pair_row
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic
from xharness_tasks.mnli import HUB, HUB_REVISION, LABELS, PAIRS, read_hub, read_pairs

_LETTERS = {label[0]: label for label in LABELS}
_FILES = tuple(f"R{number}/{{split}}.jsonl" for number in (1, 2, 3))
_FOLDERS = ("anli_v1.0/", "anli_v0.1/", "anli/")
_OTHERS = ("multinli_1.0/multinli_1.0_{split}.jsonl", "snli_1.0/snli_1.0_{split}.jsonl")


@nonempty
def _rounds(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the pairs of ANLI rounds; labels are the first letters of the label names."""
    for path in paths:
        for number, content in read_jsonl(path):
            with located(path, number):
                text, text_pair, letter = texts(content, "context", "hypothesis", "label")
            yield pair_row(path, number, text, text_pair, _LETTERS.get(letter, letter), LABELS)


def _joined(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the pairs of the three rounds of ANLI, followed by those of MultiNLI and SNLI."""
    yield from _rounds(paths[: len(_FILES)], language, split)
    yield from read_pairs(paths[len(_FILES) :], language, split)


def _round(number: int, *also: Hub) -> Hub:
    splits = {split: f"{split}_r{number}" for split in ("train", "dev", "test")}
    return hub("facebook/anli", config="plain_text", splits=splits, read=read_hub, also=also)


ANLI_PLUS = Classification(
    name="anli_plus",
    languages=("en",),
    labels=LABELS,
    text_pair="text_pair",
    data=(
        _round(
            1,
            _round(2),
            _round(3),
            hub(HUB, config="mnli", revision=HUB_REVISION, splits={"train": "train"}, read=read_hub),
            hub(
                "stanfordnlp/snli",
                config="plain_text",
                # the commit of the Parquet files, which public evaluations of SNLI pin
                revision="cdb5c3d5eed6ead6e5a341c8e56e669bb666725b",
                splits={"train": "train"},
                read=read_hub,
            ),
        ),
        local(
            *layouts("ANLI release", per_split(*_FILES, dev="dev", test="test"), _rounds, _FOLDERS),
            *(
                layout
                for folder in _FOLDERS
                for layout in layouts(
                    "ANLI, MultiNLI and SNLI releases",
                    per_split(*(folder + file for file in _FILES), *_OTHERS, train="train"),
                    _joined,
                )
            ),
        ),
        synthetic("pairs", "inference", "anli", LABELS),
    ),
    train="en",
    tuning=tuning(epochs=2),
    sizes={"en": 3200},
    train_size=1_104_934,
    overlaps=tuple(Overlap(split="train", task=name, other="train", what=PAIRS) for name in ("mnli", "xnli")),
    summary="Adversarial inference: trained on ANLI, MNLI and SNLI, evaluated on ANLI; English intermediate task.",
    licence="ANLI: CC BY-NC 4.0 (non-commercial); SNLI: CC BY-SA 4.0; MNLI: by genre",
    citation="Nie et al. 2020, Adversarial NLI: A New Benchmark for Natural Language Understanding, ACL; Bowman et al. "
    "2015, SNLI, EMNLP; Williams et al. 2018, MultiNLI, NAACL",
    homepage="https://github.com/facebookresearch/anli",
    notes=(
        "Overlap: it contains MNLI, on which XNLI trains, so a target phase on xnli is a second pass over its pairs; "
        "in a mixture with mnli they are seen twice.",
        "Training samples the five parts in proportion to their sizes, as in jiant. The 785 SNLI pairs on which the "
        "annotators disagreed are skipped.",
        "Evaluated on the test sets of the three rounds together (1,000, 1,000 and 1,200 pairs); the dev score of "
        "jiant corresponds to --split dev.",
        "jiant orders the classes alphabetically, the hub does not: the heads of its checkpoints are matched by name.",
    ),
)
