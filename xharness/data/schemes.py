"""Recognise and convert schemes of entity tags other than IOB2, in which B- begins every entity and I- continues it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from xharness.errors import DataError

TAG_SCHEME = "tag_scheme"
"""The parameter of a source with the scheme of the tags of its files, which are converted to IOB2."""
SCHEMES = ("BIOES", "BILOU", "IOB1")
_IN_IOB2 = {"E": "I", "S": "B", "L": "I", "U": "B"}
_OTHERS = {
    "S": ("BIOES", "E- as I- and S- as B-"),
    "E": ("BIOES", "E- as I- and S- as B-"),
    "U": ("BILOU", "L- as I- and U- as B-"),
    "L": ("BILOU", "L- as I- and U- as B-"),
}


def other_scheme(tag: str, labels: Collection[str]) -> str | None:
    """Return what to do with a tag that is in a scheme with more prefixes; None for any other tag."""
    prefix, dash, kind = tag.partition("-")
    if not dash or prefix not in _OTHERS or f"B-{kind}" not in labels:
        return None
    scheme, change = _OTHERS[prefix]
    return f"the tags are in the scheme {scheme}, expected IOB2; write {change}, or {_converting(scheme)}"


def in_iob2(tag: str, before: str, scheme: str) -> str:
    """Return a tag of one of `SCHEMES` in IOB2; `before` is the tag of the word before in the same scheme, or ""."""
    prefix, dash, kind = tag.partition("-")
    if not dash:
        return tag
    if scheme == "IOB1":
        begins = prefix == "I" and before.partition("-")[2] != kind
        return f"B-{kind}" if begins else tag
    return f"{_IN_IOB2[prefix]}-{kind}" if _OTHERS.get(prefix, ("",))[0] == scheme else tag


def _converting(scheme: str) -> str:
    return f"convert the files with --source local --param {TAG_SCHEME}={scheme}"


class Starts:
    """How the entities of a file begin; in IOB1, B- begins only an entity directly after another of its type."""

    def __init__(self, path: Path, labels: Collection[str]) -> None:
        self._path, self._labels = path, labels
        self._before = ""
        self._inside: tuple[int, str] | None = None  # line and tag of the first I- that begins an entity
        self._iob2 = False

    def see(self, word: tuple[int, str, str | None] | None) -> None:
        """Take the next word of the file, None for the end of a sentence."""
        number, _, tag = word or (0, "", "")
        prefix, dash, kind = (tag or "").partition("-")
        follows = self._before[2:] == kind
        if dash and f"B-{kind}" in self._labels:
            if prefix == "B" and not follows:
                self._iob2 = True
            if prefix == "I" and not follows and self._inside is None:
                self._inside = number, kind
        self._before = tag or ""

    def check(self) -> None:
        """Raise DataError if the file is in the scheme IOB1: I- begins entities and B- none but after another."""
        if self._inside and not self._iob2:
            line, kind = self._inside
            raise DataError.at(
                self._path,
                line,
                f"I-{kind} begins an entity: the tags are in the scheme IOB1, expected IOB2; write the first tag of "
                f"each entity as B-{kind}, or {_converting('IOB1')}",
            )
