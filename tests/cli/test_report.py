"""The table at the end of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from xharness import Classification, Suite
from xharness.cli.report import summary
from xharness.run.records.results import assemble

LANGUAGES = ("en", "sw")


def results(scores, errors=(), suite=None, **caveats):
    """Return the results of tasks with an English and a Swahili score; `caveats` are by task."""
    tasks = [Classification(name=name, languages=LANGUAGES, labels=("a", "b")) for name in scores]
    records = [
        {
            "task": name,
            "language": code,
            "seed": 1,
            "noise": None,
            "status": "ok",
            "metrics": {"accuracy": {"value": value, "ci95": None, "signature": "s"}},
            "caveats": [{"code": text, "grave": False, "text": text, "facts": {}} for text in caveats.get(name, [])],
            "model": {},
            "n": 10,
            "notes": {},
        }
        for name, values in scores.items()
        for code, value in zip(LANGUAGES, values, strict=True)
    ]
    return assemble({"request": {}}, records, suite, [(task, LANGUAGES) for task in tasks], [1], errors)


def lines(*given, **more):
    return summary(results(*given, **more), Path("run")).splitlines()


@pytest.mark.parametrize(("errors", "head"), [((), "own: 30.0"), (("accuracy",), "own (lower is better): 30.0")])
def test_an_average_of_errors_says_that_lower_is_better(errors, head):
    assert lines({"own": (20.0, 40.0)}, errors)[0] == head


def test_the_means_of_complete_groups_stand_below_the_suite():
    suite = Suite(
        name="both", tasks={"a": LANGUAGES, "b": LANGUAGES, "c": LANGUAGES}, groups={"x": ("a",), "y": ("c",)}
    )
    found = lines({"a": (10.0, 30.0), "b": (0.0, 1.0)}, suite=suite)
    assert found[found.index("both: no score, incomplete: c") + 1] == "groups: x 20.0"


def test_a_note_on_all_scores_is_one_line():
    scores = {"a": (1.0, 2.0), "b": (3.0, 4.0)}
    found = lines(scores, a=["synthetic", "few"], b=["synthetic"])
    assert [line for line in found if line.startswith("note: ")] == [
        "note: synthetic (all scores)",
        "note: few (a en, sw)",
    ]
    alone = lines({"a": (1.0, 2.0)}, a=["synthetic"])
    assert "note: synthetic (a en, sw)" in alone
