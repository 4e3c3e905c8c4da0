"""Many cells' reasons in few lines."""

from __future__ import annotations

from xharness.cli.reasons import alike


def test_texts_that_differ_in_language_and_numbers_are_one():
    found = [
        ("panx", code, f"panx {code} test: looked for {code}/test, panx/test-{code}.tsv; {n:,} bytes")
        for n, code in enumerate(("ar", "he", "vi", "id", "jv", "ms", "tl", "eu"), start=995)
    ]
    assert alike(found) == [
        "panx ar test: looked for ar/test, panx/test-ar.tsv; 995 bytes (panx ar, he, vi, id, jv, ms and 2 more)"
    ]


def test_other_spellings_of_a_language_count_too():
    found = [("tydiqa", "ar", "no dev-arabic.json"), ("tydiqa", "ru", "no dev-russian.json")]
    assert alike(found) == ["no dev-arabic.json (tydiqa ar, ru)"]


def test_a_code_within_a_word_is_no_language():
    found = [("panx", "es", "no files for es"), ("panx", "de", "no fildes for de")]
    assert len(alike(found)) == 2


def test_a_text_that_names_the_language_of_one_of_its_cells_is_one_text():
    found = [("panx", code, "panx en train: no file") for code in ("ar", "en", "de")]
    assert alike(found) == ["panx en train: no file (panx ar, en, de)"]


def test_tasks_and_sorts_stay_apart_and_a_language_is_named_once():
    found = [("a", "en", "no file"), ("b", "en", "no file"), ("a", "en", "no gold"), ("a", "en", "no file")]
    assert alike(found) == ["no file (a en)", "no file (b en)", "no gold (a en)"]
