"""Files are read as the official evaluator reads them; what cannot be read is one clear line."""

from __future__ import annotations

import pytest

from tests.submission.small import cell, score, squad, write
from xharness.submission.remarks import problems, remarks

BAD = [
    ("predictions/nli/test-en.tsv", "yes\nno\nyes\n", "3 predictions but 4 in the gold"),
    ("predictions/nli/test-en.tsv", "", "0 predictions but 4 in the gold"),
    ("predictions/nli/test-en.tsv", b"yes\nno\n\xffyes\nno\n", "test-en.tsv:3: byte 0xff is not UTF-8"),
    ("predictions/pos/test-en.tsv", "NOUN\nNOUN\nVERB\nX\n", "1 sentences but 2 in the gold"),
    ("predictions/qa/test-en.json", '{"q1": "cat",\n}', "test-en.json:2: not JSON: "),
    ("predictions/qa/test-en.json", "", "test-en.json:1: not JSON: "),
    ("predictions/qa/test-en.json", b"\xef\xbb\xbf{}", "test-en.json:1: not JSON: Unexpected UTF-8 BOM"),
    ("predictions/qa/test-en.json", "[" * 100_000, "nested too deep"),
    ("predictions/qa/test-en.json", '{"q1": NaN}', "prediction for question 'q1' is nan, not a text"),
    ("predictions/qa/test-en.json", '{"q1": null}', "prediction for question 'q1' is None, not a text"),
    ("predictions/qa/test-en.json", '["cat", "dog"]', "expected an object that maps each question id"),
    ("labels/qa/test-en.json", '{"data": [{"paragraphs": [{}]}]}', "not in the SQuAD format"),
    ("labels/qa/test-en.json", "3", "not in the SQuAD format"),
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
    assert line.startswith("pos en: 2 sentences with a wrong number of predicted tags (first: sentence 1, 1 pred")


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
        "qa en: repeated ids in the predictions, the last counts: 'q2'",
        "qa en: 1 question without a prediction, scored 0: 'q1'",
        "qa en: 2 predictions for ids that are not in the labels, ignored: 'q\\ud800', 'q8'",
    ]


def test_question_ids_may_be_whole_numbers_in_the_labels(folder):
    write(folder / "predictions/qa/test-en.json", '{"1": "cat", "2": "dog"}')
    write(folder / "labels/qa/test-en.json", squad((1, ["cat"]), (2, ["cat"])))
    found = cell(folder, "qa", "en")
    assert found["metrics"]["exact_match"]["value"] == 50.0
    assert found["notes"] == {}


def test_blanked_labels_are_recognised(folder):
    write(folder / "labels/qa/test-en.json", squad(("q1", [""]), ("q2", [""])))
    assert "qa en: all gold answers are empty: this is a test file with hidden labels, not the labels" in remarks(
        score(folder)[1]
    )


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
    assert remarks(report) == ["nli: number of examples differs from the official test set: en 2 (official: 4)"]
