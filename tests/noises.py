"""A third party's noises that the toy model feels, or whose edits its tokenizer undoes."""

from __future__ import annotations

from xharness import Edit, Noise, hookimpl


def letters(text):
    """Change the letter before a digit in the first words, in more of them at higher severities."""
    places = [place for place, letter in enumerate(text.text) if letter.isdigit()]
    for place in places[: text.severity]:
        yield Edit(place - 1, place, chr(ord("a") + (ord(text.text[place - 1]) - ord("a") + 3) % 8))


def capitals(text):
    """Write the first letter in upper case, which the toy model's tokenizer undoes."""
    yield Edit(0, 1, text.text[0].upper())


def nothing(text):
    """Change nothing."""
    return ()


def broken(text):
    """Yield edits that overlap, as no noise may."""
    yield Edit(0, 2, "x")
    yield Edit(1, 2, "y")


def not_chinese(language):
    """Apply in all languages but Chinese."""
    return "there are no such letters in zh" if language == "zh" else None


@hookimpl
def xharness_noises():
    yield Noise(name="letters", summary="other letters", family="edit", edits=letters, core=True)
    yield Noise(name="capitals", summary="a capital first", family="case", edits=capitals, applies=not_chinese)
    yield Noise(name="nothing", summary="nothing", family="none", edits=nothing)
    yield Noise(name="broken", summary="wrong edits", family="none", edits=broken)
