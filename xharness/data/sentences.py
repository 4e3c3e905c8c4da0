"""Split an English text into sentences."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_STOP = r"""
    (?<![^\s"'“”‘’()\[\]«»—–/-])                # at the beginning of a word
    (?P<word>(?:[^\s"'“”‘’()\[\]«»—–/.?!…-]|\.(?=\w))*+)
    (?P<stop>[.?!…]++)
    (?P<after>
        ["'”’)\]»]*                             # closing quotes and brackets
        (?:\[[^\[\]]{1,40}\])*                 # references, such as [3] or [citation needed]
        (?::[\d–-]+)*                           # and their pages, such as :212–219
    )
    \s+
    (?=["'“‘(\[«]*(?P<next>[^\s"'“‘(\[«]+))
    """
# Abbreviations before a name or a number: a sentence never ends with them.
_TITLES = frozenset(
    "adm brig capt cf cmdr col cpl dr e.g eg fr ft gen gov hon i.e ie lieut lt maj messrs mlle mme mr mrs ms mt mts "
    "pres prof rep rev sen sens sgt st ste supt v viz vs".split()
)
_NUMBERED = frozenset("c ca fig figs no nos op p pp r vol vols".split())
# A sentence ends with these abbreviations only if the next word is a frequent sentence starter.
_SHORT = frozenset(
    "a.d a.m al approx apr aug ave b.c b.c.e bros c.e co corp d.c dec dept est etc feb inc jan jr ltd mar nov oct "
    "p.m ph.d sep sept sr univ".split()
)
_INITIALS = re.compile(r"(?:[a-z]\.)*[a-z]")
_STARTERS = frozenset(
    "a after all although among an and another as at because before both but by despite during each early even every "
    "finally for from further furthermore he her here his how however if in it its later many meanwhile more moreover "
    "most no nor not now of on once one only other others our over several she since so some such that the their then "
    "there therefore these they this those though through thus to today two under unlike until upon we what when where "
    "whereas whether which while who with within without yet you".split()
)


@lru_cache(maxsize=1)
def _stop() -> Any:
    """Return the compiled pattern. The module re of Python 3.11.2 fails on possessive groups."""
    import regex

    return regex.compile(_STOP, regex.VERBOSE)


def sentence_breaks(text: str) -> list[tuple[int, int]]:
    """Return the [start, end) offsets of the sentences of an English text, in order.

    Together they cover all characters but white space.
    """
    start = len(text) - len(text.lstrip())
    breaks = []
    for stop in _stop().finditer(text):
        if _ends(stop):
            breaks.append((start, stop.end("after")))
            start = stop.end()
    end = len(text.rstrip())
    return [*breaks, (start, end)] if start < end else breaks


def _ends(stop: Any) -> bool:
    """Return whether a sentence ends at a full stop, judged by the words before and after it."""
    word, following = stop["word"].lower(), stop["next"]
    if not (following[0].isupper() or following[0].isdigit()):
        return False
    if stop["stop"] != ".":
        return True
    if word in _TITLES or (word in _NUMBERED and following[0].isdigit()):
        return False
    if word in _SHORT or _INITIALS.fullmatch(word):
        return following.lower().rstrip(",") in _STARTERS
    return True
