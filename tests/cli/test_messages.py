"""What plan and run say of what is left out, unknown, or cannot be had."""

from __future__ import annotations

import pytest

from tests.cli.conftest import words
from xharness_tasks.mini import NANO

MINI = (NANO, "--source", "mini")


@pytest.mark.parametrize("recipe", ["intermediate", "intermediate-multi", "merge"])
def test_an_unknown_intermediate_task_is_told_with_its_parameter(command, recipe):
    asked = ("--task", "udpos", "--lang", "de", "--recipe", recipe, "--param", "intermediate=squad_v1,mnlii")
    if recipe == "intermediate":
        asked = (*asked[:-1], "intermediate=mnlii")
    line = command("plan", *MINI, *asked).refused()
    assert line.startswith("xharness: parameter intermediate=mnlii: unknown task 'mnlii'; did you mean mnli")


def test_languages_that_some_tasks_lack_are_told(command, checkpoint, data):
    asked = words(checkpoint, data, "tatoeba", "bucc2018", languages=("de", "es"))
    line = "left out: es: not in bucc2018"
    assert line in command("plan", *asked).out.splitlines()
    assert line in command("run", *asked, "--out", "out").out.splitlines()
    assert "left out" not in command("plan", *words(checkpoint, data, "tatoeba", languages=("de",))).out


def test_tasks_of_a_suite_without_the_language_are_told(command):
    out = command("plan", *MINI, "--suite", "xtreme", "--lang", "ka").out
    assert "left out: ka: not in pawsx, xnli, udpos, xquad, mlqa, tydiqa, bucc2018" in out.splitlines()


def test_a_total_without_what_is_not_known_is_a_lower_bound(command, checkpoint, data):
    known = words(checkpoint, data, "udpos", languages=("de",))
    assert "total: about" in command("plan", *known).out
    lacking = words(checkpoint, data, "udpos", "panx", languages=("de",))
    assert "total: at least" in command("plan", *lacking).out


@pytest.mark.parametrize("name", [("plan",), ("plan", "--json"), ("run", "--dry-run")])
def test_a_plan_without_any_data_is_refused(command, name, tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("xharness_plugins.sources.repository._failure", [])
    line = command(*name, NANO, "--task", "coderank_mconala").refused()
    absent = f"the dataset is not in the cache {tmp_path / 'hub'}, and HF_HUB_OFFLINE is set"
    assert line == (
        "xharness: nothing to run: none of 3 cells has data; the first is coderank_mconala es: neulab/mconala: "
        f"{absent}; unset it, or use copied repositories (--data DIR), official files (--source local --data DIR), or "
        "--source mini"
    )
    line = command(*name, NANO, "--task", "coderank_mconala", "--lang", "ru").refused()
    assert line.startswith("xharness: nothing to run: coderank_mconala ru: neulab/mconala: the dataset is not in")
    (tmp_path / "rows.toml").write_text(
        'baseline = "all"\ntasks = ["coderank_mconala"]\n[[rows]]\nname = "all"\n', "utf-8"
    )
    line = command(*name, NANO, "--config", "rows.toml").refused()
    assert line.startswith("xharness: nothing to run: none of 3 cells has data; the first is coderank_mconala es")


def test_a_language_without_examples_to_draw_says_what_to_do(command):
    line = command("plan", *MINI, "--task", "xquad", "--lang", "de", "--recipe", "few-shot").refused()
    assert line.endswith("examples of the language cannot be drawn without it: leave out the language or the task")


def test_overlaps_are_in_the_plan_as_text_and_as_json(command):
    asked = (*MINI, "--task", "xnli", "--lang", "sw", "--recipe", "intermediate", "--param", "intermediate=mnli")
    said = "trained on more than once: the English pairs of MultiNLI (mnli for 2 epochs, xnli for 5 epochs)"
    assert f"overlap: {said} (xnli sw)" in command("plan", *asked).out.splitlines()
    [overlap] = command("plan", *asked, "--json").json()["overlaps"]
    assert overlap.items() >= {"task": "xnli", "language": "sw", "code": "trained_twice", "text": said}.items()
