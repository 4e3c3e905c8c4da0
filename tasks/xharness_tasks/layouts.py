"""Short ways to declare where a task's files lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xharness import Layout
from xharness.data.lines import Reader

TRANSLATIONS = ("xtreme_translations/", "")
"""The folders that may hold copies of XTREME's translations, gs://xtreme_translations."""
Files = Mapping[str, Sequence[str]]


def layouts(
    name: str, files: Files, read: Reader, folders: Sequence[str] = ("",), languages: tuple[str, ...] = ()
) -> tuple[Layout, ...]:
    """Return a layout for each of the folders that may hold the files, each folder ending in `/`."""
    return tuple(
        Layout(
            name=name,
            files={split: tuple(folder + pattern for pattern in patterns) for split, patterns in files.items()},
            read=read,
            languages=languages,
        )
        for folder in folders
    )


def per_split(*patterns: str, **words: str) -> Files:
    """Return the patterns of each split with `{split}` replaced by the word that the files use for it."""
    return {split: tuple(pattern.replace("{split}", word) for pattern in patterns) for split, word in words.items()}
