"""The table at the end of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from xharness import Classification
from xharness.cli.report import summary
from xharness.run.results import assemble


@pytest.mark.parametrize(("errors", "head"), [((), "own: 30.0"), (("accuracy",), "own: 30.0, lower is better")])
def test_an_average_of_errors_says_that_lower_is_better(errors, head):
    task = Classification(name="own", languages=("en", "sw"), labels=("a", "b"))
    records = [
        {
            "task": "own",
            "language": code,
            "seed": 1,
            "status": "ok",
            "metrics": {"accuracy": {"value": value, "ci95": None, "signature": "s"}},
            "caveats": [],
            "model": {},
        }
        for code, value in (("en", 20.0), ("sw", 40.0))
    ]
    results = assemble({"request": {}}, records, None, [(task, task.languages)], [1], errors)
    assert summary(results, Path("run")).splitlines()[0] == head
