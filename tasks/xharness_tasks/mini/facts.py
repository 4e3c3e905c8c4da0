"""Random facts, drawn deterministically, from which sentences are generated in every language."""

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
_OTHERS = {place: tuple(each for each in _PLACES if each != place) for place in _PLACES}


def generator(*parts: str | int) -> Random:
    """Return a random generator seeded by these values."""
    return Random(":".join(map(str, parts)))


def draw(random: Random) -> Facts:
    """Draw a value for every slot; `place2` differs from `place`, and `country` is the country of `place`."""
    # One large random number for all values takes a tenth of the time of one draw per value.
    number = random.getrandbits(128)
    facts: dict[str, str] = {}
    for name, entries in _entries():
        number, index = divmod(number, len(entries))
        facts[name] = entries[index]
    place = facts["place"]
    return {
        **facts,
        "person": (facts["given"], facts["family"]),
        "place2": _OTHERS[place][number % len(_OTHERS[place])],
        "country": COUNTRIES[place],
        "org": (facts["org"], facts["seat"]),
    }


@cache
def _entries() -> tuple[tuple[str, tuple[str, ...]], ...]:
    words = ("given", "family", "org", "job", "thing", "item", "time")
    lexicons = {name: tuple(grammar("en").lexicons[name]) for name in words}
    years = tuple(map(str, range(FIRST_YEAR, LAST_YEAR + 1)))
    return tuple((lexicons | {"year": years, "place": _PLACES, "seat": _PLACES}).items())
