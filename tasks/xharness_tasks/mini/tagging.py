"""Tagged sentences: parts of speech, entities, supertags."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from xharness import Example, language
from xharness_tasks.mini.sentences import ENTITIES, Sentence
from xharness_tasks.mini.texts import drawn

_NOMINAL = {"NOUN", "PROPN", "ADJ", "NUM"}
_CATEGORIES = {"DET": "NP[nb]/N", "ADP": "PP/NP", "ADV": "(S\\NP)\\(S\\NP)", "PART": "(S\\NP)\\(S\\NP)",
               "PRON": "NP", "CCONJ": "conj", "SCONJ": "(S/S)/S[dcl]", "PUNCT": "."}  # fmt: skip
_VERBS = {
    "ADP": "(S[dcl]\\NP)/PP",
    "VERB": "(S[dcl]\\NP)/(S[b]\\NP)",
    **dict.fromkeys(("DET", "PRON", *_NOMINAL), "(S[dcl]\\NP)/NP"),
}


def parts_of_speech(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield tokens and UPOS tags of sentences of all sections of the grammar."""
    for number in range(size):
        sentence = drawn("upos", code, split, number)
        yield {"tokens": list(sentence.tokens), "tags": list(sentence.tags)}


def entities(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield tokens and IOB2 tags of persons, places and organisations; tokens are characters in unspaced languages."""
    spaced = language(code).spaced
    for number in range(size):
        sentence = drawn("ner", code, split, number, ("statements", "questions"))
        tags = _iob(sentence)
        if spaced:
            yield {"tokens": list(sentence.tokens), "tags": tags}
        else:
            pairs = [pair for token, tag in zip(sentence.tokens, tags) for pair in _by_character(token, tag)]
            yield {"tokens": [token for token, _ in pairs], "tags": [tag for _, tag in pairs]}


def supertags(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield tokens and tags in the form of CCG categories, which depend on the tags of a word and the next one."""
    for number in range(size):
        sentence = drawn("ccg", code, split, number)
        following = (*sentence.tags[1:], "PUNCT")
        yield {"tokens": list(sentence.tokens), "tags": list(map(_category, sentence.tags, following))}


def _category(tag: str, following: str) -> str:
    if tag in ("VERB", "AUX"):
        return _VERBS.get(following, "S[dcl]\\NP")
    if tag in _NOMINAL and following in _NOMINAL:
        return "N/N"
    return _CATEGORIES.get(tag, "N")


def _iob(sentence: Sentence) -> list[str]:
    tags = ["O"] * len(sentence.tokens)
    for slot, (first, last) in sentence.slots.items():
        if entity := ENTITIES.get(slot.rstrip("2")):
            tags[first:last] = [f"B-{entity}"] + [f"I-{entity}"] * (last - first - 1)
    return tags


def characters(word: str) -> list[str]:
    """Split a word into characters, each with its combining marks."""
    letters: list[str] = []
    for character in word:
        if letters and unicodedata.category(character).startswith("M"):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _by_character(token: str, tag: str) -> Iterator[tuple[str, str]]:
    for index, letter in enumerate(characters(token)):
        yield letter, tag if index == 0 else tag.replace("B-", "I-")
