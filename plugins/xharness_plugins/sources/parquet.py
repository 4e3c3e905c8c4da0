"""The rows of one split of a repository's folder, read by datasets as it reads them on the hub."""

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

    from xharness_plugins.sources.rows import Row

_BLOCK = 1000


def patterns_of(card: Card, config: str | None, split: str, where: str) -> Sequence[str] | None:
    """Return the patterns of a split's files, None where the card does not tell; DataError for an unknown split."""
    splits = card.patterns.get(config or "")
    if splits is None:
        return None
    if split not in splits:
        raise DataError(f"{where}: the repository has no such split; it has {listed(splits)}")
    return splits[split]


def files_of(folder: Path, patterns: Sequence[str] | None, where: str) -> list[Path]:
    """Return the files of some patterns, of the whole folder where there are none; DataError where one matches none."""
    found: list[Path] = []
    for pattern in patterns or ("**",):
        matches = sorted(folder.glob(f"{pattern}/*" if pattern.endswith("**") else pattern))
        files = [path for path in matches if path.is_file() and not _hidden(path.relative_to(folder))]
        if not files:
            raise DataError(f"{where}: no file {pattern} in {folder}, which the repository's README.md names")
        found += [path for path in files if path not in found]
    return found


def read_rows(folder: Path, card: Card, config: str | None, split: str, paths: Sequence[Path] | None) -> Iterator[Row]:
    """Yield the rows of a split, from its files where these are known.

    A column of classes holds their names, null for -1. Nothing is left in the cache of datasets, which knows a
    folder by its name and would serve the rows of files that have changed since.
    """
    from tempfile import TemporaryDirectory

    from datasets import load_dataset

    more: dict[str, Any] = {"path": str(folder), "name": config}
    if paths is not None:
        # Beside the files there is no card, which takes seconds to read where there are many configs.
        more = {"path": str(paths[0].parent), "features": card.features.get(config or "")}
        more["data_files"] = {split: [glob.escape(str(path)) for path in paths]}
    with TemporaryDirectory() as scratch:
        # datasets reads no tar archive as a stream, and unpacks one into its cache.
        packed = any(".tar" in path.suffixes for path in paths or ())
        yield from _rows(load_dataset(split=split, streaming=not packed, cache_dir=scratch, **more))


def _rows(stream: Dataset | IterableDataset) -> Iterator[Row]:
    classes = _classes(stream.features)
    for block in stream.iter(batch_size=_BLOCK):
        for column, names in classes.items():
            block[column] = [_named(value, names) for value in block[column]]
        for values in zip(*block.values()):
            yield dict(zip(block, values))


def _classes(features: Features | None) -> dict[str, list[str]]:
    """Return the names of the classes of each column that holds classes, or lists of them."""
    found = {}
    for column, feature in (features or {}).items():
        names = getattr(getattr(feature, "feature", feature), "names", None)
        if names:
            found[column] = list(names)
    return found


def _named(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    return None if value is None or value < 0 else names[value]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
