"""Training text of the nano checkpoint: synthetic sentences in all languages, and translation pairs."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import LANGUAGES, language
from xharness_tasks.mini import pairs, questions
from xharness_tasks.mini.facts import COUNTRIES, draw, generator
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import Facts, say
from xharness_tasks.mini.tagging import characters

CODES = tuple(LANGUAGES)
_SPLIT = "pretraining"
_SECTIONS = {"statements": 6, "questions": 3, "causes": 1, "effects": 1}


def corpus(seed: int, size: int) -> Iterator[str]:
    """Yield `size` random sentences per language, and every sentence pattern with every word of the lexicons."""
    for code in CODES:
        for facts in _every():
            for section, templates in grammar(code).templates.items():
                yield from (say(code, section, name, facts).text for name in templates)
        random = generator("corpus", seed, code)
        for _ in range(size):
            yield _said(random, code, *_drawn(random))


def translations(random: Random, size: int) -> list[tuple[str, str]]:
    """Return `size` translation pairs in two random languages; about half contain English."""
    found = []
    for _ in range(size):
        section, name, facts = _drawn(random)
        one, other = random.sample(CODES, 2)
        one = "en" if other != "en" and random.random() < 0.5 else one
        found.append((_said(random, one, section, name, facts), _said(random, other, section, name, facts)))
    return found


def joined(random: Random, size: int) -> list[tuple[str, str]]:
    """Return `size` related pairs in one language: premise and hypothesis, paraphrases, or question and paragraph."""
    found = []
    for _ in range(size):
        code, salt = random.choice(CODES), f"{_SPLIT}{random.random()}"
        kind = random.random()
        if kind < 0.6:
            row = next(iter(questions.parallel("pretraining", code, salt, 1)))
            found.append((row["question"], row["context"]))
        else:
            name, make = ("nli", pairs.inference) if kind < 0.8 else ("paraphrase", pairs.paraphrases)
            row = next(iter(make(name, ("", "", ""), code, salt, 1)))
            found.append((row["text"], row["text_pair"]))
    return found


def _every() -> Iterator[Facts]:
    """Yield facts that cover every entry of every lexicon, with jobs and families for both sexes."""
    places = list(COUNTRIES)
    names = {name: list(entries) for name, entries in grammar("en").lexicons.items()}
    for number in range(2 * len(places)):
        place = places[number % len(places)]
        facts: dict[str, str | tuple[str, str]] = {
            name: names[name][number % len(names[name])] for name in ("job", "thing", "item", "time")
        }
        given = names["given"][(number + number // len(places) * len(places) // 2) % len(names["given"])]
        yield facts | {
            "person": (given, names["family"][number % len(names["family"])]),
            "place": place,
            "place2": places[(number + 1) % len(places)],
            "country": COUNTRIES[place],
            "year": str(1900 + 7 * number % 120),
            "org": (names["org"][number % len(names["org"])], place),
        }


def _drawn(random: Random) -> tuple[str, str, Facts]:
    section = random.choices(list(_SECTIONS), list(_SECTIONS.values()))[0]
    return section, random.choice(list(grammar("en").templates[section])), draw(random)


def _said(random: Random, code: str, section: str, name: str, facts: Facts) -> str:
    """Return a sentence; in languages without spaces, often with spaces between words or characters, as in tagging."""
    sentence = say(code, section, name, facts)
    apart = 0 if language(code).spaced else random.randrange(3)
    if apart == 0:
        return sentence.text
    words = sentence.tokens if apart == 1 else [letter for word in sentence.tokens for letter in characters(word)]
    return " ".join(words)
