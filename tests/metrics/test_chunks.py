"""Chunk F1 against a plain loop of the old rule, seqeval itself where it still agrees, and the official outputs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score

from xharness.errors import StageError
from xharness.metrics.chunks import chunk_f1, flatten, token_accuracy


def plain_chunks(sentences):
    """The rule, one position after the other."""
    before, before_type, begin, chunks = "O", "", 0, []
    for position, label in enumerate([*(tag for tags in sentences for tag in [*tags, "O"]), "O"]):
        tag, kind = label[0], label.split("-")[-1]
        ends = before in "ES" or (before in "BI" and tag in "BSO")
        if ends or (before not in "O." and before_type != kind):
            chunks.append((before_type, begin, position - 1))
        begins = tag in "BS" or (before in "ESO" and tag in "EI")
        if begins or (tag not in "O." and before_type != kind):
            begin = position
        before, before_type = tag, kind
    return set(chunks)


def plain_scores(predictions, gold):
    ours, theirs = plain_chunks(predictions), plain_chunks(gold)
    hits = len(ours & theirs)
    p = hits / len(ours) if ours else 0
    r = hits / len(theirs) if theirs else 0
    f = 2 * p * r / (p + r) if p + r > 0 else 0
    return {"f1": f * 100, "precision": p * 100, "recall": r * 100}


IOB = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
UPOS = ("NOUN", "VERB", "SCONJ", "CCONJ", "SYM", "X", "ADP", "INTJ", "PUNCT", "O")
ODD = ("O", "E-A", "S-A", "S-B", "I-A-B", "I-O", "N-O", ".", ".-A", "-", "B-", "?", "É-A", "-A", "I-B")


@st.composite
def corpora(draw, tags):
    lengths = draw(st.lists(st.integers(0, 7), min_size=1, max_size=6))
    return [
        [draw(st.lists(st.sampled_from(tags), min_size=length, max_size=length)) for length in lengths] for _ in "pg"
    ]


@settings(max_examples=400, deadline=None)
@given(st.one_of(corpora(IOB), corpora(UPOS), corpora(ODD), corpora(IOB + UPOS + ODD)))
def test_equals_the_plain_loop_to_the_last_bit(corpus):
    predictions, gold = corpus
    assert repr(chunk_f1(predictions, gold).values) == repr(plain_scores(predictions, gold))


@pytest.mark.filterwarnings("ignore::Warning")
@settings(max_examples=150, deadline=None)
@given(corpora(IOB))
def test_equals_seqeval_on_iob2(corpus):
    predictions, gold = corpus
    values = chunk_f1(predictions, gold).values
    assert values["f1"] == f1_score(gold, predictions) * 100
    assert values["precision"] == precision_score(gold, predictions) * 100
    assert values["recall"] == recall_score(gold, predictions) * 100


@settings(max_examples=100, deadline=None)
@given(corpora(UPOS))
def test_statistics_add_up_to_the_values(corpus):
    predictions, gold = corpus
    result = chunk_f1(predictions, gold)
    assert result.stats.shape == (len(gold), 3)
    for key, combine in result.combine.items():
        assert combine(result.stats.sum(axis=0)[None, :])[0] == pytest.approx(result.values[key])


@pytest.mark.parametrize(
    ("predictions", "gold", "f1"),
    [
        ([["SCONJ", "SCONJ"]], [["SCONJ", "SCONJ"]], 100.0),  # two chunks, for S
        ([["NOUN", "VERB"]], [["NOUN", "NOUN"]], 0),  # the run is longer than the one predicted
        ([["I-PER", "I-PER"]], [["B-PER", "I-PER"]], 100.0),  # a chunk may open with I
        ([["B-PER", "I-LOC"]], [["B-PER", "B-LOC"]], 100.0),  # a change of type opens a chunk
        ([["NOUN"], ["NOUN"]], [["NOUN"], ["NOUN"]], 100.0),  # no run crosses a sentence
    ],
)
def test_the_rule_by_hand(predictions, gold, f1):
    assert chunk_f1(predictions, gold).values["f1"] == f1


def test_chunks_of_a_run_are_counted_once_by_sentence():
    result = chunk_f1([["NOUN", "NOUN", "VERB"], ["X"]], [["NOUN", "NOUN", "VERB"], ["ADP"]])
    assert result.stats.tolist() == [[2, 2, 2], [0, 1, 1]]
    assert result.n == 2


def test_nothing_correct_is_the_integer_0_as_officially():
    result = chunk_f1([["B-PER"]], [["B-LOC"]]).values
    assert repr(result) == "{'f1': 0, 'precision': 0.0, 'recall': 0.0}"
    assert repr(chunk_f1([["O"]], [["O"]]).values) == "{'f1': 0, 'precision': 0, 'recall': 0}"


@pytest.mark.parametrize("metric", [chunk_f1, token_accuracy])
def test_a_missing_tag_is_an_error_that_names_the_sentence(metric):
    with pytest.raises(StageError, match="sentence 2 has 1 predicted tags but 2 gold tags; 1 more sentences differ"):
        metric([["O"], ["O"], []], [["O"], ["O", "O"], ["O"]])
    with pytest.raises(StageError, match="1 sentences but 2 in the gold"):
        metric([["O"]], [["O"], ["O"]])
    with pytest.raises(StageError, match="no examples"):
        metric([], [])


def test_an_empty_tag_is_an_error():
    with pytest.raises(StageError, match="a tag is empty"):
        chunk_f1([[""]], [["O"]])


def test_token_accuracy():
    result = token_accuracy([["A", "B"], ["C"], []], [["A", "C"], ["C"], []])
    assert result.values == {"token_accuracy": 2 / 3 * 100}
    assert result.stats.tolist() == [[1, 2], [1, 1], [0, 0]]
    with pytest.raises(StageError, match="no tokens"):
        token_accuracy([[]], [[]])


@pytest.mark.shared
def test_official_outputs(shared_spec):
    vectors = json.loads((shared_spec / "scoring_test_vectors.json").read_text("utf-8"))
    for case in vectors["tagging"]:
        expected = case["seqeval_le_0.0.13"]
        result = chunk_f1(case["prediction"], case["gold"]).values
        assert {key: repr(result[key]) for key in expected} == {key: repr(value) for key, value in expected.items()}
    shifted = vectors["tagging_length_mismatch"]
    result = chunk_f1([flatten(shifted["prediction"])], [flatten(shifted["gold"])])
    assert result.values == shifted["seqeval_le_0.0.13"]
