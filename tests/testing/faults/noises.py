"""Noises with one fault each."""

from __future__ import annotations

import random

from tests.testing.faults import Fault, plugin
from xharness import Edit, Noise, Param


def first_letters(text):
    """Change the first letter of the selected words: no fault."""
    for word in text.selected():
        yield word.edit(0, 1, "x")


def overlapping(text):
    yield Edit(0, 2, "x")
    yield Edit(1, 2, "y")


def drawn_anywhere(text):
    for word in text.words:
        if random.random() < 0.5:
            yield word.edit(0, 1, "x")


def fewer(text):
    """Edit fewer words at higher severities."""
    for word in text.words[: 6 - text.severity]:
        yield word.edit(0, 1, "x")


def everything(text):
    yield Edit(0, 1, "x" if text.text[0] != "x" else "y")


def dropping(text):
    """Drop words although it declares to keep them."""
    for word in text.selected():
        yield Edit(word.start, word.end, "")


def always_the_first(text):
    for word in text.words[:1]:
        yield word.edit(0, 1, "x")


def noise(name, edits, **fields):
    return Noise(name=name, summary="changes letters", family="edit", edits=edits, **fields)


MANY = plugin(
    "noises",
    noises=[
        noise("three", first_letters, settings={1: {"rate": 0.1}, 2: {"rate": 0.2}, 3: {"rate": 0.3}}),
        noise("nowhere", first_letters, applies=lambda language: "there are no letters"),
        noise("overlapping", overlapping),
        noise("drawn_anywhere", drawn_anywhere),
        noise("fewer", fewer),
        noise("everything", everything),
        noise("dropping", dropping),
        noise("always_the_first", always_the_first),
        noise("loose", first_letters, params={"letter": Param(type=lambda text: text[99], default="x", help="which")}),
    ],
)


def fault(check, subject, message):
    return Fault(check=f"noises:{check}", plugin=MANY, subject=subject, message=message)


FAULTS = [
    fault("severities_are_complete", "three", r"has the severities \[1, 2, 3\]; give settings for each of 1 to 5"),
    fault("languages_have_reasons", "nowhere", "it applies to no language; return None from `applies`"),
    fault("edits_are_sound", "overlapping", "severity 1: edit .* overlaps another .*; correct `edits`"),
    fault("edits_repeat", "drawn_anywhere", "use the module `random`; draw from `text.random`"),
    fault("higher_severities_edit_more", "fewer", "an edit of a lower severity is missing at the next"),
    fault("protected_text_stays", "everything", "protected.*edit only what `text.words`"),
    fault("words_are_kept", "dropping", "keep the words, or declare words_kept=False"),
    fault("examples_differ", "always_the_first", "the same words are edited in every example; draw them"),
    fault("parameters_are_sound", "loose", "parameter letter: .*; .*`type`"),
]
