"""What noises may do to the built-in tasks."""

from __future__ import annotations

import pytest

import xharness_tasks
from xharness.noising.rows import Changing, RowNoiser
from xharness_plugins.noises import NOISES
from xharness_plugins.noises.char_swap import CHAR_SWAP

TASKS = {task.name: task for task in xharness_tasks.TASKS}


@pytest.mark.parametrize("name", TASKS)
def test_each_refused_family_has_a_noise(name):
    assert set(TASKS[name].noise.refused) <= {noise.family for noise in NOISES}


@pytest.mark.parametrize("name", TASKS)
def test_protected_patterns_compile(name):
    import regex

    for pattern in TASKS[name].noise.protected:
        regex.compile(pattern)


def spans(task, text):
    import regex

    return [
        text[slice(*match.span())] for pattern in TASKS[task].noise.protected for match in regex.finditer(pattern, text)
    ]


def test_the_mention_stays_in_both_places():
    text = "Paris: Er lebte in { Paris } und: starb dort."
    assert spans("mewslix", text) == ["Paris: ", "{ Paris }"]
    assert spans("mewslix", "A: b: C kam mit { A: b } an.") == ["A: b: ", "{ A: b }"]


@pytest.mark.parametrize("task", ["xcopa", "copa"])
def test_the_english_question_stays(task):
    assert spans(task, "Mvua ilinyesha. What was the effect?") == ["What was the effect?"]


def test_names_of_a_checklist_stay_in_the_question():
    task = TASKS["multichecklist"]
    assert task.noise.common_kept
    row = {"question": "What is Viktor's profession?", "context": "Viktor is a translator.", "id": "1", "answers": []}
    found = set()
    for example in range(20):
        how = Changing(
            name="char_swap",
            version=1,
            edits=CHAR_SWAP.edits,
            seeded_by=("multichecklist", "en", "test"),
            columns=("question",),
            texts=("question", "context"),
            severity=5,
            settings=CHAR_SWAP.settings[5],
            common_kept=True,
        )
        found.add(task.kind.noise(row, RowNoiser(how, example, row))["question"])
    assert len(found) > 2
    assert all("Viktor" in question for question in found)


def test_pairs_of_paraphrases_are_changed_alike():
    assert TASKS["pawsx"].noise.tied
    assert set(TASKS["pawsx"].noise.refused) == {"lexical", "sentence"}
