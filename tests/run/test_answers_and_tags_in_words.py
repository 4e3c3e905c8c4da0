"""Questions that are answered in writing, and sentences that are tagged line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import reader, toy
from xharness.registry import Registry
from xharness.run.export.rescore import rescore

PLUGIN = """
from dataclasses import replace
from xharness import Filled, Prompt, SpanQA, Tagging, Template, Text, hookimpl, mini
from tests import reader

WRITTEN = [
    Text(' "The harbour." ', shortened=True), Text(""), Text("Harbour and", cut=True),
    Text("I cannot say", refused=True), Text("None."),
]
SEEN = []

class Writer(reader.Reader):
    def generate(self, requests):
        for number, request in enumerate(requests):
            SEEN.append(request)
            yield WRITTEN[number % 5]

    def fill_slots(self, requests):
        for request in requests:
            SEEN.append(request)
            yield Filled(tuple("sea" in slot.before for slot in request.slots), shortened="one" in request.context)

@hookimpl
def xharness_models():
    [model] = reader.xharness_models()
    able = frozenset({"generate", "fill_slots"})
    def inspect(*given):
        return replace(model.inspect(*given), ready=able, adapter="writer")
    yield replace(model, name="writer", capabilities=able, load=lambda *given, **named: Writer(), inspect=inspect,
                  claims=lambda path: 99)

def questions(language, split, size):
    for number in range(size):
        answers = [] if number % 5 == 4 else [{"text": "the harbour", "start": 0}]
        yield {"id": f"{split}{number}", "context": "the harbour is {old}", "question": "what is old?",
               "answers": answers}

def sentences(language, split, size):
    for number in range(size):
        yield {"tokens": ["old", "sea", ""][: number % 4], "tags": ["A", "B", "A"][: number % 4]}

@hookimpl
def xharness_tasks():
    languages = ("en", "sw")
    yield SpanQA(name="ask", languages=languages, data=mini(questions, train=8, dev=4, test=10), train="en",
                 unanswerable=True, metrics=("squad_v2",))
    yield Tagging(name="marks", languages=languages, data=mini(sentences, train=8, dev=4, test=6), train="en",
                  labels=("A", "B"), metrics=("token_accuracy",), headline=("token_accuracy",))

@hookimpl
def xharness_prompts():
    words = Template(question="Text: {context}\\nAsked: {question}\\nSaid:", no_answer="none")
    yield Prompt(task="ask", templates={"*": words})
    yield Prompt(task="marks", templates={"*": Template(question="{sentence}\\n", line="{word}:", words={"A": "one"})})
"""


@pytest.fixture
def model(tmp_path):
    return str(reader.checkpoint(tmp_path / "model"))


@pytest.fixture
def asked(run, tmp_path):
    (tmp_path / "words.py").write_text(PLUGIN, encoding="utf-8")
    registry = Registry.load([str(Path(toy.__file__)), str(tmp_path / "words.py")], third_parties=False)

    def _asked(task, out="out", **wishes):
        given = {"tasks": [task], "languages": ["sw"], "source": "mini", "recipe": "as-is", **wishes}
        [cell] = run(out=out, registry=registry, **given)["cells"]
        assert cell["status"] == "ok", cell["reason"]
        lines = (tmp_path / out / cell["predictions"]).read_text("utf-8").splitlines()
        model = registry.get("models", "writer")
        seen = model.load().fill_slots.__globals__["SEEN"]
        requests = list(seen)
        seen.clear()
        return cell, [json.loads(line) for line in lines], requests

    _asked.registry = registry
    return _asked


def test_the_first_line_is_the_answer_and_flaws_are_counted(asked, tmp_path):
    cell, rows, _ = asked("ask")
    assert [row["prediction"] for row in rows[:5]] == ["The harbour", "", "Harbour and", "", ""]
    assert [row.get("flaw") for row in rows[:5]] == [None, "empty", "cut", "refused", None]
    assert cell["notes"] == {"flaws": {"empty": 2, "cut": 2, "refused": 2}, "cut_contexts": 2}
    assert cell["way"]["name"] == "generate"
    # Right are the first of five, and the last, which has no answer.
    assert cell["metrics"]["exact_match"]["value"] == pytest.approx(40)
    _, after = rescore(tmp_path / "out", asked.registry)
    assert after["cells"] == [cell]


def test_a_question_holds_the_passage_that_may_lose_its_end(asked):
    _, _, requests = asked("ask")
    start, end = requests[0].passage
    assert requests[0].context[start:end] == "the harbour is {old}"
    assert requests[0].context == "Text: the harbour is {old}\nAsked: what is old?\nSaid:"


def test_examples_of_questions_have_answers_and_move_the_passage(asked):
    _, _, requests = asked("ask", shots=8)
    start, end = requests[0].passage
    assert requests[0].context[start:end] == "the harbour is {old}"
    assert start > 8 * len("the harbour")
    assert requests[0].context.count("Said: the harbour\n\n") == 7
    assert requests[0].context.count("Said: none\n\n") == 1


def test_each_word_gets_the_tag_of_its_line(asked):
    cell, rows, requests = asked("marks")
    assert [row["prediction"] for row in rows[:4]] == [[], ["A"], ["A", "B"], ["A", "B", "A"]]
    assert cell["metrics"]["token_accuracy"]["value"] == 100
    assert cell["way"]["name"] == "lines"
    assert cell["notes"] == {}
    request = requests[3]
    assert request.context == "old sea \n"
    assert [slot.before for slot in request.slots] == ["old:", "sea:", ":"]
    assert request.slots[0].choices == (" one\n", " B\n")


def test_examples_of_sentences_are_lines_with_tags(asked):
    cell, _, requests = asked("marks", shots=8)
    assert "old sea \nold: one\nsea: B\n: one\n\n" in requests[0].context
    assert "old sea\nold: one\nsea: B\n\n" in requests[0].context
    assert cell["notes"] == {"cut_contexts": 6}
