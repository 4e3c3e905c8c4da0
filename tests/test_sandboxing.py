"""Consent, the choice of a sandbox, and the outcomes of many programs."""

from __future__ import annotations

import time

import pytest

from xharness import BadRequest, Outcome, Program, Sandbox, StageError
from xharness.registry import Registry
from xharness.sandboxing import confirm, probes, run_programs, strongest


class Fake:
    """A session that answers with the text of the program, after the seconds that its tests are."""

    opened = 0

    def __init__(self, answers=()):
        Fake.opened += 1
        self.answers = list(answers)
        self.closed = False

    def run(self, program):
        time.sleep(float(program.tests or 0))
        return Outcome(status=self.answers.pop(0) if self.answers else program.code, seconds=0.0, output="why")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True


def fake(name="fake", strength=1, reason=None, start=Fake):
    def probe():
        if isinstance(reason, Exception):
            raise reason
        return reason

    return Sandbox(name=name, summary="a fake", strength=strength, probe=probe, open=start)


@pytest.fixture
def registry(monkeypatch):
    def make(*sandboxes):
        registry = Registry.load(third_parties=False)
        monkeypatch.setattr(registry, "all", lambda group: {"sandboxes": list(sandboxes)}[group])
        return registry

    return make


@pytest.fixture(autouse=True)
def _no_consent(monkeypatch):
    monkeypatch.delenv("HF_ALLOW_CODE_EVAL", raising=False)


def test_the_strongest_sandbox_that_works_is_chosen(registry):
    weak, strong, broken = fake("weak", 1), fake("strong", 2), fake("broken", 3, reason="no kernel")
    assert strongest(registry(weak, strong, broken)) is strong


def test_a_probe_that_raises_is_a_reason(registry):
    found = {sandbox.name: reason for sandbox, reason in probes(registry(fake("odd", 2, OSError("lost")), fake()))}
    assert found == {"odd": "OSError: lost", "fake": None}


def test_no_sandbox_is_a_refusal_with_the_reasons(registry):
    with pytest.raises(BadRequest, match=r"no sandbox works: one \(no kernel\); two \(not installed\)"):
        strongest(registry(fake("one", 2, "no kernel"), fake("two", 1, "not installed")))
    with pytest.raises(BadRequest, match="no sandbox is declared"):
        strongest(registry())


def test_generated_code_needs_consent(registry, monkeypatch):
    one = registry(fake())
    with pytest.raises(
        BadRequest, match=r"humaneval_xl, odex run programs .* 'fake'; confirm with --confirm-run-unsafe-code"
    ):
        confirm(["humaneval_xl", "odex"], one, confirmed=False)
    assert confirm(["odex"], one, confirmed=True).name == "fake"
    monkeypatch.setenv("HF_ALLOW_CODE_EVAL", "1")
    assert confirm(["odex"], one, confirmed=False).name == "fake"
    monkeypatch.setenv("HF_ALLOW_CODE_EVAL", "0")
    with pytest.raises(BadRequest):
        confirm(["odex"], one, confirmed=False)


def test_consent_does_not_replace_a_sandbox(registry):
    with pytest.raises(BadRequest, match="no sandbox works"):
        confirm(["odex"], registry(fake(reason="no kernel")), confirmed=True)


def test_tasks_without_generated_code_need_no_sandbox(registry):
    assert confirm([], registry(fake(reason="no kernel")), confirmed=False) is None


def test_outcomes_have_the_order_of_the_programs():
    programs = [Program(code=str(n), tests="0.05" if n % 3 == 0 else "0") for n in range(20)]
    assert [outcome.status for outcome in run_programs(fake(), iter(programs), workers=4)] == [
        str(n) for n in range(20)
    ]


def test_programs_are_read_as_they_are_needed():
    read = []

    def endless():
        while True:
            read.append(1)
            yield Program(code="passed", tests="")

    outcomes = run_programs(fake(), endless(), workers=2)
    assert next(outcomes).passed
    outcomes.close()
    assert len(read) <= 8


def test_an_error_of_the_sandbox_is_retried_once_in_a_new_session():
    answers = iter([["sandbox_error"], ["passed"]])
    sessions = []

    def start():
        sessions.append(Fake(next(answers)))
        return sessions[-1]

    assert [outcome.status for outcome in run_programs(fake(start=start), [Program(code="", tests="")])] == ["passed"]
    assert [session.closed for session in sessions] == [True, True]


def test_two_errors_of_the_sandbox_end_the_run():
    with pytest.raises(StageError, match="sandbox 'fake' failed twice on a program: why"):
        list(run_programs(fake(start=lambda: Fake(["sandbox_error"])), [Program(code="", tests="")]))


@pytest.mark.parametrize("limits", [{"timeout": 0.0}, {"timeout": float("nan")}, {"memory": 0}])
def test_limits_are_positive(limits):
    with pytest.raises(ValueError, match="limits must be positive"):
        Program(code="", tests="", **limits)


def test_workers_are_positive():
    with pytest.raises(ValueError, match="workers=0"):
        list(run_programs(fake(), [], workers=0))
