"""Arrange a data folder for the experiments in small: a part of each training set, a part of each test set.

    python experiments/small_data.py SOURCE DIR [SCALE]

SOURCE has the files of the original releases: `taxinli/taxinli10k.tsv` (pairs of MultiNLI), `squad/train-v1.1.json`,
`tydiqa_goldp/LANGUAGE/`, `xtreme_processed/xnli/dev-LANG.tsv`, `xtreme_processed/tydiqa/`, `ud/`, `tatoeba/v1/`,
`mconala/`, `humaneval_xl/`. MNLI and XNLI get different pairs for training. The test pairs of XNLI are from its dev
files, and those of all tasks are the first ones of their files.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SIZES = {
    "mnli train": 320,
    "squad_v1 train": 128,
    "xnli train": 192,
    "tydiqa train": 64,
    "udpos train": 256,
    "mconala train": 320,
    "xnli": 60,
    "tydiqa": 24,
    "udpos": 50,
    "tatoeba": 60,
    "mconala": 60,
    "humaneval_xl": 10,
}
"""The examples that are kept of each file, of training sets times SCALE."""


def arrange(source: Path, folder: Path, scale: float) -> None:
    """Write the first examples of each file."""
    sizes = {name: int(size * scale) if name.endswith(" train") else size for name, size in SIZES.items()}
    for pattern in ("train/train.json", "test/*.json"):
        for path in sorted((source / "mconala/dataset").glob(pattern)):
            name = "mconala train" if path.parent.name == "train" else "mconala"
            problems = json.loads(path.read_text(encoding="utf-8"))[: sizes[name]]
            _written(folder / path.relative_to(source), json.dumps(problems, ensure_ascii=False))
    for path in sorted((source / "humaneval_xl/data/python").glob("*.jsonl")):
        _part(path, folder / path.relative_to(source), "\n", sizes["humaneval_xl"])
    _pairs(source, folder, sizes)
    _questions(source / "squad/train-v1.1.json", folder / "squad/train-v1.1.json", sizes["squad_v1 train"])
    tydiqa = "tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.en.train.json"
    _questions(source / "xtreme_processed" / tydiqa, folder / tydiqa, sizes["tydiqa train"])
    for path in sorted((source / "tydiqa_goldp").glob("*/*_tydiqa_dev.json")):
        _questions(path, folder / path.relative_to(source), sizes["tydiqa"])
    for path in sorted((source / "ud").glob("UD_*/*.conllu")):
        size = sizes["udpos train" if "train" in path.name else "udpos"]
        _part(path, folder / path.relative_to(source), "\n\n", size)
    for path in sorted((source / "tatoeba/v1").iterdir()):
        _part(path, folder / path.relative_to(source), "\n", sizes["tatoeba"])


def _pairs(source: Path, folder: Path, sizes: Mapping[str, int]) -> None:
    with (source / "taxinli/taxinli10k.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    first, second = rows[: sizes["mnli train"]], rows[len(rows) - sizes["xnli train"] :]
    lines = [{"sentence1": row["prem"], "sentence2": row["hyp"], "gold_label": row["label"]} for row in first]
    mnli = folder / "mnli/multinli_1.0/multinli_1.0_train.jsonl"
    _written(mnli, "".join(json.dumps(line) + "\n" for line in lines))
    xnli = ["\t".join((row["prem"], row["hyp"], row["label"])) for row in second]
    _written(folder / "xnli/train-en.tsv", "".join(f"{line}\n" for line in xnli))
    for path in sorted((source / "xtreme_processed/xnli").glob("dev-*.tsv")):
        _part(path, folder / "xnli" / path.name.replace("dev", "test"), "\n", sizes["xnli"])


def _questions(source: Path, target: Path, size: int) -> None:
    """Write the first questions of a file in the layout of SQuAD."""
    content = json.loads(source.read_text(encoding="utf-8"))
    left = iter(range(size))
    articles = [_article(article, lambda: next(left, None) is not None) for article in content["data"]]
    kept = [article for article in articles if article["paragraphs"]]
    _written(target, json.dumps({**content, "data": kept}, ensure_ascii=False))


def _article(article: dict[str, Any], take: Callable[[], bool]) -> dict[str, Any]:
    paragraphs = ({**each, "qas": [question for question in each["qas"] if take()]} for each in article["paragraphs"])
    return {**article, "paragraphs": [each for each in paragraphs if each["qas"]]}


def _part(source: Path, target: Path, separator: str, size: int) -> None:
    parts = source.read_text(encoding="utf-8").split(separator)[:size]
    _written(target, separator.join(parts) + separator)


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    arrange(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) == 4 else 1.0)
