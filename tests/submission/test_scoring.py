"""Submission folders: the official numbers and layout, and what the official evaluator does not say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from xharness import (
    BadRequest,
    BitextMining,
    BitextRetrieval,
    Classification,
    Metric,
    Scored,
    SpanQA,
    StageError,
    Suite,
    Tagging,
)
from xharness.registry import Registry
from xharness.submission.remarks import problems, remarks
from xharness.submission.scoring import score_submission
from xharness_plugins.metrics import METRICS

METRICS_BY_NAME = {metric.name: metric for metric in METRICS}
TASKS = {
    task.name: task
    for task in (
        Classification(name="nli", languages=("en", "sw"), labels=("yes", "no"), sizes={"en": 4, "sw": 4}),
        Tagging(name="pos", languages=("en", "sw"), labels=("NOUN", "VERB", "X")),
        SpanQA(name="qa", languages=("en", "sw")),
        SpanQA(name="lqa", languages=("es",), metrics=("mlqa",)),
        BitextMining(name="mine", languages=("sw",)),
        BitextRetrieval(name="pairs", languages=("sw",)),
    )
}
SUITE = Suite(
    name="tiny",
    tasks={"nli": ("sw", "en"), "pos": (), "qa": (), "lqa": (), "mine": (), "pairs": ()},
    groups={"text": ("nli",), "qa": ("qa", "lqa"), "retrieval": ("mine", "pairs")},
)


def squad(*questions: tuple[str, list[str]]) -> str:
    qas = [{"id": name, "question": "?", "answers": [{"text": text} for text in texts]} for name, texts in questions]
    return json.dumps({"version": "1.1", "data": [{"paragraphs": [{"context": "", "qas": qas}]}]})


FILES = {
    "labels/nli/test-en.tsv": "yes\nno\nyes\nno\n",
    "labels/nli/test-sw.tsv": "yes\nno\nyes\nno\n",
    "labels/pos/test-en.tsv": "NOUN\nNOUN\nVERB\n\nX\n\n",
    "labels/pos/test-sw.tsv": "NOUN\n\nVERB\nX\n\n",
    "labels/qa/test-en.json": squad(("q1", ["a cat", "cats"]), ("q2", ["dog"])),
    "labels/qa/test-sw.json": squad(("q1", ["paka mkubwa"]), ("q2", ["mbwa"])),
    "labels/lqa/test-es.json": squad(("q1", ["el gato"])),
    "labels/mine/test-sw.tsv": "sw-1\ten-1\nsw-2\ten-2\n",
    "labels/pairs/test-sw.tsv": "2\n0\n1\n",
    "predictions/nli/test-en.tsv": "yes\nno\nyes\nyes\n",
    "predictions/nli/test-sw.tsv": "yes\nyes\nyes\nyes\n",
    "predictions/pos/test-en.tsv": "NOUN\nNOUN\nVERB\n\nVERB\n\n",
    "predictions/pos/test-sw.tsv": "VERB\n\nX\nVERB\n\n",
    "predictions/qa/test-en.json": json.dumps({"q1": "The cat!", "q2": "dog"}),
    "predictions/qa/test-sw.json": json.dumps({"q1": "paka", "q2": "mbwa"}),
    "predictions/lqa/test-es.json": json.dumps({"q1": "¿gato?"}),
    "predictions/mine/test-sw.tsv": "sw-1\ten-1\nsw-9\ten-2\n",
    "predictions/pairs/test-sw.tsv": "2\n1\n1\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        write(tmp_path / name, text)
    return tmp_path


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def score(folder: Path, metrics=METRICS_BY_NAME):
    official, report = score_submission(SUITE, TASKS, metrics, folder / "predictions", folder / "labels")
    json.dumps([official, report], allow_nan=False)
    return official, report


def cell(folder: Path, task: str, language: str):
    return score(folder)[1]["tasks"][task]["languages"][language]


def test_a_complete_submission_in_the_official_layout(folder):
    official, report = score(folder)
    two_thirds = 2 * (1.0 * 0.5) / 1.5
    f1 = {"en": 100.0, "sw": 100.0 * (two_thirds + 1.0) / 2}
    expected = {
        "nli": {"accuracy": {"sw": 50.0, "en": 75.0}, "avg_accuracy": 62.5, "avg_metric": 62.5},
        "pos": {
            "f1": {"en": 2 / 3 * 100, "sw": 0},
            "precision": {"en": 2 / 3 * 100, "sw": 0.0},
            "recall": {"en": 2 / 3 * 100, "sw": 0.0},
            "avg_f1": (2 / 3 * 100 + 0) / 2,
            "avg_precision": 2 / 3 * 100 / 2,
            "avg_recall": 2 / 3 * 100 / 2,
            "avg_metric": 2 / 3 * 100 / 2,
        },
        "qa": {
            "exact_match": {"en": 100.0, "sw": 50.0},
            "f1": f1,
            "avg_exact_match": 75.0,
            "avg_f1": (f1["en"] + f1["sw"]) / 2,
            "avg_metric": (75.0 + (f1["en"] + f1["sw"]) / 2) / 2,
        },
        "lqa": {
            "exact_match": {"es": 100.0},
            "f1": {"es": 100.0},
            "avg_exact_match": 100.0,
            "avg_f1": 100.0,
            "avg_metric": 100.0,
        },
        "mine": {
            "f1": {"sw": 50.0},
            "precision": {"sw": 50.0},
            "recall": {"sw": 50.0},
            "avg_f1": 50.0,
            "avg_precision": 50.0,
            "avg_recall": 50.0,
            "avg_metric": 50.0,
        },
        "pairs": {
            "accuracy": {"sw": 2 / 3 * 100},
            "avg_accuracy": 2 / 3 * 100,
            "avg_metric": 2 / 3 * 100,
        },
    }
    means = [expected[task]["avg_metric"] for task in SUITE.tasks]
    averages = {
        "all_task": sum(means) / 6,
        "text": 62.5,
        "qa": (expected["qa"]["avg_metric"] + 100.0) / 2,
        "retrieval": (50.0 + 2 / 3 * 100) / 2,
    }
    # the group `qa` and the task `qa` share a key: as officially, the task's block is what is written
    assert official == {**averages, **expected}
    assert type(official["pos"]["f1"]["sw"]) is int
    assert report["complete"]
    assert not problems(report)
    assert not remarks(report)


def test_the_report_has_intervals_signatures_and_counts(folder):
    task = score(folder)[1]["tasks"]["nli"]
    assert task["signature"] == "accuracy|v:1"
    found = task["languages"]["en"]
    assert found["n"] == 4
    low, high = found["metrics"]["accuracy"]["ci95"]
    assert 0 <= low < 75.0 < high <= 100
    assert cell(folder, "lqa", "es")["metrics"]["f1"]["ci95"] is None  # one question


def test_a_missing_language_leaves_values_without_averages(folder):
    (folder / "predictions/nli/test-sw.tsv").unlink()
    official, report = score(folder)
    assert official["nli"] == {"accuracy": {"en": 75.0}}
    assert "all_task" not in official
    assert "text" not in official
    assert "retrieval" in official
    assert not report["complete"]
    assert report["averages"]["all_task"] == {"value": None, "complete": False, "missing": ["nli"]}
    assert report["tasks"]["nli"]["missing"] == ["sw"]
    assert problems(report) == ["nli sw: no file test-sw.tsv in the predictions"]


def test_a_missing_task_is_left_out(folder):
    for side in ("predictions", "labels"):
        for name in ("test-en.tsv", "test-sw.tsv"):
            (folder / side / "pos" / name).unlink()
    (folder / "labels/pos").rmdir()
    official, report = score(folder)
    assert "pos" not in official
    assert problems(report) == ["pos: no folder 'pos' in the labels"]
    (folder / "labels/pos").mkdir()
    official, report = score(folder)
    assert "pos" not in official
    [line] = problems(report)
    assert line == "pos: no file test-LANG.tsv in the predictions and the labels for 2 languages: en, sw"


def test_folders_and_files_that_are_not_read_are_named(folder):
    write(folder / "predictions/xlwic/test-en.tsv", "T\n")
    write(folder / "predictions/nli/test_en_predictions.txt", "yes\n")
    write(folder / "predictions/nli/.DS_Store", "")
    found = remarks(score(folder)[1])
    assert found == [
        f"nli: files that were not read: '{folder}/predictions/nli/test_en_predictions.txt'",
        "predictions: folders that are no task of the suite: 'xlwic'",
    ]


BAD = [
    ("predictions/nli/test-en.tsv", "yes\nno\nyes\n", "3 predictions for 4 in the gold"),
    ("predictions/nli/test-en.tsv", "", "0 predictions for 4 in the gold"),
    ("predictions/nli/test-en.tsv", b"yes\nno\n\xffyes\nno\n", "test-en.tsv:3: byte 0xff is not UTF-8"),
    ("predictions/pos/test-en.tsv", "NOUN\nNOUN\nVERB\nX\n", "1 sentences for 2 in the gold"),
    ("predictions/qa/test-en.json", '{"q1": "cat",\n}', "test-en.json:2: not JSON: "),
    ("predictions/qa/test-en.json", "", "test-en.json:1: not JSON: "),
    ("predictions/qa/test-en.json", b"\xef\xbb\xbf{}", "test-en.json:1: not JSON: Unexpected UTF-8 BOM"),
    ("predictions/qa/test-en.json", "[" * 100_000, "not JSON that can be read"),
    ("predictions/qa/test-en.json", '{"q1": NaN}', "prediction for question 'q1' is nan, not a text"),
    ("predictions/qa/test-en.json", '{"q1": null}', "prediction for question 'q1' is None, not a text"),
    ("predictions/qa/test-en.json", '["cat", "dog"]', "expected an object that maps each question id"),
    ("labels/qa/test-en.json", '{"data": [{"paragraphs": [{}]}]}', "not in the form of SQuAD"),
    ("labels/qa/test-en.json", "3", "not in the form of SQuAD"),
    ("labels/qa/test-en.json", squad(("q1", [])), "question 'q1' has no gold answer"),
    ("labels/qa/test-en.json", squad(("q1", [7])), "question 'q1': expected text, not 7"),
    ("labels/qa/test-en.json", '{"data": []}', "no questions"),
    ("labels/mine/test-sw.tsv", "", "no gold pairs"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BAD)
def test_what_cannot_be_read_is_said_and_the_others_are_scored(folder, name, content, reason):
    write(folder / name, content)
    official, report = score(folder)
    [line] = problems(report)
    task, language = name.split("/")[1], name[-7:-5] if name.endswith("json") else name[-6:-4]
    assert line.startswith(f"{task} {language}: ")
    assert reason in line
    assert "\n" not in line
    assert report["tasks"][task]["languages"][language]["status"] == "failed"
    others = {code for code in report["tasks"][task]["languages"] if code != language}
    assert all(report["tasks"][task]["languages"][code]["status"] == "ok" for code in others)
    assert "avg_metric" not in official.get(task, {})
    assert "avg_metric" in official["pairs"]


def test_line_ends_and_spaces_are_read_as_officially(folder):
    write(folder / "predictions/nli/test-en.tsv", " yes\r\nno\u3000\r\nyes\rno")
    assert cell(folder, "nli", "en")["metrics"]["accuracy"]["value"] == 100.0
    write(folder / "predictions/nli/test-en.tsv", "yes\nno\n\nno\n")  # a blank line counts
    found = cell(folder, "nli", "en")
    assert found["metrics"]["accuracy"]["value"] == 75.0
    assert found["notes"] == {"unexpected_labels": {"predictions": [""]}}


def test_other_separators_of_unicode_do_not_end_a_line(folder):
    write(folder / "labels/pairs/test-sw.tsv", "2\x0b0\n0\u20281\n1\x1c\n")
    write(folder / "predictions/pairs/test-sw.tsv", "2\x0b0\n0\u20281\n1\n")
    assert cell(folder, "pairs", "sw")["metrics"]["accuracy"]["value"] == 100.0


def test_retrieval_compares_text_as_officially(folder):
    write(folder / "predictions/pairs/test-sw.tsv", "02\n0\n1\n")
    assert cell(folder, "pairs", "sw")["metrics"]["accuracy"]["value"] == 2 / 3 * 100


def test_a_byte_order_mark_is_part_of_the_first_line(folder):
    write(folder / "predictions/nli/test-en.tsv", b"\xef\xbb\xbfyes\nno\nyes\nno\n")
    found = cell(folder, "nli", "en")
    assert found["metrics"]["accuracy"]["value"] == 75.0
    assert found["notes"]["byte_order_mark"] == [str(folder / "predictions/nli/test-en.tsv")]
    assert found["notes"]["unexpected_labels"] == {"predictions": ["\ufeffyes"]}
    assert any("byte order mark" in line for line in remarks(score(folder)[1]))


def test_two_blank_lines_make_an_empty_sentence_and_the_last_one_may_lack(folder):
    write(folder / "labels/pos/test-en.tsv", "NOUN\n\n\nVERB")
    write(folder / "predictions/pos/test-en.tsv", "NOUN\n \n\nVERB\n\n")
    found = cell(folder, "pos", "en")
    assert found["n"] == 3
    assert found["metrics"]["f1"]["value"] == 100.0


def test_a_missing_tag_shifts_all_later_ones_as_officially_and_is_reported(folder):
    # by seqeval up to 0.0.13: gold chunks NOUN(0-0) VERB(1-1) NOUN(3-3), predicted NOUN(0-0) VERB(2-2) NOUN(3-3)
    write(folder / "labels/pos/test-en.tsv", "NOUN\nVERB\n\nNOUN\n\n")
    write(folder / "predictions/pos/test-en.tsv", "NOUN\n\nVERB\nNOUN\n\n")
    found = cell(folder, "pos", "en")
    assert found["metrics"]["f1"]["value"] == 2 / 3 * 100
    assert found["n"] == 2
    assert found["notes"] == {
        "tag_counts": [{"sentence": 1, "predicted": 1, "gold": 2}, {"sentence": 2, "predicted": 2, "gold": 1}]
    }
    [line] = remarks(score(folder)[1])
    assert line.startswith("pos en: 2 sentences have another number of tags than the labels (the first: sentence 1, 1 ")


def test_question_ids_are_checked(folder):
    write(folder / "predictions/qa/test-en.json", '{"data": {"q2": "cat", "q2": "dog", "q\\ud800": "?", "q8": "x"}}')
    found = cell(folder, "qa", "en")
    assert found["metrics"]["exact_match"]["value"] == 50.0
    assert found["notes"] == {
        "repeated_predictions": ["q2"],
        "unanswered": ["q1"],
        "unknown": ["q\ud800", "q8"],
    }
    assert remarks(score(folder)[1]) == [
        "qa en: questions that are answered more than once, the last counts: 'q2'",
        "qa en: 1 questions without an answer, scored 0: 'q1'",
        "qa en: 2 answers to questions that the labels do not have, ignored: 'q\\ud800', 'q8'",
    ]


def test_blanked_labels_are_recognised(folder):
    write(folder / "labels/qa/test-en.json", squad(("q1", [""]), ("q2", [""])))
    assert "qa en: every gold answer is empty: these are blanked test files, not labels" in remarks(score(folder)[1])


def test_mining_nothing_scores_0_and_repeated_pairs_count_once(folder):
    write(folder / "predictions/mine/test-sw.tsv", "")
    found = cell(folder, "mine", "sw")
    assert repr(found["metrics"]["f1"]["value"]) == "0"
    assert found["notes"] == {"nothing_mined": True}
    write(folder / "predictions/mine/test-sw.tsv", "sw-1\ten-1\nsw-1\ten-1\n\n")
    found = cell(folder, "mine", "sw")
    assert found["metrics"]["precision"]["value"] == 50.0  # a blank line is a wrong pair
    assert found["notes"] == {"repeated_pairs": 1}


def test_another_size_than_the_official_one_is_said(folder):
    for side in ("predictions", "labels"):
        write(folder / side / "nli/test-en.tsv", "yes\nno\n")
    official, report = score(folder)
    assert official["nli"]["accuracy"]["en"] == 100.0
    assert report["complete"]
    assert remarks(report) == ["nli: not the official number of examples: en 2 (official: 4)"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(StageError("no dictionary"), "no dictionary"), (KeyError("x"), "metric 'accuracy' failed: KeyError('x')")],
)
def test_a_metric_that_fails_fails_its_cells(folder, error, reason):
    def broken(predictions, gold, language):
        raise error

    metric = Metric(name="accuracy", kinds=("classification",), compute=broken, signature="?")
    official, report = score(folder, {**METRICS_BY_NAME, "accuracy": metric})
    assert problems(report) == [f"nli sw: {reason}", f"nli en: {reason}"]
    assert "nli" not in official
    assert "pos" in official


def test_a_metric_of_a_plugin_may_have_notes_of_its_own(folder):
    def curt(predictions, gold, language):
        return Scored(values={"accuracy": 1.0}, n=len(gold), notes={"mood": "bad"})

    metric = Metric(name="accuracy", kinds=("classification",), compute=curt, signature="?")
    report = score(folder, {**METRICS_BY_NAME, "accuracy": metric})[1]
    assert remarks(report) == ["nli sw: mood: 'bad'", "nli en: mood: 'bad'"]


def test_folders_must_exist_and_hold_a_task(folder, tmp_path):
    with pytest.raises(BadRequest, match="gold': there is no such folder"):
        score_submission(SUITE, TASKS, METRICS_BY_NAME, folder / "predictions", folder / "gold")
    with pytest.raises(BadRequest, match=r"no sub-folder is a task of suite 'tiny' \(nli, pos, qa"):
        score_submission(SUITE, TASKS, METRICS_BY_NAME, folder, folder / "labels")


def same(found, expected, tolerance=0.0) -> int:
    """Assert bit equality, types included; return how many numbers were compared."""
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        return sum(same(found[key], expected[key]) for key in expected)
    assert repr(found) == repr(expected)
    return 1


@pytest.mark.shared
def test_the_official_mock_data_to_the_last_bit(shared_data, shared_spec):
    expected = json.loads((shared_spec / "mock_expected_scores.json").read_text("utf-8"))["xtreme"]
    registry = Registry.load()
    suite = registry.get("suites", "xtreme")
    tasks = {name: registry.get("tasks", name) for name in suite.tasks}
    mock = shared_data / "mock_test_data"
    official, report = score_submission(suite, tasks, METRICS_BY_NAME, mock / "predictions", mock / "labels")
    assert report["complete"]
    overall = expected["overall"]
    assert official.pop("all_task") == pytest.approx(overall.pop("all_task"), abs=1e-9)
    assert same(official, {**overall, **expected["tasks"]}) == 374
