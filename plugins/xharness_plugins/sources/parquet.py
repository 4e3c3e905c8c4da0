"""Read the rows of a split from a repository folder (Parquet, JSON, CSV...) with the datasets library."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import DataError
from xharness_plugins.sources.paths import listed
from xharness_plugins.sources.repository import Card

if TYPE_CHECKING:
    from datasets import Dataset, Features, IterableDataset

    from xharness.data.lines import Row

_BLOCK = 1000


def patterns_of(card: Card, config: str | None, split: str, where: str) -> Sequence[str] | None:
    """Return the file patterns of a split, None if the card lists none; raise DataError for an unknown split."""
    splits = card.patterns.get(config or "")
    if splits is None:
        return None
    if split not in splits:
        raise DataError(f"{where}: the repository has no such split; available: {listed(splits)}")
    return splits[split]


def files_of(folder: Path, patterns: Sequence[str] | None, where: str) -> list[Path]:
    """Return the files that match patterns, by default all files; raise DataError if a pattern matches no file."""
    paths: list[Path] = []
    for pattern in patterns or ("**",):
        matches = sorted(folder.glob(f"{pattern}/*" if pattern.endswith("**") else pattern))
        files = [path for path in matches if path.is_file() and not _hidden(path.relative_to(folder))]
        if not files:
            raise DataError(
                f"{where}: no file {pattern} in {folder}, although the README.md of the repository lists it"
            )
        paths += [path for path in files if path not in paths]
    return paths


def read_rows(folder: Path, card: Card, config: str | None, split: str, paths: Sequence[Path] | None) -> Iterator[Row]:
    """Yield the rows of a split, read from `paths` if they are known.

    Class columns contain class names, null for -1. The cache of datasets is not used, since it identifies a folder by
    its name and returns stale rows after a file has changed.
    """
    from tempfile import TemporaryDirectory

    from datasets import load_dataset

    arguments: dict[str, Any] = {"path": str(folder), "name": config}
    if paths is not None:
        # The folder of the files has no card, which takes seconds to read if it has many configs.
        arguments = {"path": str(paths[0].parent), "features": card.features.get(config or "")}
        arguments["data_files"] = {split: [glob.escape(str(path)) for path in paths]}
    with TemporaryDirectory() as scratch:
        # datasets cannot stream tar archives; it unpacks them into its cache.
        packed = any(".tar" in path.suffixes for path in paths or ())
        yield from _rows(load_dataset(split=split, streaming=not packed, cache_dir=scratch, **arguments))


def _rows(stream: Dataset | IterableDataset) -> Iterator[Row]:
    classes = _classes(stream.features)
    for block in stream.iter(batch_size=_BLOCK):
        for column, names in classes.items():
            block[column] = [_named(value, names) for value in block[column]]
        for values in zip(*block.values()):
            yield dict(zip(block, values))


def _classes(features: Features | None) -> dict[str, list[str]]:
    """Return the class names of each column of classes or lists of classes."""
    classes = {}
    for column, feature in (features or {}).items():
        names = getattr(getattr(feature, "feature", feature), "names", None)
        if names:
            classes[column] = list(names)
    return classes


def _named(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    return None if value is None or value < 0 else names[value]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
