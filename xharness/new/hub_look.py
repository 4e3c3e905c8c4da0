"""What a repository of the hub contains: columns, class names, configs by language, splits."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from xharness.data.hub.download import download
from xharness.data.hub.problems import DownloadError
from xharness.data.tables import TABLES, read_table, split_of
from xharness.errors import BadRequest
from xharness.languages import LANGUAGES
from xharness.new.looking import Look

_CARD = "README.md"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_FIELDS = ("flores", "code", "iso3", "tatoeba", "name")


@dataclass(frozen=True)
class Repository:
    """A repository: its commit (None for a copied folder), the config of a language, its languages, splits and rows.

    `read` is the config whose rows were read: that of English, if there is one.
    """

    id: str
    revision: str | None
    config: str | None
    read: str
    languages: tuple[str, ...]
    splits: Mapping[str, str]
    look: Look


def look_at_hub(id: str, revision: str | None, data: Path | None) -> Repository:
    """Return what a repository contains; download its card and the files of one split, or read a copy below `data`.

    Raises BadRequest if the repository cannot be read, or its card does not list its files.
    """
    folder = _folder(id, revision, data, [_CARD])
    card = _card(folder, id)
    configs = {entry["config_name"]: _splits(entry) for entry in card.get("configs") or ()}
    configs = {name: splits for name, splits in configs.items() if splits}
    if not configs:
        raise BadRequest(
            f"--from {id}: its README.md does not list the files of its configs; download a file and give it with "
            "--from FILE, or write the task by hand (docs/extend.md)"
        )
    pattern, languages = _by_language(list(configs))
    tested = "en" if "en" in languages else next(iter(languages), "")
    chosen = named(pattern, tested) if pattern else next(iter(configs))
    splits = {split: name for name in configs[chosen] if (split := split_of(name))}
    wanted = next((splits[name] for name in ("train", "test", "dev") if name in splits), None)
    if wanted is None:
        raise BadRequest(f"--from {id}: config '{chosen}' has no split train, validation or test")
    paths = configs[chosen][wanted]
    folder = _folder(id, revision, data, [_CARD, *paths])
    commit = folder.name if data is None and _COMMIT.fullmatch(folder.name) else revision
    config = pattern or (chosen if len(configs) == 1 and chosen != "default" else None)
    look = Look(f"{id} ({chosen}, {wanted})", _columns(folder, paths, id), _classes(card, chosen))
    return Repository(id, commit, config, chosen, languages, splits, look)


def _folder(id: str, revision: str | None, data: Path | None, patterns: list[str]) -> Path:
    if data is not None:
        if not (data / id).is_dir():
            raise BadRequest(f"--from {id}: no folder {data / id}; --data is a folder with copies of hub repositories")
        return data / id
    try:
        with _plain_unless_terminal():
            return download(id, "dataset", revision, patterns)
    except DownloadError as error:
        raise BadRequest(f"--from {id}: {error}, or give a copy of the repository with --data DIR") from error


@contextmanager
def _plain_unless_terminal() -> Iterator[None]:
    """Show the progress bars of huggingface_hub on a terminal only."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if sys.stderr.isatty() or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _card(folder: Path, id: str) -> dict[str, Any]:
    from huggingface_hub import DatasetCard

    path = folder / _CARD
    if not path.is_file():
        raise BadRequest(f"--from {id}: the repository has no README.md")
    content: dict[str, Any] = DatasetCard.load(path, ignore_metadata_errors=True).data.to_dict()
    return content


def _splits(entry: Mapping[str, Any]) -> dict[str, list[str]]:
    files = entry.get("data_files") or ()
    items = [{"split": "train", "path": files}] if isinstance(files, str) else files
    splits = {}
    for item in items:
        if isinstance(item, dict):
            paths = item["path"]
            splits[item["split"]] = [paths] if isinstance(paths, str) else list(paths)
    return splits


def _by_language(configs: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the pattern that names the configs of most languages, and these languages."""
    best: tuple[str | None, tuple[str, ...]] = (None, ())
    for field in _FIELDS:
        for code, language in LANGUAGES.items():
            for name in configs:
                spelling = getattr(language, field)
                if name != spelling and not re.search(rf"(?:^|[._-]){re.escape(spelling)}(?:$|[._-])", name):
                    continue
                pattern = name.replace(spelling, f"{{{'lang' if field == 'code' else field}}}")
                languages = tuple(other for other in LANGUAGES if named(pattern, other) in configs)
                if code in languages and len(languages) > max(1, len(best[1])):
                    best = pattern, languages
    return best


def named(pattern: str, code: str) -> str:
    """Return the name of a language's config."""
    about = LANGUAGES[code]
    return pattern.format(
        lang=code, name=about.name, lower=about.name.lower(), iso3=about.iso3, tatoeba=about.tatoeba,
        flores=about.flores,
    )  # fmt: skip


def _classes(card: Mapping[str, Any], config: str) -> dict[str, tuple[str, ...]]:
    infos = card.get("dataset_info") or []
    infos = [infos] if isinstance(infos, dict) else infos
    features = next((info.get("features") or [] for info in infos if info.get("config_name", config) == config), [])
    classes = {}
    for feature in features:
        about = feature.get("dtype")
        names = about.get("class_label", {}).get("names") if isinstance(about, dict) else None
        if names:
            classes[feature["name"]] = tuple(names.values() if isinstance(names, dict) else names)
    return classes


def _columns(folder: Path, patterns: list[str], id: str) -> dict[str, list[Any]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    paths = [path for path in files if any(fnmatch(path.relative_to(folder).as_posix(), each) for each in patterns)]
    path = next((path for path in paths if path.suffix in (".parquet", *TABLES)), None)
    if path is None:
        raise BadRequest(f"--from {id}: no Parquet, CSV or JSON file matches {', '.join(patterns)}")
    if path.suffix == ".parquet":
        import pyarrow.parquet

        columns: dict[str, list[Any]] = pyarrow.parquet.read_table(path).to_pydict()
        return columns
    rows = [row for _, row in read_table(path)]
    return {name: [row.get(name) for row in rows] for name in rows[0]} if rows else {}
