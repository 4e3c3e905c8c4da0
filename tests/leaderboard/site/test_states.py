"""Every state that leaderboard.schema.json allows is rendered."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.leaderboard.boards import SUITE, board, robustness
from tests.leaderboard.generated import boards
from tests.leaderboard.site.test_pages import read
from xharness_leaderboard import validation, writing
from xharness_leaderboard.tables import ranking


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(boards())
def test_a_valid_board_is_written_with_its_pages_and_its_table(content):
    with tempfile.TemporaryDirectory() as folder:
        page = writing.write(content, folder)
        read(page)
        for entry in content["entries"]:
            read(Path(folder) / "models" / f"{entry['id']}.html")
        assert ranking(content)
        assert json.loads((Path(folder) / writing.BOARD).read_text("utf-8")) == content
        assert validation.read(Path(folder) / writing.BOARD) == content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: b["entries"][1].update(id=b["entries"][0]["id"]), "entries: two entries have the same id"),
        (lambda b: b["tasks"]["xnli"]["languages"].append("xx"), "tasks.xnli.languages: 'xx' is not on the board"),
        (lambda b: b["suites"][SUITE]["groups"].update(g=["qa"]), "suites.xtreme.groups.g: 'qa' is not on the board"),
        (lambda b: b["suites"][SUITE]["tasks"].update(qa=["en"]), "suites.xtreme.tasks: 'qa' is not on the board"),
        (lambda b: b["entries"][0]["suites"].clear(), "entries[0].suites.xtreme: is missing"),
        (lambda b: b["entries"][0]["cells"].update(qa={}), "entries[0].cells.qa: {} "),
        (lambda b: b["comparisons"][SUITE][0].update(b="nobody"), "comparisons.xtreme[0]: 'nobody' is not"),
        (lambda b: b.update(one_table=False), "entries[0].approach: is missing"),
        (lambda b: _apart(b), "comparisons.xtreme[0]: compares two approaches"),
        (lambda b: b["robustness"]["entries"][1].update(entry="nobody"), "robustness.entries[1]: 'nobody' is"),
        (lambda b: b["robustness"]["entries"][0].update(reference="x"), "robustness.entries[0]: 'x' is"),
        (lambda b: b["robustness"]["entries"][0]["averages"][0].update(task="qa"), "robustness.entries[0].averages"),
        (lambda b: b["conflicts"].append(CONFLICT), "conflicts[0].entry: 'nobody' is not on the board"),
    ],
)  # fmt: skip
def test_a_name_that_refers_to_nothing_is_found_before_the_page(change, said):
    content = json.loads(json.dumps(board(3, 2, 3)))
    content["robustness"] = robustness(content)
    assert validation.problem_of(content) is None
    change(content)
    assert validation.problem_of(content).startswith(said)


def _apart(content):
    content["one_table"] = False
    for number, each in enumerate(content["entries"]):
        each["approach"] = ("fine-tuned", "prompted")[number % 2]


CONFLICT = {
    "entry": "nobody",
    "task": "xnli",
    "language": "en",
    "seed": 1,
    "metric": "accuracy",
    "values": [1.0, 2.0],
    "files": ["a", "b"],
}
