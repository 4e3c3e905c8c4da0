"""The developers' real benchmark files, arranged as one data folder in the layouts of the official scripts."""

from __future__ import annotations

import csv
from pathlib import Path

PAWSX_TRAINING = 1000


def arrange(data: Path, folder: Path) -> Path:
    """Link the files into one folder, and make the training files that are not among them.

    XNLI learns from 5,000 MultiNLI pairs. PAWS-X has no training file here: the first 1,000 English dev pairs serve,
    and no dev file keeps the pairs that translate them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ud", "tatoeba", "xquad", "squad", "mlqa", "tydiqa_goldp"):
        _link(data / name, folder / name)
    for name in ("panx", "bucc2018", "tydiqa"):
        _link(data / "xtreme_processed" / name, folder / name)
    _xnli(data, folder / "xnli")
    _pawsx(data / "xtreme_processed" / "pawsx", folder / "pawsx")
    return folder


def _link(source: Path, target: Path) -> None:
    if not target.exists():
        target.symlink_to(source.resolve())


def _xnli(data: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in (data / "xtreme_processed" / "xnli").glob("dev-*.tsv"):
        _link(path, folder / path.name)
    with (data / "taxinli" / "taxinli10k.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    _write(folder / "train-en.tsv", [[row["prem"], row["hyp"], row["label"]] for row in rows])


def _pawsx(source: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in source.glob("dev-*.tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t"))
        _write(folder / path.name, rows[PAWSX_TRAINING:])
        if path.name == "dev-en.tsv":
            _write(folder / "train-en.tsv", rows[:PAWSX_TRAINING])


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(rows)
