"""Front matter of a dataset's README.md with values of any type: rows, or an error in one line."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.foreign import mutated
from tests.plugins.sources.repos import TEXT, card, repository
from xharness import Classification, DataError, DataOptions, hub
from xharness_plugins.sources.hub import HUB

FRONT = {
    "configs": [{"config_name": "sw", "data_files": [{"split": "test", "path": "sw/test-*"}], "default": True}],
    "dataset_info": [{"config_name": "sw", "features": [{"name": "text", **TEXT}, {"name": "label", **TEXT}]}],
}
TASK = Classification(
    name="own",
    languages=("sw",),
    labels=("a", "b"),
    text="text",
    label="label",
    data=hub("me/own", config="{lang}", splits={"test": "test"}),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("mirror")
    repository(root / "me/own", {"sw": {"test": [{"text": "x", "label": "a"}]}}, {"text": TEXT, "label": TEXT})
    return root


def load(root, front):
    card(root / "me/own", front)
    return len(HUB.load(TASK, "sw", "test", DataOptions(root=root)))


def test_the_card_as_it_is(root):
    assert load(root, FRONT) == 1


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"test": "x"}, "data_files: expected a path in the repository or a list, got {'test': 'x'}"),
        ([{"split": "test", "path": 3}], "data_files > item 1 > path: expected a path in the repository or a list"),
        ([{"split": ["test"], "path": "x"}], "data_files > item 1 > split: expected a text in one line, got ['test']"),
        ([{"split": "test", "path": "../other/*"}], "data_files > item 1 > path: expected a path in the repository or"),
        ("/etc/*", "data_files: expected a path in the repository or a list, got '/etc/*'"),
    ],
)
def test_files_of_another_form(root, files, problem):
    with pytest.raises(DataError) as raised:
        load(root, {"configs": [{"config_name": "sw", "data_files": files}]})
    assert f"README.md: cannot read the front matter (configs > item 1 > {problem}" in str(raised.value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(front=mutated(FRONT))
def test_any_values_are_read_or_refused_in_one_line(root, front):
    try:
        load(root, front)
    except DataError as error:
        assert len(str(error).splitlines()) == 1
