"""Locate a split of a hub repository: in the repository, in its converted branch, or in a mirror."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from xharness import DataError, DataOptions, Hub, NotFetched
from xharness.data.hub.cache import HubCache
from xharness.data.lines import Row
from xharness_plugins.sources.parquet import files_of, patterns_of
from xharness_plugins.sources.paths import fill
from xharness_plugins.sources.repository import Card, fetch, mirror, pick, read_card

# The branch in which the hub keeps the repository converted to Parquet, `CONFIG/SPLIT/0000.parquet`.
CONVERTED = "refs/convert/parquet"
_DEFAULT = "default"
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubSplit:
    """A split of a repository, with resolved names; `where` names it in errors.

    If the repository is a mirror, `of` is the mirrored repository, `count` its number of rows, and `digest` their
    digest, if known.
    """

    declared: Hub
    id: str
    config: str | None
    split: str
    revision: str | None
    where: str
    files: Sequence[str]
    of: str | None = None
    count: int = 0
    digest: str | None = None

    @property
    def branch(self) -> str:
        """Return the location of the rows; empty for the repository itself."""
        return f"mirror of {self.of}" if self.of else CONVERTED if self.revision == CONVERTED else ""


def reached(declared: Hub, language: str, split: str, options: DataOptions) -> HubSplit:
    """Return the first available location of a split, judged by its small files; raise DataError if none is.

    A pinned commit without mirrors is returned without a check, so that it does not need access to the hub. Of several
    errors, that of a repository that an offline cache lacks is raised, or else the first.
    """
    main = _part(declared, language, split)
    candidates = [main]
    if options.root is None and not _pinned(main):
        candidates.append(replace(main, revision=CONVERTED))
    if split in declared.rows:
        checks = partial(replace, of=main.id, count=declared.rows[split], digest=declared.digests.get(split))
        candidates += [checks(_part(each, language, split)) for each in declared.mirrors if split in each.splits]
    problems = []
    for candidate in candidates if len(candidates) > 1 else ():
        try:
            _check_available(candidate, options)
            return candidate
        except DataError as error:
            problems.append(error)
    if problems:
        raise next((problem for problem in problems if isinstance(problem, NotFetched)), problems[0])
    return main


def located(part: HubSplit, options: DataOptions) -> tuple[Path, Card, str | None, list[Path] | None]:
    """Return the folder of a repository, its card, the config, and the files of the split (None if unknown)."""
    root = options.root
    if root is None and part.revision == CONVERTED:
        return _converted(part, options)
    folder = mirror(root, part.id) if root else fetch(part.id, commit(part, options), options.hub, ())
    card, config, patterns = _described(part, folder)
    if root is None:
        folder = fetch(part.id, commit(part, options), options.hub, patterns)
    return folder, card, config, None if patterns is None else files_of(folder, patterns, part.where)


def commit(part: HubSplit, options: DataOptions) -> str:
    """Return the pinned commit of a part, or the commit of its revision that the run uses: the newest when planned."""
    if _pinned(part):
        return str(part.revision)
    name = f"{part.id}@{part.revision or 'main'}"
    return options.revisions.resolve(name, lambda: newest(part.id, part.revision, options.hub))


@lru_cache(maxsize=256)
def newest(id: str, revision: str | None, hub: HubCache) -> str:
    """Return the commit of a branch or tag; cached per process, so that all splits use the same commit."""
    return fetch(id, revision, hub, ()).name


def checked(part: HubSplit, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows of a part; raise DataError at the end if the rows of a mirror differ, in any order."""
    count = total = 0
    for row in rows:
        count += 1
        if part.digest:
            text = json.dumps(row, sort_keys=True, ensure_ascii=False)
            total += int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        yield row
    if part.of and count != part.count:
        number = f"{count:,} row{'s'[: count != 1]}"
        raise DataError(f"{part.where}: not a valid mirror of {part.of}: it has {number}, expected {part.count:,}")
    digest = f"{total % 2**128:032x}"
    if part.digest and digest != part.digest:
        raise DataError(
            f"{part.where}: not a valid mirror of {part.of}: its rows differ (digest {digest}, expected {part.digest})"
        )


def _part(declared: Hub, language: str, split: str) -> HubSplit:
    id, name = fill(declared.id, language), fill(declared.splits[split], language)
    config = declared.configs.get(split, declared.config)
    config = None if config is None else fill(config, language)
    where = f"{id} {config or ''} {name}".replace("  ", " ")
    files = [fill(declared.files, language)] if declared.files else []
    return HubSplit(declared, id, config, name, declared.revision, where, files)


def _pinned(part: HubSplit) -> bool:
    return bool(part.revision and _COMMIT.fullmatch(part.revision))


def _check_available(part: HubSplit, options: DataOptions) -> None:
    """Raise DataError if a split is not available, as far as README.md and branches of the repository show."""
    if part.revision == CONVERTED and options.root is None:
        commit(part, options)
        return
    script = f"{part.id.rpartition('/')[2]}.py"
    root, hub = options.root, options.hub
    folder = mirror(root, part.id) if root else _seen(part.id, commit(part, options), script, hub)
    _, _, patterns = _described(part, folder)
    if patterns is None and (folder / script).is_file():
        raise DataError(
            f"{part.where}: the repository needs its script {script}, which datasets no longer runs; use the official "
            "files with --source local --data DIR"
        )


@lru_cache(maxsize=256)
def _seen(id: str, revision: str, script: str, hub: HubCache) -> Path:
    return fetch(id, revision, hub, (script,))


def _described(part: HubSplit, folder: Path) -> tuple[Card, str | None, Sequence[str] | None]:
    card = read_card(folder)
    config = pick(card, part.config, part.where)
    return card, config, part.files or patterns_of(card, config, part.split, part.where)


def _converted(part: HubSplit, options: DataOptions) -> tuple[Path, Card, str | None, list[Path] | None]:
    """Return what `located` returns, for the converted branch, which has no card and may have another config name."""
    names = list(dict.fromkeys([part.config or _DEFAULT, _DEFAULT]))
    patterns = {name: f"{name}/{part.split}/*.parquet" for name in names}
    folder = fetch(part.id, commit(part, options), options.hub, list(patterns.values()))
    config = next((name for name in names if any(folder.glob(patterns[name]))), names[0])
    return folder, Card({}, {}, None), config, files_of(folder, [patterns[config]], part.where)
