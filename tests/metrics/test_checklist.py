"""The error rate of MultiCheckList, and its normaliser against the published patterns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xharness.errors import StageError
from xharness.metrics.checklist import checklist_error, clean
from xharness_plugins.metrics import METRICS

# (language, pattern of articles, characters stripped), as google-research/xtreme has them
PUBLISHED = [
    ("af", r"(’n)\b", ",. "),
    ("ar", r"\sال^|ال", ",. "),
    ("bn", r"\b(একটি|একজন)", ",. ৷"),
    ("de", r"\b(ein|eine|einen)\b", ",. "),
    ("el", r"\b(Ο|ένα|μια)\b", ",. "),
    ("en", r"\b(a|an|the|in|at)\b", ",. "),
    ("es", r"\b(un|una|unos|unas|el|la|los|las)\b", ",. "),
    ("eu", r"\b(bat)\b", ",. "),
    ("fa", r"\b(یک)\b", ",. "),
    ("fr", r"\b(un|une|le|la|en)\b", ",. "),
    ("hi", r"\b(एक)", ",. ৷"),
    ("hu", r"\b(egy)\b", ",. "),
    ("it", r"\b(un|una)\b", ",. "),
    ("ml", r"\b(ഒരു)", ",. "),
    ("mr", r"\b(एक)", ",. "),
    ("my", r"\b(တစ်ဦး)", ",. "),
    ("nl", r"\b(een)\b", ",. "),
    ("pa", r"\b(ਇੱਕ|ਇਕ)", ",. ।"),
    ("pl", "", "„”,. "),
    ("pt", r"\b(um|uma)\b", ",. "),
    ("ru", "", ",. ,"),
    ("ta", r"\b(ஒரு)", ",. "),
    ("tl", r"\b(Si)\b", ",. "),
    ("tr", r"\b(bir)\b", ",. "),
    ("ur", "", ",. \u200f"),
    ("vi", r"\b(một)\b", ",. "),
    ("wo", r"\b(dafa)\b", ",. "),
    ("yo", r"\b(kan)\b", ",. "),
    ("zh", "", ",. "),
]
PIECES = sorted({word for _, pattern, _ in PUBLISHED for word in re.findall(r"[^\W\d]+", pattern)})
texts = st.lists(
    st.one_of(st.sampled_from([*PIECES, " ", ",", ".", "’n", "„", "”", "৷", "।", "\u200f"]), st.text(max_size=4))
).map("".join)


def published(text, pattern, around):
    return re.sub(pattern, " ", text).strip(around)


@settings(deadline=None)
@given(st.sampled_from(PUBLISHED), texts, texts)
def test_texts_are_equal_where_the_published_patterns_make_them_equal(language, one, two):
    code, pattern, around = language
    for ours, theirs in ((one, two), (f"{one} {PIECES[0]}", one), (f"{one}.", one), (one, one)):
        expected = published(ours, pattern, around) == published(theirs, pattern, around)
        assert (clean(ours, code) == clean(theirs, code)) is expected


@settings(deadline=None)
@given(st.sampled_from(PUBLISHED), texts)
def test_cleans_as_the_published_patterns_do(language, text):
    code, pattern, around = language
    if pattern:  # the empty pattern puts a space between all characters, which changes nothing about equality
        assert clean(text, code) == published(text, pattern, around)


@pytest.mark.parametrize(("code", "pattern", "around"), PUBLISHED)
def test_every_article_alone_and_within_words(code, pattern, around):
    for piece in PIECES if pattern else ():
        for text in (f"{piece} x", f"x {piece}, x", f"{piece}x", f"x{piece}", f"{piece.swapcase()} x"):
            assert clean(text, code) == published(text, pattern, around)
    for mark in "„”৷।\u200f,. ;":
        assert clean(f"{mark}x{mark}", code) == f"{mark}x{mark}".strip(around)


def test_what_is_removed():
    assert clean("The table, ", "en") == "The table"
    assert clean("at the table.", "en") == "table"
    assert clean("una mesa", "es") == "mesa"
    assert clean("banana", "es") == "banana"
    assert clean("একজন", "bn") == ""
    assert clean("الكتاب", "ar") == "كتاب"
    assert clean("einem Tisch", "de") == "einem Tisch"
    assert clean("the table", "sw") == "the table"


GOLD = [
    ("comparisons:0/0", ["Ann"]),
    ("comparisons:0/1", ["Bob"]),
    ("comparisons:1/0", ["Cid"]),
    ("comparisons:1/1", ["Dan"]),
    ("properties:0", ["green"]),
]


def test_rates_by_test_and_their_mean():
    answers = {"comparisons:0/0": "Ann.", "comparisons:0/1": "bob", "properties:0": "Green"}
    result = checklist_error({**answers, "comparisons:1/0": "Cid", "comparisons:1/1": "the Dan"}, GOLD, "en")
    assert result.values == {"error_rate": 75.0, "error_rate_comparisons": 50.0, "error_rate_properties": 100.0}
    assert result.n == 3
    assert result.notes == {}
    assert result.stats.tolist() == [[1, 0, 1, 0], [0, 0, 1, 0], [0, 1, 0, 1]]
    assert {key: rate(result.stats.sum(axis=0)[None])[0] for key, rate in result.combine.items()} == result.values


@pytest.mark.parametrize("wrong", range(4))
def test_a_sample_fails_with_any_of_its_answers(wrong):
    answers = {question: texts[0] for question, texts in GOLD}
    assert set(checklist_error(answers, GOLD, "en").values.values()) == {0.0}
    answers[GOLD[wrong][0]] = "nobody"
    assert checklist_error(answers, GOLD, "en").values["error_rate_comparisons"] == 50.0


def test_ids_with_other_marks():
    gold = [
        ("job_vs_nationality/7", ["nurse"]),
        ("animal_vs_vehicle_v2:1:0", ["cat"]),
        ("animal_vs_vehicle:1", ["dog"]),
    ]
    assert checklist_error({"animal_vs_vehicle:1": "dog"}, gold, "sw").values == {
        "error_rate": 200 / 3,
        "error_rate_job_vs_nationality": 100.0,
        "error_rate_animal_vs_vehicle_v2": 100.0,
        "error_rate_animal_vs_vehicle": 0.0,
    }


def test_questions_without_answer_fail_and_are_noted():
    result = checklist_error({"properties:0": "green", "other:1": "x"}, GOLD, "en")
    assert result.values["error_rate_comparisons"] == 100.0
    assert result.notes == {"unanswered": [question for question, _ in GOLD[:4]], "unknown": ["other:1"]}


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(StageError, match="no questions"):
        checklist_error({}, [], "en")
    with pytest.raises(StageError, match="question 'properties:0' has no gold answer"):
        checklist_error({"properties:0": "green"}, [("properties:0", [])], "en")
    with pytest.raises(StageError, match="the prediction for question 'properties:0' is None, not a text"):
        checklist_error({"properties:0": None}, GOLD[4:], "en")


def test_lower_is_better():
    assert [metric.name for metric in METRICS if not metric.higher_is_better] == ["checklist_error", "canonical_nll"]
