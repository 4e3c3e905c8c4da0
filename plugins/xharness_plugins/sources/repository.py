"""Repositories of the Hugging Face hub as folders on this machine: copied there by hand, or fetched into the cache."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from xharness import DataError
from xharness_plugins.sources.paths import listed
from xharness_plugins.sources.rows import reason

_CARD = "README.md"
_INSTEAD = "or name a folder of copies with --data DIR, or use --source local"
_PATIENCE = 60.0
_failed_at: list[float] = []


@dataclass(frozen=True)
class Card:
    """What the front matter of a README.md says: the file patterns of each config's splits, and column types.

    The patterns of a config are None where only datasets can tell them.
    """

    patterns: Mapping[str, Mapping[str, Sequence[str]] | None]
    features: Mapping[str, Any]
    default: str | None


def mirror(root: Path, id: str) -> Path:
    """Return the folder of a copied repository; DataError where there is none."""
    folder = root / id
    if not folder.is_dir():
        raise DataError(
            f"{id}: no folder {folder}; --data DIR with --source hub holds copies of hub repositories; copy this one "
            f"with: hf download {id} --repo-type dataset --local-dir {folder}"
        )
    return folder


def fetch(id: str, revision: str | None, patterns: Sequence[str] | None = None) -> Path:
    """Return the cache folder of a repository at a revision, which is named by its commit, with some files in it.

    What is missing is downloaded; without `patterns`, everything. DataError where that cannot be done.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    where = f"{id}@{revision}" if revision else id
    # Where the hub was out of reach a moment ago, each of a hundred splits would wait for its own time-out.
    offline = bool(_failed_at) and time.monotonic() - _failed_at[-1] < _PATIENCE
    wanted = None if patterns is None else [_CARD, *patterns]
    try:
        with quiet():
            folder = snapshot_download(
                id, repo_type="dataset", revision=revision, allow_patterns=wanted, local_files_only=offline
            )
            return Path(folder)
    except RevisionNotFoundError:
        raise DataError(f"{where}: the repository has no such revision; see huggingface.co/datasets/{id}") from None
    except RepositoryNotFoundError:
        raise DataError(
            f"{where}: the hub has no such dataset, or it needs a token (hf auth login); check the name, {_INSTEAD}"
        ) from None
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        _failed_at[:] = _failed_at if offline else [time.monotonic()]
        raise DataError(
            f"{where}: neither in the cache of huggingface_hub nor reachable on the hub ({_short(error)}); connect and "
            f"unset HF_HUB_OFFLINE, {_INSTEAD}"
        ) from None
    except Exception as error:  # a download fails in too many ways to name
        raise DataError(f"{where}: cannot be fetched from the hub ({reason(error)}); try again, {_INSTEAD}") from error


def read_card(folder: Path) -> Card:
    """Return what a repository's README.md says, an empty card where there is none; DataError where it is broken."""
    path = folder / _CARD
    if not path.is_file():
        return Card({}, {}, None)
    about = path.stat()
    return _read_card(path, about.st_size, about.st_mtime_ns)


def pick(card: Card, config: str | None, where: str) -> str | None:
    """Return the config that is meant, None where the card names none; DataError where it has no such config."""
    if not card.patterns:
        return config
    chosen = config or card.default
    if chosen in card.patterns:
        return chosen
    from difflib import get_close_matches

    near = get_close_matches(config or "", card.patterns, n=3) or list(card.patterns)
    what = f"no config '{config}'" if config else "several configs, of which the task must name one"
    raise DataError(f"{where}: the repository has {what}; it has {listed(near)}")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the progress bars and warnings of datasets and huggingface_hub from the terminal."""
    import logging

    import datasets
    import huggingface_hub.utils as hub

    levels = datasets.logging.get_verbosity(), hub.logging.get_verbosity()
    bars = [library for library in (datasets, hub) if not library.are_progress_bars_disabled()]
    # What goes wrong is told by an exception; datasets logs it as an error too.
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
    """Read a card once in a process: those of repositories with many configs take seconds."""
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCard

    try:
        with quiet():
            data = DatasetCard.load(path, ignore_metadata_errors=True).data
            infos = DatasetInfosDict.from_dataset_card_data(data)
            configs = {entry["config_name"]: entry for entry in data.to_dict().get("configs") or ()}
            patterns = {name: _patterns(entry) for name, entry in configs.items()}
    except Exception as error:
        raise DataError.at(path, None, f"its front matter cannot be read ({reason(error)})") from error
    marked = [name for name, entry in configs.items() if len(configs) == 1 or name == "default" or entry.get("default")]
    return Card(patterns, {name: info.features for name, info in infos.items()}, marked[0] if marked else None)


def _patterns(entry: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """Return the patterns of each split of a config, None where the card leaves them to be found out."""
    files = entry.get("data_files")
    plain = set(entry) <= {"config_name", "data_files", "default"}
    if not files or not plain:
        return None
    listed_files = [files] if isinstance(files, str) else files
    found: dict[str, list[str]] = {}
    for item in listed_files:
        split, path = (item["split"], item["path"]) if isinstance(item, dict) else ("train", item)
        found.setdefault(split, []).extend([path] if isinstance(path, str) else path)
    return found


def _short(error: BaseException) -> str:
    from huggingface_hub.constants import is_offline_mode

    return "HF_HUB_OFFLINE is set" if is_offline_mode() else reason(error.__cause__ or error)
