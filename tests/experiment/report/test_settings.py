"""The table [report] of an experiment file."""

from __future__ import annotations

import pytest

from xharness import api
from xharness.errors import BadRequest
from xharness.experiment.files import read
from xharness.experiment.report.settings import ReportSettings

TOP = 'tasks = ["toy-tags"]\n[report]\n'
OTHER = '[[rows]]\nname = "other"\nrecipe = "zero-shot"\n'


def test_defaults_and_values(write):
    assert read(write(), {}).report is None
    assert read(write(top=TOP), {}).report == ReportSettings(severity=3, margin=0.05, placebo=None)
    given = read(write(OTHER, TOP + 'severity = 5\nmargin = 0.1\nplacebo = "other"\n'), {}).report
    assert given == ReportSettings(severity=5, margin=0.1, placebo="other")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("severity = 6", "report, severity 6: must be a whole number from 1 to 5"),
        ("severity = true", "report, severity True: must be a whole number"),
        ("margin = 0", "report, margin 0: must be a number between 0 and 1"),
        ('margin = "5 %"', "report, margin '5 %': must be a number"),
        ('placebo = "plasebo"', "unknown placebo 'plasebo'"),
        ('placebo = "plain"', "report, placebo 'plain': this row is the baseline"),
        ("margins = 0.1", "unknown key of report 'margins'; did you mean margin"),
    ],
)
def test_a_mistake_is_one_line(write, line, message):
    with pytest.raises(BadRequest) as error:
        read(write(top=TOP + line), {})
    assert message in str(error.value)


def test_a_report_without_noise_is_refused_before_any_work(write, registry, tmp_path):
    with pytest.raises(BadRequest, match="report, severity 3: the baseline has no noises; add a noise"):
        api.experiment(write(top=TOP), registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    assert not (tmp_path / "out").exists()
