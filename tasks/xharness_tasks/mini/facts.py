"""Facts, drawn by chance but the same each time, that sentences of every language say."""

from __future__ import annotations

from functools import cache
from random import Random

from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import Facts

FIRST_YEAR, LAST_YEAR = 1900, 2019
COUNTRIES = {
    "beijing": "china", "berlin": "germany", "budapest": "hungary", "cairo": "egypt", "delhi": "india",
    "istanbul": "turkey", "jakarta": "indonesia", "lima": "peru", "madrid": "spain", "moscow": "russia",
    "nairobi": "kenya", "paris": "france", "rome": "italy", "sydney": "australia", "tokyo": "japan",
    "toronto": "canada",
}  # fmt: skip
_PLACES = tuple(COUNTRIES)


def generator(*parts: str | int) -> Random:
    """Return a generator of random numbers that depends on these words alone."""
    return Random(":".join(map(str, parts)))


def draw(random: Random) -> Facts:
    """Draw a value for every slot; `place2` is another place than `place`, `country` is that of `place`."""
    place, place2 = random.sample(_PLACES, 2)
    facts: dict[str, str | tuple[str, str]] = {name: random.choice(entries) for name, entries in _entries()}
    return facts | {
        "person": (random.choice(_names("given")), random.choice(_names("family"))),
        "place": place,
        "place2": place2,
        "country": COUNTRIES[place],
        "year": str(random.randint(FIRST_YEAR, LAST_YEAR)),
        "org": (random.choice(_names("org")), random.choice(_PLACES)),
    }


@cache
def _names(lexicon: str) -> tuple[str, ...]:
    return tuple(grammar("en").lexicons[lexicon])


@cache
def _entries() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, _names(name)) for name in ("job", "thing", "item", "time"))
