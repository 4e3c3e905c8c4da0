"""Many cells' reasons in few lines."""

from __future__ import annotations

from xharness import caveat
from xharness.cli.grouping import alike, noted


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


def test_caveats_that_differ_in_numbers_and_in_the_language_of_their_cell_are_one():
    sizes = [
        ("bucc2018", code, caveat("test_size", n=n, official=9_580).record()) for code, n in (("de", 8), ("fr", 9))
    ]
    one = {"phases": [{"task": "udpos", "epochs": 3}] * 2}
    twice = [
        ("udpos", code, caveat("trained_twice", split=["udpos", code, "train"], **one).record())
        for code in ("sw", "yo")
    ]
    assert noted([*sizes, *twice]) == [
        "scored 8 examples; the official test set has 9,580; and 1 more of this kind (bucc2018 de, fr)",
        "trained on more than once: udpos sw train (udpos for 3 epochs, udpos for 3 epochs); and 1 more of this kind "
        "(udpos sw, yo)",
    ]


def test_a_caveat_that_names_the_language_of_one_of_its_cells_is_one_caveat():
    facts = {"split": ["udpos", "en", "train"], "phases": [{"task": "udpos", "epochs": 3}]}
    found = [("udpos", code, caveat("trained_twice", **facts).record()) for code in ("ar", "en", "de")]
    assert noted(found) == ["trained on more than once: udpos en train (udpos for 3 epochs) (udpos ar, en, de)"]


def test_other_caveats_tasks_and_splits_stay_apart():
    found = [
        ("a", "en", caveat("other_split", split="dev", official="test").record()),
        ("a", "en", caveat("other_split", split="train", official="test").record()),
        ("b", "en", caveat("other_split", split="dev", official="test").record()),
        ("a", "en", {"code": "own", "grave": False, "text": "odd in 3 ways", "facts": {}}),
        ("a", "sw", {"code": "own", "grave": False, "text": "odd in 4 ways", "facts": {}}),
    ]
    assert noted(found) == [
        "split dev instead of test (a en)",
        "split train instead of test (a en)",
        "split dev instead of test (b en)",
        "odd in 3 ways (a en)",
        "odd in 4 ways (a sw)",
    ]
