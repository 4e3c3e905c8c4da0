"""The normalisers against plain versions of the published functions, and scores against the official outputs."""

from __future__ import annotations

import json
import re
import string
import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xharness.errors import StageError
from xharness.metrics import mlqa as mlqa_module
from xharness.metrics import squad as squad_module
from xharness.metrics import squad_native as native_module
from xharness.metrics.mlqa import mlqa
from xharness.metrics.punctuation import punctuation
from xharness.metrics.squad import overlap, squad
from xharness.metrics.squad_native import squad_native

PATTERNS = {
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": r"\sال^|ال",
}


def plain_squad(text):
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return re.sub(PATTERNS["en"], " ", text).split()


def plain_mlqa(text, language):
    marks = set(map(chr, punctuation()))
    text = "".join(char for char in text.lower() if char not in marks)
    if language in PATTERNS:
        text = re.sub(PATTERNS[language], " ", text)
    if language != "zh":
        return text.split()
    tokens, rest = [], ""
    for char in text:
        if re.search(r"[\u4e00-\u9fa5]", char):
            tokens += [*rest.split(), char]
            rest = ""
        else:
            rest += char
    return [*tokens, *rest.split()]


def plain_f1(ours, theirs):
    same = sum((Counter(ours) & Counter(theirs)).values())
    if same == 0:
        return 0
    precision, recall = 1.0 * same / len(ours), 1.0 * same / len(theirs)
    return (2 * precision * recall) / (precision + recall)


WORDS = [
    "a", "an", "the", "The", "A.", "un", "la", "las", "der", "die", "của", "là", "cái", "the\u0301", "a\u0327", "_a_",
    "«a»", "l'a", "ال", "البيت", "中国", "中a国", "タワー", "the中", "İ", "ẞ", "x\x00a", "\x1ca", "the-the",
]  # fmt: skip
TEXT = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=6).map("\t\u00a0".join),
    st.text(max_size=20),
    st.text(alphabet="athen _.-'\x00\t\u0301\u200b中ال", max_size=20),
)


@settings(max_examples=500, deadline=None)
@given(TEXT)
def test_squad_tokens_equal_the_published_function(text):
    assert list(squad_module.tokens(text)) == plain_squad(text)


@settings(max_examples=500, deadline=None)
@given(TEXT, st.sampled_from(["en", "es", "hi", "vi", "de", "ar", "zh"]))
def test_mlqa_tokens_equal_the_published_function(text, language):
    assert list(mlqa_module.tokens(text, language)) == plain_mlqa(text, language)


BAG = st.lists(st.sampled_from("abcd"), max_size=5).map(tuple)


@given(BAG, BAG)
def test_overlap_equals_the_published_f1(ours, theirs):
    assert overlap(ours, theirs) == plain_f1(ours, theirs)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, st.lists(TEXT, min_size=1, max_size=3)), min_size=1, max_size=8))
def test_a_split_is_summed_as_officially(pairs):
    predictions = {str(number): answer for number, (answer, _) in enumerate(pairs)}
    gold = [(str(number), texts) for number, (_, texts) in enumerate(pairs)]
    exact = f1 = 0
    for answer, texts in pairs:
        exact += max(plain_squad(answer) == plain_squad(text) for text in texts)
        f1 += max(plain_f1(plain_squad(answer), plain_squad(text)) for text in texts)
    expected = {"exact_match": 100.0 * exact / len(pairs), "f1": 100.0 * f1 / len(pairs)}
    assert squad(predictions, gold).values == expected


def test_punctuation_is_that_of_unicode_14():
    assert len(punctuation()) == 828
    if unicodedata.unidata_version == "14.0.0":
        every = {code for code in range(sys.maxunicode) if unicodedata.category(chr(code)).startswith("P")}
        assert set(punctuation()) == every | set(map(ord, string.punctuation))


def test_each_metric_takes_its_own_best_gold_text():
    result = squad({"q": "b c d"}, [("q", ["b c d e f g", "x"])])
    assert result.values == {"exact_match": 0.0, "f1": 100.0 * (2 * 1.0 * 0.5 / 1.5)}
    assert squad({"q": "x"}, [("q", ["y", "x"])]).values == {"exact_match": 100.0, "f1": 100.0}


def test_both_empty_is_an_exact_match_without_f1():
    assert squad({"q": "the"}, [("q", ["a"])]).values == {"exact_match": 100.0, "f1": 0.0}


def test_ids_are_noted():
    gold = [("q1", ["x"]), ("q2", ["y"]), ("q2", ["y"]), ("q3", ["z"])]
    result = squad({"q1": "x", "q2": "no", "q9": "?"}, gold)
    assert result.n == 4
    assert result.values["f1"] == 25.0
    assert result.notes == {"unanswered": ["q3"], "unknown": ["q9"], "repeated_questions": ["q2"]}
    assert not squad({"q1": "x"}, [("q1", ["x"])]).notes


def test_what_cannot_be_scored_is_an_error():
    with pytest.raises(StageError, match="no questions"):
        squad({}, [])
    with pytest.raises(StageError, match="prediction for question 'q' is None, not a text"):
        squad({"q": None}, [("q", ["x"])])
    with pytest.raises(StageError, match="question 'q' has no gold answer"):
        squad({"q": "x"}, [("q", [])])
    assert squad({}, [("q", [])]).values["f1"] == 0.0
    with pytest.raises(StageError, match="does not support language 'ko'; supported: en, es, hi, vi, de, ar, zh"):
        mlqa({"q": "x"}, [("q", ["x"])], "ko")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "北京、市", ["北", "京", "市"]),
        ("zh", "NBA总冠军 2010", ["nba", "总", "冠", "军", "2010"]),
        ("th", "กรุง", list("กรุง")),
        ("ja", "東京タワー", list("東京タワー")),
        ("en", "The “cat”", ["cat"]),
        ("vi", "một cái an a", ["một", "cái", "an", "a"]),
        ("hi", "दिल्ली।", ["दिल्ली"]),
        ("unheard-of", "«A b»", ["a", "b"]),
    ],
)
def test_native_tokens(language, text, expected):
    assert list(native_module.tokens(text, language)) == expected


def test_native_scores_partial_chinese_answers():
    gold = [("q", ["北京"])]
    assert squad({"q": "北京市。"}, gold, "zh").values["f1"] == 0.0
    result = squad_native({"q": "北京市。"}, gold, "zh")
    assert result.values == {"exact_match_native": 0.0, "f1_native": pytest.approx(80.0)}
    assert result.combine["f1_native"](result.stats)[0] == pytest.approx(80.0)


@pytest.mark.shared
def test_official_outputs(shared_spec):
    vectors = json.loads((shared_spec / "scoring_test_vectors.json").read_text("utf-8"))
    for name, compute, tokens in (
        ("squad", squad, lambda text, case: squad_module.tokens(text)),
        ("mlqa", mlqa, lambda text, case: mlqa_module.tokens(text, case["lang"])),
    ):
        for case in vectors[name]:
            assert " ".join(tokens(case["prediction"], case)) == case["norm_prediction"]
            assert " ".join(tokens(case["gold"][0], case)) == case["norm_gold"]
            result = compute({"q": case["prediction"]}, [("q", case["gold"])], case.get("lang", ""))
            assert result.values == {"exact_match": 100.0 * case["em"], "f1": 100.0 * case["f1"]}
