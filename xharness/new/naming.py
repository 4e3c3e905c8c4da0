"""Check the name of a new plugin, and derive the names of its package."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from xharness.errors import BadRequest

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_LONGEST = 40
_TAKEN = ("tasks", "plugins", "leaderboard")


@dataclass(frozen=True)
class Naming:
    """The names of a plugin: of the spec, the distribution, the module and the classes, and the names that are near."""

    name: str
    near: tuple[str, ...] = ()

    @property
    def distribution(self) -> str:
        """Return the name of the distribution and of its folder, for example `xharness-reviews`."""
        return f"xharness-{self.name.replace('_', '-')}"

    @property
    def module(self) -> str:
        """Return the name of the module, for example `xharness_reviews`."""
        return f"xharness_{self.identifier}"

    @property
    def identifier(self) -> str:
        """Return the name as a Python identifier, for example `book_reviews`."""
        return self.name.replace("-", "_")

    @property
    def words(self) -> str:
        """Return the name as a class, for example `BookReviews`."""
        return "".join(word.capitalize() for word in self.identifier.split("_"))


def checked(what: str, name: str, known: Sequence[str]) -> Naming:
    """Return the names of a new plugin; BadRequest if the name is invalid or belongs to a known spec of its group."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise BadRequest(
            f"name '{name}': use lower-case letters, digits, and single - or _ between them, beginning with a letter, "
            f"at most {_LONGEST} characters, for example book-reviews"
        )
    same = next((other for other in known if _plain(other) == _plain(name)), None)
    if same or name in _TAKEN:
        of = f"{what} '{same}' exists already" if same else f"xharness itself has a package '{name}'"
        raise BadRequest(f"name '{name}': {of}; choose another name")
    return Naming(name, tuple(get_close_matches(name, known, n=3, cutoff=0.75)))


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
