"""Questions about a paragraph, with answers and their offsets."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from xharness import Example, language
from xharness_tasks.mini.facts import draw, generator
from xharness_tasks.mini.sentences import Facts, Sentence, say

# For each question, the statement that answers it, and the slot that is the answer.
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
    """Yield questions that are parallel in all languages."""
    return (_example(f"{salt}-{split}-{number}", generator(salt, split, number), code) for number in range(size))


def in_turn(names: tuple[str, ...], code: str, split: str, size: int) -> Iterator[Example]:
    """Yield questions as `parallel` does, distributed over tests in turn: ids are `test:number`."""
    for number, row in enumerate(parallel("checklist", code, split, size)):
        yield {**row, "id": f"{names[number % len(names)]}:{number // len(names)}"}


def separate(salt: str, code: str, split: str, size: int, whose: str | None = None) -> Iterator[Example]:
    """Yield questions on facts that differ by language; ids start with the name of the language `whose` (default: own).

    With `whose` the facts of another language are used.
    """
    whose = whose or code
    name = language(whose).name.lower()
    return (_example(f"{name}-{split}-{number}", generator(salt, whose, split, number), code) for number in range(size))


def possible(salt: str, code: str, split: str, size: int) -> Iterator[Example]:
    """Yield questions on paragraphs of three sentences; a third of the questions are unanswerable."""
    for number in range(size):
        random = generator(salt, split, number)
        question, sentences, answer = draw_question(random, code)
        others = [index for index in range(_SENTENCES) if index != answer]
        removed = answer if random.random() < 1 / 3 else random.choice(others)
        kept = sentences[:removed] + sentences[removed + 1 :]
        index = None if removed == answer else answer - (removed < answer)
        yield _row(f"{salt}-{split}-{number}", code, question, kept, index)


def _example(identifier: str, random: Random, code: str) -> Example:
    return _row(identifier, code, *draw_question(random, code))


def _row(
    identifier: str, code: str, question: tuple[str, Sentence], sentences: list[Sentence], index: int | None
) -> Example:
    separator = " " if language(code).spaced else ""
    answers = []
    if index is not None:
        offset = sum(len(sentence.text) + len(separator) for sentence in sentences[:index])
        start, end = sentences[index].span(ANSWERS[question[0]][1])
        answers = [{"text": sentences[index].text[start:end], "start": offset + start}]
    return {
        "id": identifier,
        "question": question[1].text,
        "context": separator.join(sentence.text for sentence in sentences),
        "answers": answers,
    }


def draw_question(random: Random, code: str) -> tuple[tuple[str, Sentence], list[Sentence], int]:
    """Return the name and sentence of a question, the sentences of a paragraph, and the index of the answer sentence.

    One sentence is about another person than the rest; the sentences are shuffled.
    """
    person = draw(random)["person"]
    name = random.choice(_QUESTIONS)
    statement, _ = ANSWERS[name]
    others = random.sample(_OTHERS[statement], _SENTENCES - 2)
    paragraph: list[tuple[str, Facts]] = [(each, {**draw(random), "person": person}) for each in (statement, *others)]
    paragraph.append((random.choice(_OF_ANOTHER), draw(random)))
    order = random.sample(range(_SENTENCES), _SENTENCES)
    sentences = [say(code, "statements", *paragraph[index]) for index in order]
    return (name, say(code, "questions", name, paragraph[0][1])), sentences, order.index(0)
