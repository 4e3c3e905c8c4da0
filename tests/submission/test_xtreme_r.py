"""Multiple choice and passage retrieval in submissions, and suites whose official evaluator has groups of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.submission.small import METRICS_BY_NAME, write
from xharness import Classification, DataError, MultipleChoice, PassageRetrieval, Suite
from xharness.registry import Registry
from xharness.submission.averages import strict
from xharness.submission.remarks import problems, remarks
from xharness.submission.scoring import score_submission

TASKS = {
    task.name: task
    for task in (
        Classification(name="nli", languages=("en", "sw"), labels=("yes", "no")),
        MultipleChoice(name="causes", languages=("qu",)),
        PassageRetrieval(name="mentions", languages=("ta",)),
        PassageRetrieval(name="answers", languages=("en", "th")),
    )
}
SUITE = Suite(
    name="r",
    tasks=dict.fromkeys(TASKS, ()),
    groups={"text": ("nli", "causes"), "search": ("mentions", "answers")},
    official_groups={"text": ("nli", "causes"), "search": ("mentions",), "choice": ("causes",)},
)
FILES = {
    "nli/test-en.tsv": ("yes\nno\n", "yes\nyes\n"),
    "nli/test-sw.tsv": ("yes\nno\n", "yes\nno\n"),
    "causes/test-qu.jsonl": ('{"label": 0}\n{"label": 1}\n', '{"label": 1, "idx": 0}\n{"label": 1}'),
    "mentions/test-ta.json": ('{"m1": ["Q1"], "m2": ["Q2"]}', '{"m1": ["Q7", "Q1"], "m2": ["Q2"]}'),
    "answers/test-en.json": ('{"q1": ["en-1", "th-1"]}', '{"q1": ["en-1", "x", "th-1"]}'),
    "answers/test-th.json": ('{"q1": ["en-1"]}', '{"q1": ["en-1"]}'),
}


@pytest.fixture
def folder(tmp_path):
    for name, (labels, predictions) in FILES.items():
        write(tmp_path / "labels" / name, labels)
        write(tmp_path / "predictions" / name, predictions)
    return tmp_path


def score(folder: Path):
    found = score_submission(SUITE, TASKS, METRICS_BY_NAME, folder / "predictions", folder / "labels")
    json.dumps(found, allow_nan=False)
    return found


def cell(folder: Path, task: str, language: str):
    return score(folder)[1]["tasks"][task]["languages"][language]


def test_both_kinds_of_averages(folder):
    official, report = score(folder)
    answers = {"map@20": {"en": (1 + 2 / 3) / 2 * 100, "th": 100.0}}
    mean = (answers["map@20"]["en"] + 100.0) / 2
    assert official == {
        "text": 62.5,
        "search": 75.0,
        "choice": 50.0,
        "nli": {"accuracy": {"en": 50.0, "sw": 100.0}, "avg_accuracy": 75.0, "avg_metric": 75.0},
        "causes": {"accuracy": {"qu": 50.0}, "avg_accuracy": 50.0, "avg_metric": 50.0},
        "mentions": {"map@20": {"ta": 75.0}, "avg_map@20": 75.0, "avg_metric": 75.0},
        "answers": {**answers, "avg_map@20": mean, "avg_metric": mean},
    }
    assert {name: average["value"] for name, average in report["averages"].items()} == {
        "all_task": (75.0 + 50.0 + 75.0 + mean) / 4,
        "text": 62.5,
        "search": (75.0 + mean) / 2,
    }
    assert report["complete"]


def test_strict_gives_what_the_official_evaluator_gives(folder):
    for name in ("en", "th"):
        (folder / f"predictions/answers/test-{name}.json").unlink()
    (folder / "predictions/answers").rmdir()
    scores, report = strict(SUITE, *score(folder))
    assert list(scores) == ["text", "search", "choice", "nli", "causes", "mentions"]
    assert list(report["averages"]) == ["text", "search", "choice"]
    assert problems(report) == []
    (folder / "predictions/causes/test-qu.jsonl").unlink()
    (folder / "predictions/causes").rmdir()
    scores, _ = strict(SUITE, *score(folder))
    assert list(scores) == ["search", "nli", "mentions"]


def test_strict_reads_no_file_of_a_task_that_the_official_evaluator_has_no_language_for(folder):
    (folder / "labels/causes/test-qu.jsonl").unlink()
    (folder / "labels/causes").rmdir()
    write(folder / "predictions/answers/test-en.json", "{")
    scores, report = strict(SUITE, *score(folder))
    assert scores["answers"] == {}
    assert list(report["tasks"]) == ["nli", "mentions"]


def test_strict_stops_where_the_official_evaluator_does(folder):
    with pytest.raises(
        DataError, match=r"^answers: no scored language, so that the overall score cannot be computed; the off"
    ):
        strict(SUITE, *score(folder))
    (folder / "predictions/nli/test-sw.tsv").unlink()
    with pytest.raises(DataError, match=r"^nli sw: no file test-sw\.tsv in the predictions; the official evaluator st"):
        strict(SUITE, *score(folder))
    write(folder / "predictions/nli/test-sw.tsv", "no\n")
    with pytest.raises(DataError, match=r"^nli sw: 1 predictions but 2 in the gold"):
        strict(SUITE, *score(folder))


CHOICES = [
    (b'{"label": 0}\r\n{"label": 1}\r\n', 100.0, {}),
    (b'{"label": 0} \t\n  {"label": 1}', 100.0, {}),
    (b'{"label": 0.0}\n{"label": true}\n', 100.0, {}),
    (b'{"label": 1, "label": 0}\n{"label": 1}\n', 100.0, {}),
    (b'{"label": NaN}\n{"label": 1}\n', 50.0, {}),
    (b'{"label": "0"}\n{"label": 1}\n', 50.0, {"no_numbers": {"predictions": ["'0'"]}}),
    (b'{"label": null}\n{"label": [1]}\n', 0.0, {"no_numbers": {"predictions": ["None", "[1]"]}}),
    (b'{"label": 0}\n{"label": 2}\n', 50.0, {}),
]


@pytest.mark.parametrize(("content", "value", "notes"), CHOICES)
def test_choices_of_other_systems_are_compared_as_officially(folder, content, value, notes):
    write(folder / "predictions/causes/test-qu.jsonl", content)
    found = cell(folder, "causes", "qu")
    assert (found["metrics"]["accuracy"]["value"], found["notes"]) == (value, notes)


RANKINGS = [
    (b'\r\n{"m1": ["Q1"],\r\n "m2": ["Q2"]}\r\n', 100.0, {}),
    (b'{"m1": ["Q1"]}', 50.0, {"unanswered": ["m2"]}),
    (b'{"m1": ["Q1"], "m2": ["Q2"], "m3": 7}', 100.0, {"unknown": ["m3"]}),
    (b'{"m1": ["Q9"], "m1": ["Q1"], "m2": []}', 50.0, {"repeated_predictions": ["m1"]}),
    (b'{"data": {"m1": ["Q1", "Q1"], "m2": ["Q3", "Q3", "Q2"]}}', (1 + 1 / 3) / 2 * 100, {}),
    (b'{"m1": [" Q1"], "m2": [NaN, null, {}, "Q2"]}', 12.5, {}),
    (b'{"m1": "Q1", "m2": ["Q2"]}', 50.0, {"unlisted": ["m1"]}),
    (json.dumps({"m1": ["Q1"], "m2": ["Q0"] * 19 + ["Q2"]}).encode(), (1 + 1 / 20) / 2 * 100, {}),
    (json.dumps({"m1": ["Q1"], "m2": ["Q0"] * 20 + ["Q2"]}).encode(), 50.0, {}),
]


@pytest.mark.parametrize(("content", "value", "notes"), RANKINGS)
def test_candidates_of_other_systems_are_compared_as_officially(folder, content, value, notes):
    write(folder / "predictions/mentions/test-ta.json", content)
    found = cell(folder, "mentions", "ta")
    assert (found["metrics"]["map@20"]["value"], found["notes"]) == (value, notes)


def test_the_first_gold_candidate_alone_counts_where_that_is_official(folder):
    write(folder / "labels/mentions/test-ta.json", '{"m1": [" Q1 ", "Q7"], "m2": ["Q2"]}')
    found = cell(folder, "mentions", "ta")
    assert found["metrics"]["map@20"]["value"] == 75.0
    assert found["notes"] == {"more_gold": ["m1"]}
    [line] = remarks(score(folder)[1])
    assert line.startswith("mentions ta: 1 question with several gold candidates, only the first counts")


BAD = [
    (
        "predictions/causes/test-qu.jsonl",
        '{"label": 0}\n\n{"label": 1}\n',
        "test-qu.jsonl:2: a blank line; expected",
    ),
    (
        "predictions/causes/test-qu.jsonl",
        '{"label": 0}\n{"lable": 1}\n',
        "test-qu.jsonl:2: expected an object with",
    ),
    ("predictions/causes/test-qu.jsonl", "0\n1\n", "test-qu.jsonl:1: expected an object with the key 'label', not 0"),
    ("predictions/causes/test-qu.jsonl", '{"label": 0}\n{"label": 1,}\n', "test-qu.jsonl:2: not JSON: "),
    ("predictions/causes/test-qu.jsonl", '\ufeff{"label": 0}\n{"label": 1}\n', "test-qu.jsonl:1: not JSON: Unexpected"),
    ("predictions/causes/test-qu.jsonl", '{"label": 0}\n{"label": 1}\u3000\n', "test-qu.jsonl:2: not JSON: Extra data"),
    ("predictions/causes/test-qu.jsonl", '{"label": 0}\n' + "[" * 100_000, "test-qu.jsonl:2: not read as JSON"),
    ("predictions/causes/test-qu.jsonl", '{"label": 0}\n', "1 predictions but 2 in the gold"),
    ("predictions/mentions/test-ta.json", '["Q1"]', "maps each question id to a list of candidate ids"),
    ("predictions/mentions/test-ta.json", '{"m1": 7}', "prediction for query 'm1' is 7, not a list"),
    ("predictions/mentions/test-ta.json", '{"m1": null}', "prediction for query 'm1' is None, not a list"),
    ("predictions/mentions/test-ta.json", '\n{"m1": [}', "test-ta.json:2: not JSON: "),
    ("labels/mentions/test-ta.json", '{"m1": []}', "question 'm1': expected a list of ids of gold candidates, not []"),
    (
        "labels/mentions/test-ta.json",
        '{"m1": "Q1"}',
        "'m1': expected a list of ids of gold candidates, not 'Q1'",
    ),
    ("labels/mentions/test-ta.json", "{}", "no queries"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BAD)
def test_what_has_no_official_score_is_one_clear_line(folder, name, content, reason):
    write(folder / name, content)
    official, report = score(folder)
    [line] = problems(report)
    assert line.startswith(f"{name.split('/')[1]} ")
    assert reason in line
    assert "\n" not in line
    assert "avg_metric" not in official.get(name.split("/")[1], {})
    assert "avg_metric" in official["nli"]


def test_missing_files_of_a_task_share_a_line(folder):
    for language in ("en", "sw"):
        (folder / f"predictions/nli/test-{language}.tsv").unlink()
    assert problems(score(folder)[1]) == ["nli: no file test-LANG.tsv in the predictions for 2 languages: en, sw"]


ids = st.sampled_from(["Q1", "Q2", "Q3", " Q1", ""])
things = st.one_of(ids, st.none(), st.integers(), st.floats(), st.lists(ids, max_size=2))


@given(
    gold=st.dictionaries(st.sampled_from("abc"), st.lists(ids, min_size=1, max_size=2), min_size=1),
    found=st.dictionaries(st.sampled_from("abcd"), st.one_of(st.lists(things, max_size=25), st.text(max_size=3))),
)
def test_any_ranking_scores_its_reciprocal_rank(tmp_path_factory, gold, found):
    folder = tmp_path_factory.mktemp("any")
    for side, content in (("labels", gold), ("predictions", found)):
        write(folder / side / "mentions/test-ta.json", json.dumps(content))
    ranks = []
    for query, names in gold.items():
        hits = [name == names[0].strip() for name in found.get(query, [])[:20]]
        ranks.append(1 / (hits.index(True) + 1) if True in hits else 0.0)
    assert cell(folder, "mentions", "ta")["metrics"]["map@20"]["value"] == sum(ranks) / len(ranks) * 100


@given(st.lists(st.tuples(*[st.one_of(st.integers(0, 2), st.booleans(), st.floats(), st.text(max_size=1))] * 2)))
def test_any_choices_score_the_share_of_equal_ones(tmp_path_factory, labels):
    folder = tmp_path_factory.mktemp("any")
    for number, side in enumerate(("labels", "predictions")):
        lines = [json.dumps({"label": pair[number]}) + "\n" for pair in labels]
        write(folder / side / "causes/test-qu.jsonl", "".join(lines))
    found = cell(folder, "causes", "qu")
    if not labels:
        assert "to score" in found["reason"]
        return
    hits = [first == second for first, second in labels]
    assert found["metrics"]["accuracy"]["value"] == sum(hits) / len(hits) * 100


@pytest.mark.shared
def test_the_official_mock_data_of_xtreme_r_to_the_last_digit(shared_data, shared_spec, tmp_path):
    expected = json.loads((shared_spec / "mock_expected_scores.json").read_text("utf-8"))["xtreme_r_partial"]
    registry = Registry.load()
    suite = registry.get("suites", "xtreme-r")
    tasks = {name: registry.get("tasks", name) for name in suite.tasks}
    metrics = {name: registry.get("metrics", name) for name in registry.names("metrics")}
    for side in ("predictions", "labels"):
        (tmp_path / side).mkdir()
        for name in expected["tasks"]:
            (tmp_path / side / name).symlink_to(shared_data / "mock_test_data" / side / name)
    found, report = score_submission(suite, tasks, metrics, tmp_path / "predictions", tmp_path / "labels")
    for official in (found, strict(suite, found, report)[0]):
        assert json.dumps(official, sort_keys=True) == json.dumps(
            expected["overall"] | expected["tasks"], sort_keys=True
        )
    assert not report["complete"]
    mock = shared_data / "mock_test_data"
    with pytest.raises(DataError, match=r"^panx qu: no file test-qu\.tsv .*; the official evaluator stops here"):
        strict(suite, *score_submission(suite, tasks, metrics, mock / "predictions", mock / "labels"))
