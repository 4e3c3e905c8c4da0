"""Runs of tasks that run written code: consent, outcomes in a real sandbox, and the same scores without execution."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import writer
from tests.run.conftest import TOY
from xharness import BadRequest, DataOptions, Outcome, Program, Sandbox
from xharness.registry import Registry
from xharness.run.export.rescore import rescore
from xharness.run.steps.executing import with_outcomes
from xharness.sandboxing import VARIABLE, probes

BEFORE = "    import sys; sys.stdout.buffer.write(b'\\xff\\xfe'); sys.stdout.flush()\n"
WRONG = {
    "assertion": "    return 'wrong'\n",
    "timeout": "    while True:\n        pass\n",
    "syntax_error": "    return (\n",
    "exit_early": "    import os; os._exit(0)\n",
}


@pytest.fixture(scope="module")
def registry():
    return Registry.load([TOY, str(Path(writer.__file__))], third_parties=False)


@pytest.fixture(autouse=True)
def _no_consent(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def wishes(tmp_path, registry):
    """Return a request for six problems, of which the model solves the first and the last."""
    rows = list(registry.get("tasks", "humaneval_xl").data_for("mini").rows("en", "test", 6))
    codes = [rows[0]["target"], *WRONG.values(), BEFORE + rows[5]["target"]]
    answers = {row["prompt"]: code for row, code in zip(rows, codes, strict=True)}
    model = writer.checkpoint(tmp_path / "writer", answers)
    return {"model": str(model), "tasks": ["humaneval_xl"], "languages": ["en"], "source": "mini", "limit": 6}


@pytest.fixture
def sandbox(registry):
    found = list(probes(registry))
    working = [sandbox.name for sandbox, reason in found if reason is None]
    if not working:
        pytest.skip("; ".join(f"{sandbox.name}: {reason}" for sandbox, reason in found))
    return working[0]


def test_written_code_runs_and_a_rescore_runs_nothing(run, registry, wishes, sandbox, tmp_path, monkeypatch):
    results = run(registry=registry, confirm_run_unsafe_code=True, **wishes)
    [cell] = results["cells"]
    assert cell["status"] == "ok", cell["reason"]
    assert cell["metrics"]["pass@1"]["value"] == pytest.approx(100 * 2 / 6)
    assert set(cell["metrics"]) == {"pass@1", "bleu", "bleu_13a", "chrf", "exact_match", "syntax_rate"}
    assert cell["notes"]["outcomes"] == {"passed": 2, **dict.fromkeys(WRONG, 1)}
    assert cell["notes"]["sandbox"] == sandbox
    assert results["tasks"]["humaneval_xl"]["metric"] == "pass@1"
    rows = map(json.loads, (tmp_path / "out/predictions/humaneval_xl/en.jsonl").read_text("utf-8").splitlines())
    assert [row["outcomes"] for row in rows] == [["passed"], *([status] for status in WRONG), ["passed"]]

    every = Registry.all
    monkeypatch.setattr(
        Registry, "all", lambda own, group: pytest.fail() if group == "sandboxes" else every(own, group)
    )
    [again] = rescore(tmp_path / "out", registry)[1]["cells"]
    assert (again["metrics"], again["notes"]) == (cell["metrics"], cell["notes"])


def test_without_consent_nothing_is_read_and_the_message_says_what_to_do(run, registry, wishes, sandbox, tmp_path):
    with pytest.raises(BadRequest) as caught:
        run(registry=registry, **{**wishes, "source": "local", "data": str(tmp_path)})
    assert str(caught.value).startswith(f"humaneval_xl run programs that the model writes, in the sandbox '{sandbox}'")
    assert "--confirm-run-unsafe-code" in str(caught.value)
    assert "tasks on the same data that run no code: humaneval_xl_nll" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_variable_is_consent_too(run, registry, wishes, sandbox, monkeypatch):
    monkeypatch.setenv(VARIABLE, "1")
    [cell] = run(registry=registry, **{**wishes, "limit": 1})["cells"]
    assert cell["metrics"]["pass@1"]["value"] == 100.0


def test_noised_cells_run_programs_too_in_worker_processes(run, registry, wishes, sandbox):
    wishes = {**wishes, "limit": 2, "noises": ["char_swap:5"], "confirm_run_unsafe_code": True}
    clean, noisy = run(registry=registry, executor="processes", workers=2, **wishes)["cells"]
    assert [cell["status"] for cell in (clean, noisy)] == ["ok", "ok"], (clean["reason"], noisy["reason"])
    assert clean["notes"]["outcomes"] == {"passed": 1, "assertion": 1}
    # The model knows no noisy prompt and writes nothing: the function returns None.
    assert noisy["notes"]["outcomes"] == {"assertion": 2}


def test_a_suite_is_refused_too_and_a_task_that_runs_nothing_is_not(run, registry, wishes, sandbox):
    only = {"model": wishes["model"], "source": "mini", "limit": 1}
    with pytest.raises(BadRequest, match="humaneval_xl, mhumaneval, odex run programs"):
        run(registry=registry, suite="codegen-written", **only)
    [cell] = run(registry=registry, tasks=["mconala"], languages=["es"], **only)["cells"]
    assert cell["status"] == "ok", cell["reason"]
    assert "pass@1" not in cell["metrics"]


class Echo:
    def run(self, program):
        return Outcome(status=program.code, seconds=0.0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_each_row_gets_the_statuses_of_its_own_programs():
    fake = Sandbox(name="echo", summary="answers with the code", strength=1, probe=lambda: None, open=Echo)
    samples = [[], ["a", "b"], [], ["c"], []]
    tested = (
        ({"id": number}, [Program(code=code, tests="") for code in codes]) for number, codes in enumerate(samples)
    )
    rows = list(with_outcomes(fake, tested))
    assert [row["id"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row.get("outcomes", []) for row in rows] == samples
    assert [row.get("sandbox") for row in rows] == [None, "echo", None, "echo", None]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "language", "passing"), [("humaneval_xl", "ru", 80), ("odex", "es", 73)])
def test_reference_solutions_of_problems_with_tests_pass(registry, sandbox, shared_data, name, language, passing):
    task, source = registry.get("tasks", name), registry.get("sources", "local")
    examples = list(source.load(task, language, "test", DataOptions(root=shared_data)))
    rows = [{"prediction": example["target"]} for example in examples]
    tested = ((row, task.kind.programs(task, row, each)) for row, each in zip(rows, examples, strict=True))
    outcomes = [row.get("outcomes") for row in with_outcomes(registry.get("sandboxes", sandbox), tested)]
    assert outcomes.count(["passed"]) == passing
    assert outcomes.count(None) == len(examples) - passing  # they have no tests
