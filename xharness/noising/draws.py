"""Random numbers that depend on nothing but what they are drawn for: equal in each process, on each machine."""

from __future__ import annotations

from hashlib import blake2b
from random import Random
from threading import local

_SEPARATOR = "\x1f"
_SCHEME = "xhn1"


def seed_of(*parts: str | int) -> int:
    """Return the seed of a key: the first 8 bytes, big-endian, of its BLAKE2b digest.

    The parts are joined with U+001F, after the name of the scheme.
    """
    text = _SEPARATOR.join(map(str, (_SCHEME, *parts)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


class _Generator(local):
    """The generator of a thread: to make one costs as much as to seed it."""

    def __init__(self) -> None:
        self.random = Random(0)
        # What Random.seed calls for an integer; the call alone is a tenth faster.
        self.seed = super(Random, self.random).seed


_GENERATOR = _Generator()


class Draws:
    """The random numbers of one text.

    Only `random()` of a generator is used: the Mersenne Twister and its seeding by an integer are the same in every
    version of Python, which `choice` and `shuffle` are not.
    """

    def __init__(self, *parts: str | int) -> None:
        """Prepare the draws of a text; `parts` name noise, version, task, language, split, example, column, seed."""
        text = _SEPARATOR.join(map(str, (_SCHEME, *parts)))
        self._hash = blake2b(text.encode(), digest_size=8)

    def uniform(self, count: int) -> list[float]:
        """Return the first numbers in [0, 1) of the text itself, one for each of its words."""
        draw = _seeded(self._hash.digest()).random
        return [draw() for _ in range(count)]

    def of(self, *parts: str | int) -> Random:
        """Return the generator of a key under that of the text; it is valid until the next draw of any text."""
        own = self._hash.copy()
        own.update(f"{_SEPARATOR}{_SEPARATOR.join(map(str, parts))}".encode())
        return _seeded(own.digest())


def _seeded(digest: bytes) -> Random:
    generator = _GENERATOR
    generator.seed(int.from_bytes(digest, "big"))
    return generator.random


def index(random: Random, count: int) -> int:
    """Return a number from 0 to count - 1."""
    return int(random.random() * count)
