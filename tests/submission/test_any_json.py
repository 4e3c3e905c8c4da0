"""JSON of a submission with values of any type: a score, or one line that says why there is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.foreign import mutated
from tests.submission import small, test_xtreme_r
from xharness.submission.remarks import problems, remarks

SMALL = [(small, name) for name in small.FILES if name.endswith(".json")]
SECOND = [
    (test_xtreme_r, f"{side}/{name}")
    for side in ("labels", "predictions")
    for name in test_xtreme_r.FILES
    if ".json" in name
]


def write_all(suite, folder):
    for name, content in suite.FILES.items():
        if suite is small:
            small.write(folder / name, content)
        else:
            for side, text in zip(("labels", "predictions"), content, strict=True):
                small.write(folder / side / name, text)
    return folder


@pytest.mark.parametrize(("suite", "name"), [*SMALL, *SECOND])
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_values_are_scored_or_refused_in_one_line(tmp_path, suite, name, data):
    file = write_all(suite, tmp_path) / name
    lines = file.read_text("utf-8").splitlines() if name.endswith("jsonl") else [file.read_text("utf-8")]
    changed = [json.dumps(data.draw(mutated(json.loads(line)))) for line in lines]
    small.write(file, "\n".join(changed))
    _, report = suite.score(tmp_path)
    for line in [*problems(report), *remarks(report)]:
        assert len(line.splitlines()) == 1 and line.encode()
