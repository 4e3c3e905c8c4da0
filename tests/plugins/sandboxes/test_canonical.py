"""The canonical solutions of HumanEval-XL pass their tests in every sandbox, and wrong ones do not."""

from __future__ import annotations

import json

import pytest

from tests.plugins.sandboxes.conftest import reason
from xharness import Program
from xharness.registry import Registry
from xharness.sandboxing import run_programs


def programs(files):
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            tests = f"{row['test']}\ncheck({row['entry_point']})"
            yield Program(code=row["prompt"] + row["canonical_solution"] + "\n", tests=tests, timeout=30.0)


def statuses(sandbox, files):
    return [outcome.status for outcome in run_programs(sandbox, programs(files), workers=2)]


@pytest.fixture(scope="module")
def files(shared_data):
    found = sorted((shared_data / "humaneval_xl/data/python").glob("*.jsonl"))
    assert found
    return found


@pytest.mark.shared
def test_canonical_solutions_of_one_language_pass(sandbox, files):
    assert set(statuses(sandbox, files[:1])) == {"passed"}


@pytest.mark.shared
@pytest.mark.slow(minutes=2)
def test_canonical_solutions_of_all_languages_pass(files):
    """The weakest sandbox, which is the fastest, runs them; the test above runs those of one language in each."""
    usable = [one for one in Registry.load(third_parties=False).all("sandboxes") if not reason(one.name)]
    if not usable:
        pytest.skip("no sandbox works on this machine")
    found = statuses(min(usable, key=lambda sandbox: sandbox.strength), files)
    assert len(found) == 80 * len(files)
    assert set(found) == {"passed"}


@pytest.mark.shared
def test_empty_solutions_fail(sandbox, files):
    rows = [json.loads(line) for line in files[0].read_text("utf-8").splitlines()[:20]]
    empty = [
        Program(code=row["prompt"] + "    pass\n", tests=f"{row['test']}\ncheck({row['entry_point']})") for row in rows
    ]
    assert {outcome.status for outcome in run_programs(sandbox, empty, workers=2)} <= {
        "assertion",
        "exception:TypeError",
    }
