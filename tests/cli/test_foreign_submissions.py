"""Submissions and labels whose JSON is not what it should be: `xharness score` names them, and scores the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mutations import mutated
from xharness.cli.main import main

QUESTION = {"context": "a b", "qas": [{"id": "q1", "question": "?", "answers": [{"text": "a"}, {"text": "b"}]}]}
FILES = {
    "labels/xquad/test-en.json": {"version": "1.1", "data": [{"title": "", "paragraphs": [QUESTION]}]},
    "predictions/xquad/test-en.json": {"q1": "a"},
    "labels/xcopa/test-et.jsonl": [{"label": 0}, {"label": 1}],
    "predictions/xcopa/test-et.jsonl": [{"label": 0}, {"label": 0}],
    "labels/mewslix/test-de.json": {"m1": ["Q1"], "m2": ["Q2"]},
    "predictions/mewslix/test-de.json": {"m1": ["Q1", "Q3"], "m2": ["Q3", "Q2"]},
    "labels/lareqa/test-en.json": {"m1": ["Q1", "Q2"]},
    "predictions/lareqa/test-en.json": {"m1": ["Q1", "Q3"]},
}


def written(folder, files):
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list) and name.endswith("jsonl"):
            file.write_text("".join(f"{json.dumps(line)}\n" for line in content), "utf-8")
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return folder


def score(folder, capsys, suite="xtreme-r"):
    """Score with the suite; return the exit code and the report."""
    capsys.readouterr()
    words = ["--suite", suite, "--predictions", str(folder / "predictions"), "--labels", str(folder / "labels")]
    code = main(["score", *words, "--json", str(folder / "scores.json"), "--no-plugins"])
    out, err = capsys.readouterr()
    assert "internal error" not in err, err
    assert code == 1 and out
    return json.loads((folder / "scores.json").read_text("utf-8"))["report"]["tasks"]


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(sorted(FILES)))
def test_no_file_is_an_internal_error(tmp_path, capsys, data, name):
    folder = written(tmp_path, FILES | {name: data.draw(mutated(FILES[name]))})
    tasks = score(folder, capsys)
    for other in {"xquad", "xcopa", "mewslix", "lareqa"} - {name.split("/")[1]}:
        assert [cell["status"] for cell in tasks[other]["languages"].values()].count("ok") == 1


@pytest.mark.parametrize("depth", [900, 200_000])
@pytest.mark.parametrize("name", sorted(FILES))
def test_deep_nesting_fails_its_cell_alone(tmp_path, capsys, name, depth):
    deep = "[" * depth + "]" * depth
    text = f'{{"label": {deep}}}\n' * 2 if name.endswith("jsonl") else f'{{"m1": {deep}, "q1": {deep}, "data": {deep}}}'
    tasks = score(written(tmp_path, FILES | {name: text}), capsys)
    found = {task: {cell["status"] for cell in tasks[task]["languages"].values()} for task in tasks}
    others = {"xquad", "xcopa", "mewslix", "lareqa"} - {name.split("/")[1]}
    assert all("ok" in found[task] for task in others)
