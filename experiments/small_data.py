"""Arrange a data folder for the experiments in small: a part of each training set, a part of each test set.

    python experiments/small_data.py SOURCE DIR

SOURCE has the files of the original releases: `taxinli/taxinli10k.tsv` (pairs of MultiNLI), `squad/train-v1.1.json`,
`tydiqa_goldp/LANGUAGE/`, `xtreme_processed/xnli/dev-LANG.tsv`, `xtreme_processed/tydiqa/`, `ud/`, `tatoeba/v1/`,
`mconala/`, `humaneval_xl/`. MNLI and XNLI get different pairs for training. The test pairs of XNLI are from its dev
files, and those of all tasks are the first ones of their files.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TEST = 100
MNLI, XNLI, SQUAD, TYDIQA, UDPOS = 2400, 1200, 1600, 800, 800


def arrange(source: Path, folder: Path) -> None:
    """Write the files that are cut, and link those that are read whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("mconala", "humaneval_xl"):
        link(source / name, folder / name)
    _pairs(source, folder)
    _questions(source / "squad/train-v1.1.json", folder / "squad/train-v1.1.json", SQUAD)
    tydiqa = "tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.en.train.json"
    _questions(source / "xtreme_processed" / tydiqa, folder / tydiqa, TYDIQA)
    for path in sorted((source / "tydiqa_goldp").glob("*/*_tydiqa_dev.json")):
        _questions(path, folder / path.relative_to(source), TEST)
    for path in sorted((source / "ud").glob("UD_*/*.conllu")):
        size = UDPOS if "train" in path.name else TEST
        _part(path, folder / path.relative_to(source), "\n\n", size)
    for path in sorted((source / "tatoeba/v1").iterdir()):
        _part(path, folder / path.relative_to(source), "\n", 2 * TEST)


def link(source: Path, target: Path) -> None:
    """Link a folder, unless it is there."""
    if not target.exists():
        target.symlink_to(source.resolve())


def _pairs(source: Path, folder: Path) -> None:
    with (source / "taxinli/taxinli10k.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    first = rows[:MNLI]
    lines = [{"sentence1": row["prem"], "sentence2": row["hyp"], "gold_label": row["label"]} for row in first]
    path = _folder_of(folder / "mnli/multinli_1.0/multinli_1.0_train.jsonl")
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    second = [[row["prem"], row["hyp"], row["label"]] for row in rows[MNLI : MNLI + XNLI]]
    with _folder_of(folder / "xnli/train-en.tsv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(second)
    for path in sorted((source / "xtreme_processed/xnli").glob("dev-*.tsv")):
        _part(path, folder / "xnli" / path.name.replace("dev", "test"), "\n", TEST)


def _questions(source: Path, target: Path, size: int) -> None:
    """Write the first questions of a file in the layout of SQuAD."""
    content = json.loads(source.read_text(encoding="utf-8"))
    left = iter(range(size))
    articles = [_article(article, lambda: next(left, None) is not None) for article in content["data"]]
    kept = [article for article in articles if article["paragraphs"]]
    _folder_of(target).write_text(json.dumps({**content, "data": kept}, ensure_ascii=False), encoding="utf-8")


def _article(article: dict[str, Any], take: Callable[[], bool]) -> dict[str, Any]:
    paragraphs = ({**each, "qas": [question for question in each["qas"] if take()]} for each in article["paragraphs"])
    return {**article, "paragraphs": [each for each in paragraphs if each["qas"]]}


def _part(source: Path, target: Path, separator: str, size: int) -> None:
    parts = source.read_text(encoding="utf-8").split(separator)[:size]
    _folder_of(target).write_text(separator.join(parts) + separator, encoding="utf-8")


def _folder_of(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    arrange(Path(sys.argv[1]), Path(sys.argv[2]))
