"""Tables are read by their suffix; rows are selected by language and split, or divided among the splits."""

from __future__ import annotations

import json

import pytest

from xharness import DataError
from xharness.data.tables import divided, mapped, read_table, table_reader


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", '\ufefflang,text\nsw,"one, two"\nen,\n'),
        ("a.csv", "lang;text\r\nsw;one, two\r\nen;\r\n"),
        ("a.tsv", "lang\ttext\nsw\tone, two\nen\t\n"),
        ("a.jsonl", '{"lang": "sw", "text": "one, two"}\n\n{"lang": "en", "text": null}\n'),
        ("a.json", '[{"lang": "sw", "text": "one, two"}, {"lang": "en", "text": null}]'),
    ],
)
def test_forms_of_tables_have_the_same_rows(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    rows = [row for _, row in read_table(tmp_path / name)]
    assert rows == [{"lang": "sw", "text": "one, two"}, {"lang": "en", "text": None}]


def test_a_field_may_have_several_lines_and_errors_name_the_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"one\ntwo",x\n1,2,3\n', encoding="utf-8")
    rows = read_table(path)
    assert next(rows) == (3, {"a": "one\ntwo", "b": "x"})
    with pytest.raises(DataError, match=r"a\.csv:4: expected 2 fields, got 3"):
        next(rows)
    path.write_text("a,a\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.csv:1: the header has a name twice"):
        list(read_table(path))


def test_rows_are_selected_by_the_columns_of_language_and_split(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("l,s,t,n\nSwahili,validation,x,1\nswh_Latn,test,y,2\nen,test,z,3\n", encoding="utf-8")
    read = table_reader({"text": "t", "label": lambda row: int(row["n"]) - 1}, language="l", split="s")
    assert list(read((path,), "sw", "dev")) == [{"text": "x", "label": 0}]
    assert list(read((path,), "sw", "test")) == [{"text": "y", "label": 1}]
    with pytest.raises(DataError, match="no example of language 'en' for split 'train'"):
        list(read((path,), "en", "train"))
    with pytest.raises(DataError, match=r"a\.csv:2: no column 'u'; the row has l, s, t, n"):
        list(table_reader({"text": "u"})((path,), "en", "test"))
    path.write_text("t\nten\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.csv:2: a value has another form than expected"):
        list(table_reader({"text": lambda row: int(row["t"])})((path,), "en", "test"))


def test_numbers_become_texts_and_lists_stay():
    read = mapped({"label": "n", "tokens": "list", "text": "none"})
    assert list(read([{"n": 1, "list": ["a"], "none": None}], "en")) == [{"label": "1", "tokens": ["a"], "text": None}]


def test_rows_are_divided_in_the_same_way_in_each_language_and_groups_stay_together(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [{"l": code, "t": f"{code}{n}", "g": n // 2} for code in ("en", "sw") for n in range(10)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    read = divided(table_reader({"text": "t"}, language="l"))
    found = {split: [row["text"] for row in read((path,), "sw", split)] for split in ("train", "dev", "test")}
    assert found == {"train": ["sw0", "sw1", "sw2", "sw5", "sw6", "sw7"], "dev": ["sw3", "sw8"], "test": ["sw4", "sw9"]}
    together = divided(table_reader({"text": "t", "group": "g"}, language="l"), by="group")
    assert [row["text"] for row in together((path,), "en", "test")] == ["en8", "en9"]
