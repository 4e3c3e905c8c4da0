"""Requests and experiments in TOML with values of any type: a plan, or one line that says what is wrong."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xharness.request import NAMES

KEYS = [*sorted(NAMES - {"model"}), "rows", "baseline", "sweep", "name", "a\nb"]
VALUES = st.sampled_from(
    ["", "text", "a\nb", "\0", "x" * 5000, "xnli", -1, 0, 1, 10**30, 1e300, math.nan, math.inf, True, [], [[]], {}, [1],
     ["a"], ["xnli"], {"epochs": 1e300}, {"max_length": 10**30}, {"epochs": [1]}, [{"name": 3}], [{"params": 3}],
     [{"recipe": [3]}], {"tasks": 3}, {"layers": "a"}]
) | st.recursive(
    st.integers() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=10) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(key))} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value).lower()


@pytest.fixture
def planned(command, checkpoint, tmp_path):
    """Return what plans with the content of a TOML file, and is sure that the outcome is a plan or one line."""

    def run(content):
        (tmp_path / "own.toml").write_bytes(content)
        done = command("plan", "--config", "own.toml")
        assert done.code in (0, 2), done.err
        assert done.code == 0 or len(done.err.splitlines()) == 1, done.err
        return done

    return run


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3))
def test_any_values_are_planned_or_refused_in_one_line(planned, checkpoint, changes):
    usual = {"model": str(checkpoint), "source": "mini", "tasks": ["xnli"], "languages": ["sw"]}
    lines = [f"{toml(key)} = {toml(value)}\n" for key, value in (usual | changes).items()]
    planned("".join(lines).encode())


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a = " + b"[" * 200_000, "config 'own.toml' is not valid TOML: lists or tables are nested too deep"),
        (b"a = " + b"1" * 5000, "config 'own.toml' is not valid TOML: Exceeds the limit (4300 digits)"),
        (b"a = '\xff'", "config 'own.toml' is not valid TOML: 'utf-8' codec can't decode byte 0xff"),
        (b"model = 1979-05-27", "model datetime.date(1979, 5, 27): must be a string"),
        (b"model = '" + b"a" * 5000 + b"'", "model 'aaa"),
        (b"model = 'x'\ndata = '" + b"a" * 5000 + b"'", "data 'aaa"),
        (b"model = 'x'\nseeds = [9999999999]", "seeds [9999999999]: must be below 4,294,967,296"),
        (b"model = 'x'\nparams = {epochs = 1e300}", "parameter epochs=1e+300: must be at most 1,000,000,000,000"),
        (b'"a\\nb" = 3', r"config 'own.toml': unknown key 'a\nb'"),
    ],
)
def test_what_is_refused(planned, checkpoint, content, line):
    content = content.replace(b"model = 'x'", f"model = '{checkpoint}'\nsource = 'mini'\ntasks = ['xnli']".encode())
    done = planned(content)
    assert (done.code, done.err.startswith(f"xharness: {line}")) == (2, True), done.err
    assert len(done.err) < 500
