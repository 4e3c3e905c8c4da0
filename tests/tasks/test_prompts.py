"""The built-in prompts fill for examples of each language of their tasks."""

from __future__ import annotations

import pytest

from xharness import Continuation, DataOptions, Generation, Slots
from xharness.registry import Registry
from xharness.specs.ways import Filled, Text
from xharness.ways import ways_of, words_for

REGISTRY = Registry.load([], third_parties=False)
PROMPTS = [prompt for task in REGISTRY.names("tasks") for prompt in REGISTRY.prompts(task)]
NATIVE = {"xnli": 15, "pawsx": 7, "xcopa": 11, "xquad": 12, "mlqa": 7, "tydiqa": 9}
MOST = 4


def example(task, language, split):
    return REGISTRY.get("sources", "mini").load(task, language, split, DataOptions())[0]


def ways(task, language, prompt):
    for way in ways_of(task, REGISTRY):
        words = None if way.native else words_for(task, way, language, prompt.name, REGISTRY)
        if words:
            yield way, words


def answers(requests):
    for request in requests:
        if isinstance(request, Continuation):
            yield -float(len(request.text))
        elif isinstance(request, Slots):
            yield Filled((0,) * len(request.slots))
        else:
            assert isinstance(request, Generation)
            yield Text("Yes")


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_a_prompt_fills_in_each_language_of_its_task(prompt):
    task = REGISTRY.get("tasks", prompt.task)
    codes = [code for code in task.languages if prompt.template(code)]
    assert codes
    assert prompt.source
    for code in codes[:MOST] if prompt.variant == "english" else codes:
        row = example(task, code, task.test_split)
        found = list(ways(task, code, prompt))
        assert found
        for way, words in found:
            requests = way.ask(task, words, row)
            assert all(request.context or isinstance(request, Continuation) for request in requests)
            assert not any("{" in request.context for request in requests)
            assert "prediction" in way.take(task, words, row, list(answers(requests)))
            shot = way.shot(task, words, row)
            assert shot.startswith(requests[0].context.removeprefix(words.template.instruction).rstrip("\n")[:40])


def test_each_label_has_words():
    for prompt in PROMPTS:
        labels = set(getattr(REGISTRY.get("tasks", prompt.task), "labels", ()))
        for template in prompt.templates.values():
            for words in (template.choices, template.words):
                assert not words or set(words) == labels
                assert len(set(words.values())) == len(words)


@pytest.mark.parametrize(("name", "count"), NATIVE.items())
def test_native_words_are_there_for_each_language(name, count):
    native = next(prompt for prompt in REGISTRY.prompts(name) if prompt.variant == "native")
    languages = REGISTRY.get("tasks", name).languages
    assert len(languages) == count
    assert all(code in native.templates for code in languages)


def test_tasks_that_can_be_asked_in_words_have_english_ones():
    kinds = {task.kind.name for task in REGISTRY.all("tasks") if REGISTRY.prompts(task.name)}
    assert kinds == {kind.name for kind in REGISTRY.all("kinds") if any(not way.native for way in kind.ways)}
    lacking = {
        task.name for task in REGISTRY.all("tasks") if task.kind.name in kinds and not REGISTRY.prompts(task.name)
    }
    assert lacking == {"ccg"}  # its tags are known after training only
    assert {
        REGISTRY.prompts(task.name)[0].variant for task in REGISTRY.all("tasks") if REGISTRY.prompts(task.name)
    } == {"english"}


def test_native_words_of_xcopa_are_connectors_in_place_of_the_question():
    task = REGISTRY.get("tasks", "xcopa")
    way, *_ = (way for way in ways_of(task, REGISTRY) if not way.native)
    words = words_for(task, way, "it", "native", REGISTRY)
    row = {
        "context": "L'uomo aprì il rubinetto. What was the effect?",
        "choices": ["L'acqua uscì.", "Il sole"],
        "label": 0,
    }
    first, second = way.ask(task, words, row)
    assert first == Continuation("L'uomo aprì il rubinetto quindi", " l'acqua uscì.")
    assert second == Continuation("L'uomo aprì il rubinetto quindi", " il sole")
    assert way.shot(task, words, row) == "L'uomo aprì il rubinetto quindi l'acqua uscì."
    assert way.ask(task, words, {**row, "context": "Che cosa?"})[0].context == "Che cosa?"
