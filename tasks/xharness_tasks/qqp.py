"""QQP (Quora Question Pairs): English duplicate question detection; an intermediate task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xharness import Classification, DataError, Metric, NoisePolicy, Scored, hub, local
from xharness.data.lines import Row, nonempty, read_lines
from xharness.data.tsv import pair_row
from xharness.metrics.label_f1 import label_f1
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic
from xharness_tasks.mnli import HUB, HUB_REVISION

LABELS = ("not_duplicate", "duplicate")
_COLUMNS = ["id", "qid1", "qid2", "question1", "question2", "is_duplicate"]
_NAMES = dict(zip("01", LABELS))


@nonempty
def _glue(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the complete rows of a file; fragments of questions that contain a line break are skipped."""
    path = paths[0]
    lines = read_lines(path)
    number, header = next(lines, (1, ""))
    if header.split("\t") != _COLUMNS:
        raise DataError.at(path, number, f"expected a header with columns {', '.join(_COLUMNS)}")
    for number, line in lines:
        fields = line.split("\t")
        if len(fields) >= len(_COLUMNS):
            _, _, _, first, second, label = fields[: len(_COLUMNS)]
            yield pair_row(path, number, first, second, _NAMES.get(label, label), LABELS)


def _duplicate_f1(predictions: Any, gold: Any, language: str) -> Scored:
    return Scored(**vars(label_f1(predictions, gold, LABELS[1])))


DUPLICATE_F1 = Metric(
    name="duplicate_f1",
    kinds=("classification",),
    compute=_duplicate_f1,
    signature="label_f1|label:duplicate|v:1",
    summary="F1 of the class duplicate, as in GLUE for QQP",
)
QQP = Classification(
    name="qqp",
    languages=("en",),
    labels=LABELS,
    text_pair="text_pair",
    noise=NoisePolicy(refused={"sentence": "with an added sentence, a question is not a duplicate"}, tied=True),
    data=(
        hub(
            HUB,
            config="qqp",
            revision=HUB_REVISION,
            splits={"train": "train", "dev": "validation"},
            columns={"text": "question1", "text_pair": "question2", "label": "label"},
        ),
        local(*layouts("GLUE", per_split("QQP/{split}.tsv", train="train", dev="dev"), _glue, ("glue_data/", ""))),
        synthetic("pairs", "paraphrases", "qqp", LABELS),
    ),
    train="en",
    test_split="dev",
    tuning=tuning(epochs=3),
    metrics=("accuracy", "duplicate_f1"),
    headline=("accuracy", "duplicate_f1"),
    sizes={"en": 40_430},
    train_size=363_846,
    summary="Decide whether two questions on Quora are duplicates; English intermediate task.",
    licence="terms of service of Quora, non-commercial use; not to be redistributed",
    citation="Iyer et al. 2017, First Quora Dataset Release: Question Pairs; splits of Wang et al. 2019, GLUE, ICLR",
    homepage="https://gluebenchmark.com",
    notes=(
        "The score is the mean of accuracy and the F1 of the class duplicate, as in GLUE and jiant.",
        "The test labels are not public; dev is used for both evaluation and checkpoint selection.",
        "A few questions of the files contain a line break; they are skipped, as in the hub copy.",
        "Overlap: none. PAWS, on which PAWS-X is based, was partly built from QQP, but PAWS-X uses only its Wikipedia "
        "part.",
    ),
)
