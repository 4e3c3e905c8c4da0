"""Local folders of hub repositories: copied by the user, or downloaded into the cache of huggingface_hub."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from xharness import DataError, NotFetched
from xharness.data.forms import NAME, Form, either, list_of, mismatch, record
from xharness.data.hub.cache import HubCache
from xharness.data.hub.download import download
from xharness.data.hub.problems import DownloadError
from xharness_plugins.sources.paths import listed
from xharness_plugins.sources.rows import reason

_CARD = "README.md"
_INSTEAD = "or use copied repositories (--data DIR), official files (--source local --data DIR), or --source mini"
_PATIENCE = 60.0
_PATTERN = Form("a path in the repository", lambda value: NAME.fits(value) and _is_below(value))
_SPLIT = record({"split": NAME, "path": either(_PATTERN, list_of(_PATTERN))}, required=["split", "path"])
_FILES = either(_PATTERN, list_of(either(_PATTERN, _SPLIT)))
_CONFIGS = record({"configs": list_of(record({"config_name": NAME, "data_files": _FILES}, required=["config_name"]))})
# When the hub was last unreachable, and why.
_failure: list[tuple[float, str]] = []


@dataclass(frozen=True)
class Card:
    """The front matter of a README.md: file patterns by config and split, and column types by config.

    The patterns of a config are None if only the datasets library can determine them.
    """

    patterns: Mapping[str, Mapping[str, Sequence[str]] | None]
    features: Mapping[str, Any]
    default: str | None


def mirror(root: Path, id: str) -> Path:
    """Return the folder of a copied repository; raise DataError if it does not exist."""
    folder = root / id
    if not folder.is_dir():
        raise DataError(
            f"{id}: no folder {folder}; with --source hub, --data DIR is a folder with copies of hub repositories; "
            f"copy this one with: hf download {id} --repo-type dataset --local-dir {folder}"
        )
    return folder


def fetch(id: str, revision: str | None, hub: HubCache, patterns: Sequence[str] | None = None) -> Path:
    """Download files of a repository and return its cache folder, which is named after the commit.

    README.md and the files that match `patterns` are downloaded, by default all files. Raises DataError if the
    download fails, NotFetched if the cache is offline and lacks the repository.
    """
    where = f"{id}@{revision}" if revision else id
    # If the hub was unreachable a moment ago, do not wait for another time-out: there may be a hundred splits.
    known = _failure[-1] if _failure and time.monotonic() - _failure[-1][0] < _PATIENCE else None
    allowed = None if patterns is None else [_CARD, *patterns]
    try:
        with quiet():
            return download(id, "dataset", revision, allowed, known is not None, hub)
    except DownloadError as error:
        if hub.offline:
            raise NotFetched(f"data set {where}") from error
        if error.unreachable:
            _failure[:] = [(time.monotonic(), str(error))]
        raise DataError(f"{where}: {known[1] if known else error}, {_INSTEAD}") from error


def read_card(folder: Path) -> Card:
    """Return the card of a repository folder, empty without README.md; raise DataError if the README.md is invalid."""
    path = folder / _CARD
    if not path.is_file():
        return Card({}, {}, None)
    about = path.stat()
    return _read_card(path, about.st_size, about.st_mtime_ns)


def pick(card: Card, config: str | None, where: str) -> str | None:
    """Return the config to read: `config`, or the default of the card; raise DataError if the card has no such config.

    Without configs in the card, `config` is returned unchanged.
    """
    if not card.patterns:
        return config
    chosen = config or card.default
    if chosen in card.patterns:
        return chosen
    from difflib import get_close_matches

    near = get_close_matches(config or "", card.patterns, n=3) or list(card.patterns)
    what = f"no config '{config}'" if config else "several configs and no default, so the task must name one"
    raise DataError(f"{where}: the repository has {what}; available: {listed(near)}")


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress progress bars and warnings of datasets and huggingface_hub within the block."""
    import logging

    import datasets
    import huggingface_hub.utils as hub

    levels = datasets.logging.get_verbosity(), hub.logging.get_verbosity()
    bars = [library for library in (datasets, hub) if not library.are_progress_bars_disabled()]
    # datasets logs errors that it also raises.
    datasets.logging.set_verbosity(logging.CRITICAL)
    hub.logging.set_verbosity(logging.CRITICAL)
    for library in bars:
        library.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        datasets.logging.set_verbosity(levels[0])
        hub.logging.set_verbosity(levels[1])
        for library in bars:
            library.enable_progress_bars()


@lru_cache(maxsize=64)
def _read_card(path: Path, size: int, mtime_ns: int) -> Card:
    """Return a card; cached, since reading one with many configs takes seconds."""
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCard

    try:
        with quiet():
            data = DatasetCard.load(path, ignore_metadata_errors=True).data
            infos = DatasetInfosDict.from_dataset_card_data(data)
            content = data.to_dict()
            if problem := mismatch(content, _CONFIGS):
                raise DataError(problem)
            configs = {entry["config_name"]: entry for entry in content.get("configs") or ()}
            patterns = {name: _patterns(entry) for name, entry in configs.items()}
    except Exception as error:
        why = str(error) if isinstance(error, DataError) else reason(error)
        raise DataError.at(path, None, f"cannot read the front matter ({why})") from error
    marked = [name for name, entry in configs.items() if len(configs) == 1 or name == "default" or entry.get("default")]
    return Card(patterns, {name: info.features for name, info in infos.items()}, marked[0] if marked else None)


def _is_below(pattern: str) -> bool:
    return not pattern.startswith("/") and ".." not in pattern.split("/")


def _patterns(entry: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """Return the file patterns of each split of a config, None if the card does not list them."""
    files = entry.get("data_files")
    plain = set(entry) <= {"config_name", "data_files", "default"}
    if not files or not plain:
        return None
    items = [files] if isinstance(files, str) else files
    patterns: dict[str, list[str]] = {}
    for item in items:
        split, path = (item["split"], item["path"]) if isinstance(item, dict) else ("train", item)
        patterns.setdefault(split, []).extend([path] if isinstance(path, str) else path)
    return patterns
