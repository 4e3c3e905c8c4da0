"""Small data in the official layouts, sentences of our own made by rule: five tasks in English, German and Spanish."""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path

LEXICON = {
    "en": ("the", "baker fisher neighbour mayor", "meets greets paints", "old young", "in spring"),
    "de": ("die", "Bäckerin Fischerin Nachbarin Schulzin", "trifft grüßt malt", "alte junge", "im Frühling"),
    "es": ("la", "panadera pescadora vecina alcaldesa", "encuentra saluda pinta", "vieja joven", "en primavera"),
}
TAGS = ("DET", "ADJ", "NOUN", "VERB", "DET", "NOUN", "PUNCT")
TASKS = ("udpos", "xnli", "xquad", "tatoeba", "bucc2018")
SIZES = {"train": 40, "dev": 10, "test": 12}
CELLS = 3 + 3 + 3 + 2 + 1


def sentences(language: str) -> list[list[str]]:
    """Return 72 sentences, in an order that all languages share."""
    article, nouns, verbs, adjectives, _ = LEXICON[language]
    parts = product(adjectives.split(), nouns.split(), verbs.split(), nouns.split())
    return [[article, adjective, who, verb, article, whom, "."] for adjective, who, verb, whom in parts if who != whom]


def splits() -> dict[str, list[int]]:
    """Return the numbers of the sentences of each split."""
    order = list(range(len(sentences("en"))))
    random.Random(0).shuffle(order)
    train, dev = SIZES["train"], SIZES["train"] + SIZES["dev"]
    return {"train": order[:train], "dev": order[train:dev], "test": order[dev : dev + SIZES["test"]]}


def write(root: Path) -> Path:
    """Write the files of all tasks below a folder, and return it."""
    for language in LEXICON:
        for split, chosen in splits().items():
            if split == "test" or language == "en":
                _put(root / "udpos" / f"{split}-{language}.tsv", _tagged(language, chosen))
                _put(root / "xnli" / f"{split}-{language}.tsv", _pairs(language, chosen))
        _put(root / "xquad" / f"xquad.{language}.json", _questions(language, splits()["test"]))
        if language != "en":
            _aligned(root / "tatoeba" / "v1", language, {"de": "deu", "es": "spa"}[language])
    for split in ("train", "dev"):
        _put(root / "squad" / f"{split}-v1.1.json", _questions("en", splits()[split]))
    for split, name in (("dev", "sample"), ("test", "training")):
        _pools(root / "bucc2018", f"de-en.{name}", splits()[split])
    return root


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _texts(language: str, chosen: list[int]) -> list[str]:
    every = sentences(language)
    return [" ".join(every[number]) for number in chosen]


def _tagged(language: str, chosen: list[int]) -> str:
    every = sentences(language)
    blocks = ["".join(f"{word}\t{tag}\n" for word, tag in zip(every[n], TAGS, strict=True)) for n in chosen]
    return "\n".join(blocks) + "\n"


def _pairs(language: str, chosen: list[int]) -> str:
    every, when = sentences(language), LEXICON[language][4]
    lines = []
    for place, number in enumerate(chosen):
        words, other = every[number], every[(number + 5) % len(every)]
        second, label = [
            ([words[0], *words[2:]], "entailment"),
            ([*words[:-1], when, "."], "neutral"),
            (other, "contradiction"),
        ][place % 3]
        lines.append(f"{' '.join(words)}\t{' '.join(second)}\t{label}\n")
    return "".join(lines)


def _questions(language: str, chosen: list[int]) -> str:
    paragraphs = []
    for number, context in zip(chosen, _texts(language, chosen), strict=True):
        answer = sentences(language)[number][5]
        asked = {"id": f"{language}-{number}", "question": f"{context[:12]}?"}
        asked["answers"] = [{"text": answer, "answer_start": context.rindex(answer)}]
        paragraphs.append({"context": context, "qas": [asked]})
    return json.dumps({"version": "1.1", "data": [{"title": "ours", "paragraphs": paragraphs}]}, ensure_ascii=False)


def _aligned(folder: Path, language: str, code: str) -> None:
    for side, name in ((language, code), ("en", "eng")):
        _put(folder / f"tatoeba.{code}-eng.{name}", "".join(f"{text}\n" for text in _texts(side, splits()["test"])))


def _pools(folder: Path, name: str, chosen: list[int]) -> None:
    """Write two pools: the first eight sentences have a translation, the last of each side has none."""
    ours, theirs = [*chosen[:8], chosen[8]], [*chosen[:8], chosen[9]]
    for language, numbers in (("de", ours), ("en", theirs)):
        lines = zip(numbers, _texts(language, numbers), strict=True)
        _put(folder / f"{name}.{language}", "".join(f"{language}-{n:09d}\t{text}\n" for n, text in lines))
    _put(folder / f"{name}.gold", "".join(f"de-{n:09d}\ten-{n:09d}\n" for n in chosen[:8]))
