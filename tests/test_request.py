"""What a request file and options upon it come to."""

from __future__ import annotations

from xharness.request import from_toml, merged


def test_options_take_the_place_of_fields_and_parameters_of_each_other(tmp_path):
    path = tmp_path / "wish.toml"
    path.write_text('model = "m"\nsuite = "xtreme"\nlimit = 5\n[params]\nepochs = 1\nwarmup_steps = 0.1\n')
    found = from_toml(path, {"params": {"epochs": "3"}, "tasks": ["xnli"]})
    assert found.params == {"epochs": "3", "warmup_steps": "0.1"}
    assert (found.suite, found.tasks, found.limit) == (None, ("xnli",), 5)


def test_parameters_that_one_side_alone_has_stay():
    assert merged({"params": {"epochs": 1}}, {"limit": 2}) == {"params": {"epochs": 1}, "limit": 2}
    assert merged({"limit": 2}, {"params": {"epochs": 1}}) == {"params": {"epochs": 1}, "limit": 2}
