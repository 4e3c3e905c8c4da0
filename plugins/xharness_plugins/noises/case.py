"""Letters change between upper and lower case."""

from __future__ import annotations

from collections.abc import Iterator

from xharness import Edit, Noise, NoiseText
from xharness_plugins.noises.letters import word_draws
from xharness_plugins.noises.spans import changes, free, name_of, script_of, shifted

_TURKIC = {"tr", "az"}
_SCRIPTS = {"Latn", "Cyrl", "Grek"}


def lower(text: str, language: str) -> list[str]:
    """Return each letter of a text in lower case, in the rules of a language; a sigma that ends a word is ς."""
    if language in _TURKIC:
        return ["ı" if letter == "I" else "i" if letter == "İ" else letter.lower() for letter in text]
    letters = [letter.lower() for letter in text]
    if "Σ" in text:
        for number, (before, letter, after) in enumerate(zip(" " + text, text, text[1:] + " ", strict=False)):
            if letter == "Σ" and before.isalpha() and not after.isalpha():
                letters[number] = "ς"
    return letters


def upper(text: str, language: str) -> list[str]:
    """Return each letter of a text in upper case, in the rules of a language; ß becomes SS."""
    if language in _TURKIC:
        return ["İ" if letter == "i" else letter.upper() for letter in text]
    return [letter.upper() for letter in text]


def alternate(text: str, language: str) -> list[str]:
    """Return the letters of each word in turn in upper and lower case."""
    letters = list(text)
    high, low = upper(text, language), lower(text, language)
    turn = True
    for number, letter in enumerate(text):
        if letter.isalpha():
            letters[number] = high[number] if turn else low[number]
            turn = not turn
        elif letter.isspace():
            turn = True
    return letters


def _same(text: str, language: str) -> list[str]:
    return list(text)


_STYLES = {"lower": lower, "same": _same, "upper": upper, "alternate": alternate}


def _edits(text: NoiseText) -> Iterator[Edit]:
    letters = list(text.text)
    for start, end in free(text):
        letters[start:end] = _STYLES[text.settings["style"]](text.text[start:end], text.language)
    if text.settings["flip"]:
        _flip(text, letters)
    return shifted(0, changes(text.text, letters))


def _flip(text: NoiseText, letters: list[str]) -> None:
    """Change the case of letters of words in place, each with the probability of the severity."""
    for word, draws in word_draws(text):
        for number, drawn in enumerate(draws):
            place = word.start + number
            if drawn < text.settings["flip"]:
                letters[place] = _flipped(letters[place], text.language)


def _flipped(letter: str, language: str) -> str:
    change = lower if letter.isupper() else upper
    return "".join(change(letter, language))


def _applies(language: str) -> str | None:
    if script_of(language) in _SCRIPTS:
        return None
    if language == "ka":
        return "Georgian texts have no capital letters in common use"
    return f"the script of {name_of(language)} has no upper and lower case"


CASE = Noise(
    name="case",
    summary="letters become lower case (1, 2), change case at random (2, 3), are all capitals (4) or alternate (5)",
    family="case",
    edits=_edits,
    applies=_applies,
    settings={
        1: {"style": "lower", "flip": 0.0},
        2: {"style": "lower", "flip": 0.05},
        3: {"style": "same", "flip": 0.1},
        4: {"style": "upper", "flip": 0.0},
        5: {"style": "alternate", "flip": 0.0},
    },
    core=True,
    label_risk="none",
)
