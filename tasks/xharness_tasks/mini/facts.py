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
_OTHERS = {place: tuple(each for each in _PLACES if each != place) for place in _PLACES}


def generator(*parts: str | int) -> Random:
    """Return a generator of random numbers that depends on these words alone."""
    return Random(":".join(map(str, parts)))


def draw(random: Random) -> Facts:
    """Draw a value for every slot; `place2` is another place than `place`, `country` is that of `place`."""
    # One large number is cut up, which takes a tenth of the time of a draw for each value.
    number = random.getrandbits(128)
    found: dict[str, str] = {}
    for name, entries in _entries():
        number, at = divmod(number, len(entries))
        found[name] = entries[at]
    place = found["place"]
    return {
        **found,
        "person": (found["given"], found["family"]),
        "place2": _OTHERS[place][number % len(_OTHERS[place])],
        "country": COUNTRIES[place],
        "org": (found["org"], found["seat"]),
    }


@cache
def _entries() -> tuple[tuple[str, tuple[str, ...]], ...]:
    words = ("given", "family", "org", "job", "thing", "item", "time")
    lexicons = {name: tuple(grammar("en").lexicons[name]) for name in words}
    years = tuple(map(str, range(FIRST_YEAR, LAST_YEAR + 1)))
    return tuple((lexicons | {"year": years, "place": _PLACES, "seat": _PLACES}).items())
