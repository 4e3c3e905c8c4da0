"""Describes where the examples of a task come from: repositories, files, or synthetic data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from os.path import commonpath
from pathlib import PurePosixPath

from xharness.specs.sources import Data, Hub, Layout, Local, Synthetic


def locations(data: Data) -> list[str]:
    """Return paragraphs that name the repositories or files of one source."""
    if isinstance(data, Hub):
        return list(_repositories(data))
    if isinstance(data, Local):
        own = [f"without --data: DIR is {data.root}"] if data.root else []
        return [*_layouts(data.layouts), *own]
    if isinstance(data, Synthetic):
        sizes = ", ".join(f"{size:,} {split}" for split, size in data.sizes.items())
        return [f"synthetic; {sizes}; --param size=N changes these numbers"]
    return [f"{name} {value}" for name, value in vars(data).items() if isinstance(value, str | int)]


def _repositories(data: Hub) -> Iterator[str]:
    yield from map(_repository, (data, *data.also))
    codes: dict[str, list[str]] = {}
    for code, other in data.instead.items():
        codes.setdefault(_repository(other) if other else "not available", []).append(code)
    for where, those in codes.items():
        yield f"{' '.join(those)}: {where}"


def _repository(data: Hub) -> str:
    splits = (split if split == name else f"{split} (as {name})" for split, name in data.splits.items())
    own = "".join(f", {split} in {config}" for split, config in data.configs.items())
    config = f", config {data.config}{own}" if data.config else own
    files = f", of {data.files}" if data.files else ""
    return f"{data.id}{config}; {', '.join(splits)}{files}; revision {data.revision or 'not pinned'}"


def _layouts(layouts: Sequence[Layout]) -> Iterator[str]:
    """Yield one paragraph for each group of layouts that differ only in their folder."""
    folders: dict[tuple[str, str], list[str]] = {}
    for layout in layouts:
        folder = _folder([pattern for patterns in layout.files.values() for pattern in patterns])
        files = {split: [name.removeprefix(folder) for name in names] for split, names in layout.files.items()}
        name = f"{layout.name} ({' '.join(layout.languages)})" if layout.languages else layout.name
        folders.setdefault((name, _names(files)), []).append(folder or "DIR itself")
    for (name, names), alternatives in folders.items():
        yield f"{name}: {names} in {' or '.join(alternatives)}"


def _folder(patterns: Sequence[str]) -> str:
    folder = commonpath([PurePosixPath(pattern).parent for pattern in patterns])
    return "" if folder in ("", ".") else f"{folder}/"


def _names(files: Mapping[str, Sequence[str]]) -> str:
    """Return the file names of all splits, as `{train,dev}-{lang}.tsv` if they differ in one word only."""
    if len({len(names) for names in files.values()}) == 1:
        braced = [_braced(names) for names in zip(*files.values(), strict=True)]
        if all(braced):
            return ", ".join(name for name in braced if name)
    return ", ".join(f"{split} {' + '.join(names)}" for split, names in files.items())


def _braced(names: Sequence[str]) -> str | None:
    """Return one name for names that differ in one word, None if they differ in more."""
    if len(set(names)) == 1:
        return names[0]
    before = _shared(names)
    rests = [name.removeprefix(before) for name in names]
    after = _shared([rest[::-1] for rest in rests])[::-1]
    words = [rest.removesuffix(after) for rest in rests]
    return f"{before}{{{','.join(words)}}}{after}" if all(map(str.isidentifier, words)) else None


def _shared(names: Sequence[str]) -> str:
    """Return the common beginning of names, in whole words."""
    same = "".join(letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*names)))
    while same and same[-1].isalnum():
        same = same[:-1]
    return same
