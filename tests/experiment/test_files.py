"""Experiment files: grids, and one-line errors."""

from __future__ import annotations

import pytest

from xharness.errors import BadRequest
from xharness.experiment.files import is_experiment, read
from xharness.request import read_toml

GRID = """
[[rows]]
name = "{intermediate} at {epochs}"
group = "intermediate tasks"
recipe = "intermediate"
[rows.params]
intermediate = ["toy-tags", "toy-parity"]
epochs = [1, 2.5]
"""


def test_lists_span_a_grid_in_their_order(write):
    found = read(write(GRID), {})
    assert [row.name for row in found.rows] == [
        "plain", "toy-tags at 1", "toy-tags at 2.5", "toy-parity at 1", "toy-parity at 2.5",
    ]  # fmt: skip
    assert [row.group for row in found.rows] == ["zero-shot"] + ["intermediate tasks"] * 4
    assert dict(found.rows[2].request.params) == {"intermediate": "toy-tags", "epochs": "2.5"}
    assert (found.name, found.baseline, found.sweep) == ("some", "plain", None)


def test_a_row_without_a_name_is_called_by_its_recipe_and_what_varies(write):
    entry = '[[rows]]\nrecipe = ["merge", "multi-task"]\nparams = { intermediate = ["a,b", "c/d"], epochs = 1 }\n'
    names = [row.name for row in read(write(entry), {}).rows]
    assert names == ["plain", "merge-a,b", "merge-c-d", "multi-task-a,b", "multi-task-c-d"]


def test_a_row_takes_the_shared_fields_and_has_its_own(write):
    top = 'suite = "toys"\nseeds = [1, 2]\nlimit = 5\nparams = { epochs = 3, weight_decay = 0.1 }'
    path = write('[[rows]]\nname = "own"\ntasks = ["toy-tags"]\nseeds = [7]\nparams = { epochs = 1 }\n', top)
    plain, own = (row.request for row in read(path, {}).rows)
    assert (plain.suite, plain.tasks, plain.seeds, plain.limit) == ("toys", (), (1, 2), 5)
    assert (own.suite, own.tasks, own.seeds, own.limit) == (None, ("toy-tags",), (7,), 5)
    assert dict(own.params) == {"epochs": "1", "weight_decay": "0.1"}
    assert own.recipe == "zero-shot"


def test_options_win_over_the_shared_fields_alone(write):
    path = write('[[rows]]\nname = "own"\nseeds = [7]\n', 'suite = "toys"\nlimit = 5')
    plain, own = (row.request for row in read(path, {"tasks": ["toy-tags"], "seeds": [3], "limit": 2}).rows)
    assert (plain.suite, plain.tasks, plain.seeds, plain.limit) == (None, ("toy-tags",), (3,), 2)
    assert (own.tasks, own.seeds) == (("toy-tags",), (7,))


def test_a_file_without_rows_is_one_request(tmp_path, write):
    path = tmp_path / "request.toml"
    path.write_text('tasks = ["xnli"]', encoding="utf-8")
    assert not is_experiment(path)
    assert is_experiment(write())
    path.write_text('baseline = "plain"', encoding="utf-8")
    assert is_experiment(path)


@pytest.mark.parametrize(
    ("rows", "top", "message"),
    [
        ("", 'taks = ["xnli"]', "unknown key 'taks'; did you mean tasks"),
        ('[[rows]]\nnam = "x"', "", "rows, entry 2: unknown key 'nam'; did you mean name"),
        ('[[rows]]\nplugins = ["x"]', "", "rows, entry 2: unknown key 'plugins'"),
        ('[[rows]]\nname = "PLAIN"', "", "two rows have the name 'PLAIN'"),
        ('[[rows]]\nname = "x"\nparams = { a = [1, 2] }', "", "two rows have the name 'x': set a name in each"),
        ('[[rows]]\nname = "{epoch}"\nparams = { epochs = 1 }', "", "unknown parameter 'epoch'; did you mean epochs"),
        ('[[rows]]\nname = "{"', "", "name '{' is not a valid template"),
        ('[[rows]]\nname = "a/b"', "", "name 'a/b' is not a valid folder name"),
        ('[[rows]]\nname = ".."', "", "name '..' is not a valid folder name"),
        ("[[rows]]\nparams = { a = [] }", "", "a = []: the list is empty"),
        ("[[rows]]\nparams = 3", "", "params 3: must be a table"),
        ("", "params = 3", "params 3: must be a table"),
        ("[[rows]]\ngroup = 3", "", "group 3: must be a text"),
        ("[[rows]]\nlimit = 0", "", "rows, entry 2: limit 0: must be a whole number"),
        ("[sweep]\ntasks = 3", "", "sweep, tasks 3: must be a list"),
        ('[sweep]\ntask = ["a"]', "", "unknown key 'task' of sweep; did you mean tasks"),
        ('[sweep]\ntasks = ["a"]\nlayers = "some"', "", "sweep, layers 'some': must be"),
    ],
)
def test_a_mistake_is_said_in_one_line_with_the_file(write, rows, top, message):
    path = write(rows, top)
    with pytest.raises(BadRequest) as caught:
        read(path, {})
    assert str(caught.value).startswith(f"config '{path}': ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_too_long_is_said_to_be_that(write):
    assert read(write(f'[[rows]]\nname = "{"a" * 80}"'), {}).rows[1].name == "a" * 80
    with pytest.raises(BadRequest, match="is too long for a folder: 81 characters, the maximum is 80"):
        read(write(f'[[rows]]\nname = "{"a" * 81}"'), {})


def test_the_baseline_must_be_a_row(write, tmp_path):
    with pytest.raises(BadRequest, match="unknown baseline 'plan'; did you mean plain"):
        read(write(baseline="plan"), {})
    path = tmp_path / "none.toml"
    path.write_text('model = "m"\n[[rows]]\nname = "a"\n', encoding="utf-8")
    with pytest.raises(BadRequest, match=r'no baseline; set the row .* such as baseline = "a"'):
        read(path, {})
    path.write_text('model = "m"\nbaseline = "a"\n', encoding="utf-8")
    with pytest.raises(BadRequest, match=r"no rows; add a \[\[rows\]\] table"):
        read(path, {})


def test_the_experiments_of_the_repository_are_read():
    from tests.test_docs import ROOT

    files = sorted((ROOT / "experiments").glob("phang*.toml"))
    assert [path.name for path in files] == ["phang2020-nano.toml", "phang2020.toml"]
    for path in files:
        found = read(path, {})
        singles = [row for row in found.rows if row.group == "intermediate tasks"]
        assert len(singles) == 9, path
        every = next(row for row in found.rows if row.name == "all nine").request.params["intermediate"]
        assert {row.name for row in singles} == set(every.split(",")), path
        assert len([row for row in found.rows if row.name.endswith(" + mlm")]) == 9, path
        assert read_toml(path)["suite"] == "xtreme"
