"""Rows of every kind become a data set unchanged, or an error that names the row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xharness import BitextMining, BitextRetrieval, Classification, DataError, SpanQA, Tagging
from xharness.data.surrogates import changed_rows
from xharness_plugins.sources.rows import dataset, guarded

LABELS = ("A", "B")
COMMON = {"name": "mine", "languages": ("sw",)}
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
answer = st.fixed_dictionaries({"text": text, "start": st.integers(-1, 2**40)})
number = st.integers(-1, 2**40)


@st.composite
def tagged(draw):
    tokens = draw(st.lists(text, max_size=4))
    tags = draw(st.lists(st.sampled_from(LABELS), min_size=len(tokens), max_size=len(tokens)))
    return {"tokens": tokens, "tags": draw(st.sampled_from([tags, []]))}


KINDS = [
    (
        Classification(**COMMON, labels=LABELS),
        st.fixed_dictionaries(
            {"text": text, "text_pair": st.none() | text, "label": st.none() | st.sampled_from(LABELS)}
        ),
    ),
    (Tagging(**COMMON, labels=LABELS), tagged()),
    (
        SpanQA(**COMMON),
        st.fixed_dictionaries({"id": text, "question": text, "context": text, "answers": st.lists(answer, max_size=2)}),
    ),
    (BitextRetrieval(**COMMON), st.fixed_dictionaries({"query": text, "document": text, "gold": number})),
    (
        BitextMining(**COMMON),
        st.fixed_dictionaries(
            {"side": st.just("source"), "id": text, "text": text, "gold": st.lists(text, max_size=2)}
        ),
    ),
]


@pytest.mark.parametrize(("task", "row"), KINDS, ids=lambda value: getattr(value, "kind", None) and value.kind.name)
@settings(max_examples=30, deadline=None)
@given(st.data())
def test_rows_come_back_as_they_went_in(task, row, data):
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    found = dataset(task, rows, "here", "key")
    assert found.to_list() == rows
    assert tuple(found.column_names) == tuple(task.kind.columns)


QUESTION = {"id": "1", "question": "", "context": "", "answers": []}


@pytest.mark.parametrize(
    ("task", "row", "problem"),
    [
        (KINDS[0][0], {"text": "a", "label": "C"}, "unknown label 'C', expected one of A, B"),
        (KINDS[0][0], {"text": None}, "no text"),
        (KINDS[0][0], {"label": "A"}, "no text"),
        (KINDS[0][0], {"text": 3}, r"a value has the wrong type for its column \(Arrow"),
        (KINDS[1][0], {"tokens": ["a", "b"], "tags": ["A"]}, "2 tokens but 1 tags"),
        (KINDS[1][0], {"tokens": ["a", "b"], "tags": ["A", "C"]}, "unknown label 'C'"),
        (KINDS[1][0], {"tokens": ["a", "b"], "tags": ["A", None]}, "unknown label None"),
        (KINDS[1][0], {"tokens": ["a"]}, "no tags"),
        (KINDS[1][0], {"tokens": "ab", "tags": ["A", "A"]}, "tokens is a text, expected a list of texts"),
        (KINDS[2][0], QUESTION | {"answers": [{"text": "a"}]}, "an answer has no text or no start"),
        (KINDS[2][0], QUESTION | {"answers": ["a"]}, r"a value has the wrong type for its column \(AttributeError"),
        (KINDS[0][0], {"text": "a", "label": ["A"]}, r"a value has the wrong type for its column \(TypeError"),
        (KINDS[0][0], "a", r"a value has the wrong type for its column \(AttributeError"),
        (KINDS[3][0], {"query": "a", "document": "b", "gold": "1"}, "a value has the wrong type for its column"),
    ],
)
def test_the_row_that_is_wrong_is_named(task, row, problem):
    right = {
        "classification": {"text": "a", "label": "A"},
        "tagging": {"tokens": ["a"], "tags": ["A"]},
        "span-qa": QUESTION,
        "bitext-retrieval": {"query": "a", "document": "b", "gold": 0},
    }[task.kind.name]
    with pytest.raises(DataError, match=rf"^here: row 2 \(from 0\): {problem}"):
        dataset(task, [right, right, row, right], "here", "key")


def test_lone_surrogates_are_replaced_and_their_rows_noted():
    rows = [QUESTION | {"id": str(number), "context": "Ada \U0001f600"} for number in range(4)]
    rows[1] |= {"question": "wh\ud83dat", "answers": [{"text": "\ude00b", "start": 5}]}
    rows[3] |= {"id": "\udfff"}
    found = dataset(KINDS[2][0], rows, "here", "key")
    expected = [
        rows[0],
        rows[1] | {"question": "wh\ufffdat", "answers": [{"text": "\ufffdb", "start": 5}]},
        rows[2],
        rows[3] | {"id": "\ufffd"},
    ]
    assert found.to_list() == expected
    assert changed_rows(found.info.description, 4) == {"where": "here", "rows": [1, 3]}
    assert changed_rows(found.select(range(3)).info.description, 3) == {"where": "here", "rows": [1]}
    assert changed_rows(found.info.description, 1) is None


@pytest.mark.parametrize("description", [None, "", "text", "[]", "{}", '{"lone_surrogates": 3}'])
def test_other_descriptions_of_a_dataset_note_nothing(description):
    assert changed_rows(description, 9) is None


def test_no_row_at_all_is_an_error():
    with pytest.raises(DataError, match="here: no example"):
        dataset(KINDS[0][0], [], "here", "key")


def test_what_is_guarded_is_one_line_and_own_errors_pass():
    def raising(error):
        yield {}
        raise error

    with pytest.raises(DataError, match=r"^here: ValueError$"):
        list(guarded(lambda: raising(ValueError()), "here"))
    with pytest.raises(DataError, match=r"^mine$"):
        list(guarded(lambda: raising(DataError("mine")), "here"))
