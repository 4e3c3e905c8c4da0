"""Rows of retrieval, mining, ranking and generation from tables, with readers of files and of rows."""

from __future__ import annotations

from xharness.data.pools import aligned, described, mined, numbered, pooled, ranked
from xharness.data.tables import mapped

PAIRS = [{"a": "one", "b": "moja"}, {"a": "1", "b": "moja"}, {"a": "two", "b": None}]


def of(*rows):
    return lambda *given: iter(rows)


def test_functions_wrap_a_reader_of_rows():
    read = mapped({"query": "a", "document": "b"})
    assert [row["gold"] for row in aligned(read)(PAIRS, "sw")] == [0, 0, 2]
    assert [(row["side"], row["text"], row["gold"]) for row in mined(read)(PAIRS, "sw")] == [
        ("source", "moja", ["target-0"]),
        ("source", "moja", ["target-1"]),
        ("target", "one", []),
        ("target", "1", []),
        ("target", "two", []),
    ]


def test_ids_of_the_data_are_kept():
    rows = [{"id": "x", "query": "q", "candidate": "c"}, {"id": "y", "query": "r", "candidate": "c"}]
    assert [(row["id"], row["gold"]) for row in ranked(of(*rows))()] == [("x", ["x", "y"]), ("y", ["x", "y"])]
    assert [row["id"] for row in described(of({"prompt": "p", "target": "t"}, {"id": "z", "prompt": "p"}))()] == [
        "0",
        "z",
    ]
    assert [row["id"] for row in numbered(of({"text": "a"}, {"text": "b"}))()] == ["0", "1"]


def test_equal_passages_are_one_candidate_of_a_language():
    rows = [{"id": str(n), "question": f"q{n}", "passage": "same"} for n in range(2)]
    read = pooled(of(rows[1]), of(*rows))
    [candidate] = read((), "sw", "candidates")
    [question] = read((), "sw", "test")
    assert question == {"id": "1", "text": "q1", "gold": [candidate["id"]], "positive": "same"}
    [other] = read((), "de", "candidates")
    assert (other["text"], other["id"] != candidate["id"]) == ("same", True)
