"""Questions about a paragraph, with the answer and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Example, language
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.sentences import Facts, Sentence, say

# What each question asks for: the statement that answers it, and the slot that is the answer.
ANSWERS = {
    "born_place": ("born", "place"),
    "born_year": ("born", "year"),
    "lives_place": ("lives", "place"),
    "works": ("lives", "org"),
    "job": ("job", "job"),
    "likes": ("likes", "thing"),
    "moved_to": ("moved", "place2"),
    "founder": ("founded", "person"),
    "founded_year": ("founded", "year"),
    "country": ("city", "country"),
}
_STATEMENTS = tuple(dict.fromkeys(statement for statement, _ in ANSWERS.values()))
_OTHERS = {name: tuple(each for each in _STATEMENTS if each != name) for name in _STATEMENTS}
_OF_ANOTHER = tuple(each for each in _STATEMENTS if each not in ("founded", "city"))
_QUESTIONS = tuple(ANSWERS)
_SENTENCES = 4


def parallel(salt: str, code: str, split: str, size: int) -> Iterator[Example]:
    """Yield questions whose facts are the same in every language."""
    return (_example(f"{salt}-{split}-{number}", generator(salt, split, number), code) for number in range(size))


def in_turn(names: tuple[str, ...], code: str, split: str, size: int) -> Iterator[Example]:
    """Yield questions as `parallel` does, shared out among tests: ids are `test:number`."""
    for number, row in enumerate(parallel("checklist", code, split, size)):
        yield {**row, "id": f"{names[number % len(names)]}:{number // len(names)}"}


def separate(salt: str, code: str, split: str, size: int, whose: str | None = None) -> Iterator[Example]:
    """Yield questions on a language's own facts, or those of the language `whose`, whose name ids begin with."""
    whose = whose or code
    name = language(whose).name.lower()
    return (_example(f"{name}-{split}-{number}", generator(salt, whose, split, number), code) for number in range(size))


def possible(salt: str, code: str, split: str, size: int) -> Iterator[Example]:
    """Yield questions on paragraphs of three sentences, a third of which lack the one that answers the question."""
    for number in range(size):
        random = generator(salt, split, number)
        question, sentences, at = asked(random, code)
        gone = at if random.random() < 1 / 3 else random.choice([each for each in range(_SENTENCES) if each != at])
        left = sentences[:gone] + sentences[gone + 1 :]
        yield _row(f"{salt}-{split}-{number}", code, question, left, None if gone == at else at - (gone < at))


def _example(identifier: str, random: Random, code: str) -> Example:
    return _row(identifier, code, *asked(random, code))


def _row(
    identifier: str, code: str, question: tuple[str, Sentence], sentences: list[Sentence], at: int | None
) -> Example:
    gap = " " if language(code).spaced else ""
    answers = []
    if at is not None:
        before = sum(len(sentence.text) + len(gap) for sentence in sentences[:at])
        start, end = sentences[at].span(ANSWERS[question[0]][1])
        answers = [{"text": sentences[at].text[start:end], "start": before + start}]
    return {
        "id": identifier,
        "question": question[1].text,
        "context": gap.join(sentence.text for sentence in sentences),
        "answers": answers,
    }


def asked(random: Random, code: str) -> tuple[tuple[str, Sentence], list[Sentence], int]:
    """Return a question's name and sentence, the sentences of a paragraph, and which of them answers it.

    The paragraph tells several things of one person, and one of another.
    """
    person = draw(random)["person"]
    name = random.choice(_QUESTIONS)
    statement, _ = ANSWERS[name]
    others = random.sample(_OTHERS[statement], _SENTENCES - 2)
    paragraph: list[tuple[str, Facts]] = [(each, {**draw(random), "person": person}) for each in (statement, *others)]
    paragraph.append((random.choice(_OF_ANOTHER), draw(random)))
    order = random.sample(range(_SENTENCES), _SENTENCES)
    sentences = [say(code, "statements", *paragraph[place]) for place in order]
    return (name, say(code, "questions", name, paragraph[0][1])), sentences, order.index(0)
