"""The code tasks: their rows, what is repaired, and known scores on the real files."""

from __future__ import annotations

import json

import pytest

import xharness_tasks
from xharness import DataError, DataOptions
from xharness.metrics.snippets import bleu, bleu_13a, chrf
from xharness.metrics.valid_python import compiles
from xharness_plugins.sources.local import LOCAL
from xharness_tasks import mhumaneval, odex
from xharness_tasks.coderank import ranked
from xharness_tasks.programs import description, entry_point, row, swapped

TASKS = {task.name: task for task in xharness_tasks.TASKS}
SUITES = {suite.name: suite for suite in xharness_tasks.SUITES}
WRITTEN = ("humaneval_xl", "mhumaneval", "mconala", "odex", "mhumaneval_expert")
# Corpus scores of copying the description: bleu, bleu_13a, chrf; made once with another program.
COPIED = {"es": (0.54, 0.11, 11.65), "ja": (2.62, 0.93, 10.17), "ru": (1.31, 0.84, 9.49)}


def load(data, task, language, split="test"):
    return [dict(each) for each in LOCAL.load(TASKS[task], language, split, DataOptions(root=data))]


def test_english_is_in_no_suite_and_each_task_that_writes_has_a_task_of_likelihoods():
    for name in ("codegen", "codegen-written", "coderank"):
        assert all(codes and "en" not in codes for codes in SUITES[name].tasks.values())
    for name in WRITTEN:
        task, likelihoods = TASKS[name], TASKS[f"{name}_nll"]
        assert (task.languages, task.data, task.sizes) == (likelihoods.languages, likelihoods.data, likelihoods.sizes)
        assert (task.likelihood, likelihoods.likelihood) == (False, True)
        assert not likelihoods.unsafe_code
    assert [TASKS[name].unsafe_code for name in WRITTEN] == [True, True, False, True, True]


def test_chance_of_ranking():
    chance = TASKS["coderank_humaneval_xl"].kind.chance
    assert chance(TASKS["coderank_humaneval_xl"]) == pytest.approx(6.2068, abs=1e-3)
    assert chance(TASKS["coderank_mconala"]) == pytest.approx(2.188, abs=1e-3)


def test_docstrings_and_functions_of_a_prompt():
    prompt = (
        "def a(x):\n    \"\"\"First.\"\"\"\n    return x\n\n\ndef b(y):\n    ''' Second\n    >>> b(1)\n    2\n    '''\n"
    )
    assert description(prompt) == "Second"
    assert entry_point(prompt) == "b"
    assert swapped(swapped(prompt)) == prompt
    assert description(swapped(prompt)) == "First."
    assert (description("x = 1\n"), entry_point("x = 1\n")) == ("", "")


def mhumaneval_file(folder, language):
    """Write five problems in the layout of mHumanEval: one without a fault, one with each fault, and one helper."""
    helper = 'def h(x):\n    """%s"""\n    return x\n\n\n'
    body = 'def f(x):\n    """%s"""\n'
    problems = [
        ("HumanEval/0", body % "Простая задача.", "    return x\n"),
        ("HumanEval/1", body % "Другая задача.", "y = x\nreturn y\n"),
        ("HumanEval/2", body % 'Верните "да"', "    return x\n"),
        ("HumanEval/10", helper % "Задача." + body % "Помощник.", "    return h(x)\n"),
        ("HumanEval/11", helper % "Помощник." + body % "Задача.", "    return h(x)\n"),
    ]
    keys = ("task_id", "prompt", "canonical_solution")
    rows = [dict(zip(keys, each, strict=True)) | {"test": "def check(c):\n    pass\n", "": ""} for each in problems]
    path = folder / "mHumanEval-max" / f"mHumanEval-{language}-python.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows), encoding="utf-8")


def test_the_faults_of_mhumaneval_are_repaired_and_named(tmp_path):
    mhumaneval_file(tmp_path, "rus_Cyrl")
    rows = load(tmp_path, "mhumaneval", "ru")
    assert [each["repairs"] for each in rows] == [[], ["indentation"], ["quotes"], ["docstrings"], []]
    assert all(compiles(each["prompt"] + each["target"] + each["tests"]) for each in rows)
    assert [each["text"] for each in rows][2:] == ['Верните "да"', "Задача.", "Задача."]
    assert {each["entry_point"] for each in rows} == {"f"}
    assert rows[0]["tests"].endswith("check(f)\n")


def test_the_docstrings_of_english_are_in_their_places(tmp_path):
    mhumaneval_file(tmp_path, "en")
    assert "docstrings" not in {name for each in load(tmp_path, "mhumaneval", "en") for name in each["repairs"]}


def test_expert_translations_are_lines_without_numbers_and_nothing_is_exchanged(tmp_path):
    helper = 'def h(x):\n    """Msaidizi."""\n    return x\n\n\n'
    body = 'def f(x):\n    """Kazi %d."""\n'
    problems = [
        {
            "prompt": (helper if number == 10 else "") + body % number,
            "canonical_solution": "return x\n" if number == 3 else "    return x\n",
            "test": "def check(c):\n    pass\n",
        }
        for number in range(12)
    ]
    path = tmp_path / "mHuamnEval-Expert" / "Human_Expert_swh_Latn.json"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(each) + "\n" for each in problems), encoding="utf-8")
    rows = load(tmp_path, "mhumaneval_expert", "sw")
    assert [each["id"] for each in rows] == [f"HumanEval/{number}" for number in range(12)]
    assert [each["text"] for each in rows] == [f"Kazi {number}." for number in range(12)]
    assert [number for number, each in enumerate(rows) if each["repairs"]] == [3]
    assert all(compiles(each["prompt"] + each["target"] + each["tests"]) for each in rows)
    mhumaneval_file(tmp_path, "en")
    assert len(load(tmp_path, "mhumaneval_expert", "en")) == 5
    with pytest.raises(DataError, match="Human_Expert_arb_Arab"):
        load(tmp_path, "mhumaneval_expert", "ar")


def test_a_file_that_is_no_list_is_named(tmp_path):
    folder = tmp_path / "mHumanEval-max"
    folder.mkdir()
    (folder / "mHumanEval-rus_Cyrl-python.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"mHumanEval-rus_Cyrl-python\.json: not a list of problems"):
        load(tmp_path, "mhumaneval", "ru")
    assert len(mhumaneval.CODES) == 50


def test_solutions_with_equal_tokens_are_right_for_each_other():
    problems = [row(name, f"# {name}\n", name, code) for name, code in (("a", "f('x')"), ("b", 'f( "x" )'), ("c", "g"))]
    assert [each["gold"] for each in ranked(problems)] == [["a", "b"], ["a", "b"], ["c"]]


@pytest.mark.shared
@pytest.mark.parametrize("language", TASKS["humaneval_xl"].languages)
def test_real_problems_of_humaneval_xl(shared_data, language):
    rows = load(shared_data, "humaneval_xl", language)
    assert len(rows) == len({each["id"] for each in rows}) == 80
    assert sum(bool(each["repairs"]) for each in rows) == (3 if language == "en" else 0)
    assert all(compiles(each["prompt"] + each["target"]) for each in rows)
    assert all(each["text"] and ">>>" not in each["text"] for each in rows)


@pytest.mark.shared
def test_real_questions_of_mconala_and_odex(shared_data):
    for language, size in {"es": 341, "ja": 210, "ru": 345}.items():
        assert len(load(shared_data, "mconala", language)) == size
    train = load(shared_data, "mconala", "en", "train")
    assert (len(train), sum(bool(each["repairs"]) for each in train)) == (2379, 79)
    for language, size in TASKS["odex"].sizes.items():
        rows = load(shared_data, "odex", language)
        assert len({each["id"] for each in rows}) == len(rows) == size
        tested = [each for each in rows if each["tests"]]
        assert all(compiles(each["prompt"] + each["target"] + each["suffix"] + each["tests"]) for each in tested)
        failing = odex.failing()[language]
        assert {each["id"] for each in rows} - {each["id"] for each in tested} == set(failing)
        assert 0 < len(failing) < size / 2


@pytest.mark.shared
@pytest.mark.parametrize(("language", "expected"), COPIED.items())
def test_known_scores_of_copying_the_question(shared_data, language, expected):
    rows = load(shared_data, "mconala", language)
    copied = [{"id": each["id"], "prediction": each["text"]} for each in rows]
    right = [{"id": each["id"], "prediction": each["target"].rstrip()} for each in rows]
    for metric, value in zip((bleu, bleu_13a, chrf), expected, strict=True):
        [found] = metric(copied, rows).values.values()
        assert found == pytest.approx(value, abs=0.006)
        [found] = metric(right, rows).values.values()
        assert found == pytest.approx(100.0)
