"""Passage retrieval: sentences that answer a question, and descriptions of entities mentioned in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xharness import LANGUAGES, Example, language
from xharness.data.mewslix import mention_text
from xharness.data.passages import passage
from xharness_tasks.mini.facts import COUNTRIES, draw, generator
from xharness_tasks.mini.grammar import Slot, grammar
from xharness_tasks.mini.questions import draw_question
from xharness_tasks.mini.sentences import Sentence, say

# The statement that describes a place; it mentions the place too.
_DESCRIPTION = "city"


def pooled(languages: Sequence[str], code: str, split: str, size: int) -> Iterator[Example]:
    """Yield `size` questions with one gold sentence in each of `languages`; for split `candidates`, the sentences.

    The candidates are the four sentences of each of `size` paragraphs; the paragraphs are parallel.
    """
    if split == "candidates":
        for number, row in enumerate(answers(code, "test", size), 1):
            for sentence, text in enumerate(_candidates(code, row["sentences"]), 1):
                yield _row(f"{code}:{number}:{sentence}", text)
        return
    for number, row in enumerate(answers(code, split, size), 1):
        gold = [f"{other}:{number}:{row['answer'] + 1}" for other in languages]
        yield _row(f"{split}-{number}", row["question"], gold=gold)


def answered(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield questions with their answer sentence and paragraph as positive."""
    for number, row in enumerate(answers(code, split, size), 1):
        positive = _candidates(code, row["sentences"])[row["answer"]]
        yield _row(f"{split}-{number}", row["question"], positive=positive)


def linked(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield `size` mentions of places; for split `candidates`, all places, each described in a random language.

    Training mentions have a description in their own language as positive.
    """
    if split == "candidates":
        for place in COUNTRIES:
            yield _row(place, _description(place, generator("description", place).choice(list(LANGUAGES))).text)
        return
    for number, row in enumerate(mentions(code, split, size), 1):
        text, start, end, place = row["text"], row["start"], row["end"], row["entity"]
        query = mention_text(text[:start], text[start:end], text[end:])
        if split == "train":
            yield _row(f"{code}-{split}-{number}", query, positive=_description(place, code).text)
        else:
            yield _row(f"{code}-{split}-{number}", query, gold=[place])


def answers(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a question, the sentences of a paragraph, and the index of the answer sentence."""
    for number in range(size):
        (_, question), sentences, answer = draw_question(generator("answers", split, number), code)
        yield {"question": question.text, "sentences": [each.text for each in sentences], "answer": answer}


def mentions(code: str, split: str, size: int) -> Iterator[Example]:
    """Yield a sentence that mentions a place, start and end of the mention in characters, and the key of the place."""
    statements = grammar(code).templates["statements"]
    names = [
        name
        for name, items in statements.items()
        if name != _DESCRIPTION and any(isinstance(item, Slot) and item.name == "place" for item in items)
    ]
    for number in range(size):
        random = generator("mentions", code, split, number)
        facts = draw(random)
        sentence = say(code, "statements", random.choice(names), facts)
        start, end = sentence.span("place")
        yield {"text": sentence.text, "start": start, "end": end, "entity": facts["place"]}


def entities(code: str) -> Iterator[Example]:
    """Yield every place: its key, its name in a language, and a description in it."""
    for place in COUNTRIES:
        sentence = _description(place, code)
        start, end = sentence.span("place")
        yield {"entity": place, "title": sentence.text[start:end], "text": sentence.text}


def _description(place: str, code: str) -> Sentence:
    return say(code, "statements", _DESCRIPTION, {"place": place, "country": COUNTRIES[place]})


def _candidates(code: str, sentences: Sequence[str]) -> list[str]:
    paragraph = (" " if language(code).spaced else "").join(sentences)
    return [passage(sentence, paragraph) for sentence in sentences]


def _row(name: str, text: str, *, gold: Sequence[str] = (), positive: str = "") -> Example:
    return {"id": name, "text": text, "gold": list(gold), "positive": positive}
