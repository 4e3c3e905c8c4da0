"""Repositories as they lie on the hub: a README.md with front matter, and Parquet files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

TEXT = {"dtype": "string"}
NUMBER = {"dtype": "int64"}
TEXTS = {"sequence": "string"}
# The columns of answers, as the cards of SQuAD-like repositories write them.
ANSWERS = {"sequence": [{"name": "text", "dtype": "string"}, {"name": "answer_start", "dtype": "int32"}]}
QUESTION = {"id": TEXT, "title": TEXT, "context": TEXT, "question": TEXT, "answers": ANSWERS}

Rows = Sequence[Mapping[str, Any]]


def class_label(*names: str) -> dict:
    return {"dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(names)}}}}


def class_labels(*names: str) -> dict:
    return {"sequence": class_label(*names)["dtype"]}


def repository(
    folder: Path, configs: Mapping[str, Mapping[str, Rows]], columns: Mapping[str, Any], types: pa.Schema | None = None
) -> Path:
    """Write a repository with Parquet files; `columns` are written into its card as the hub does."""
    entries = [
        {
            "config_name": config,
            "data_files": [{"split": split, "path": f"{config}/{split}-*"} for split in splits],
        }
        for config, splits in configs.items()
    ]
    features = [{"name": name, **kind} for name, kind in columns.items()]
    infos = [{"config_name": config, "features": features} for config in configs]
    card(folder, {"license": "unknown", "dataset_info": infos, "configs": entries})
    for config, splits in configs.items():
        for split, rows in splits.items():
            parquet(folder / config / f"{split}-00000-of-00001.parquet", rows, types)
    return folder


def card(folder: Path, front: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump(dict(front))}---\n\n# A card\n", encoding="utf-8")


def parquet(path: Path, rows: Rows, types: pa.Schema | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=types), path)


def cached(cache: Path, id: str, commit: str) -> Path:
    """Return the folder where huggingface_hub keeps a repository at a commit, the newest of branch `main`."""
    home = cache / f"datasets--{id.replace('/', '--')}"
    (home / "refs").mkdir(parents=True, exist_ok=True)
    (home / "refs" / "main").write_text(commit, encoding="utf-8")
    folder = home / "snapshots" / commit
    folder.mkdir(parents=True)
    return folder
