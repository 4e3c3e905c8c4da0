"""Helpers to declare the layouts of a task's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xharness import Layout
from xharness.data.lines import Reader, Writer

TRANSLATIONS = ("xtreme_translations/", "")
"""Possible folders of copies of XTREME's translations, gs://xtreme_translations."""
Files = Mapping[str, Sequence[str]]


def layouts(
    name: str,
    files: Files,
    read: Reader,
    folders: Sequence[str] = ("",),
    languages: tuple[str, ...] = (),
    write: Writer | None = None,
) -> tuple[Layout, ...]:
    """Return one layout per folder that may contain the files; folders end with `/`."""
    return tuple(
        Layout(
            name=name,
            files={split: tuple(folder + pattern for pattern in patterns) for split, patterns in files.items()},
            read=read,
            languages=languages,
            write=write,
        )
        for folder in folders
    )


def per_split(*patterns: str, **words: str) -> Files:
    """Return the patterns of each split, with `{split}` replaced by the name of the split in file names."""
    return {split: tuple(pattern.replace("{split}", word) for pattern in patterns) for split, word in words.items()}
