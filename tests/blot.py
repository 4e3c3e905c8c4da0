"""A third party's plugin with noises of its own: one file, and no other."""

from __future__ import annotations

import re

from xharness import Edit, Noise, hookimpl


def blot(text):
    """Blot the middle letter of the toy's words."""
    for number, word in enumerate(re.finditer(r"[a-z]([a-z])\d", text.text)):
        if text.is_free(*word.span(1)) and text.random(number).random() < text.settings["rate"]:
            yield Edit(*word.span(1), "z")


def join(text):
    """Delete the first space."""
    space = text.text.find(" ")
    if space > 0:
        yield Edit(space, space + 1, "")


def applies(language):
    return "its letters cannot be blotted" if language == "zh" else None


@hookimpl
def xharness_noises():
    yield Noise(name="blot", summary="a letter becomes unreadable", family="edit", edits=blot, applies=applies)
    yield Noise(name="join", summary="two words become one", family="spaces", edits=join, words_kept=False)
    yield Noise(name="nothing", summary="no letter changes", family="edit", edits=lambda text: ())
    yield Noise(name="broken", summary="it erases all", family="edit", edits=lambda t: [Edit(0, len(t.text), "")])
