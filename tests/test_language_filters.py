"""Selecting the languages of each task: by name, family, script, pre-training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import LANGUAGES, BadRequest, Classification, ModelInfo, canonical
from xharness import language_filters as filters

MODEL = ModelInfo(
    reference="us/model", adapter="a", path=Path(), revision=None, fingerprint="f", architecture="A", hidden_size=1,
    layers=1, parameters=1, bytes=1, max_length=1, languages=frozenset({"en", "sw", "zh", "tlh"}),
)  # fmt: skip


def task(name, *languages):
    return Classification(name=name, languages=languages, labels=("a", "b"))


def wanted(*tasks):
    return [(each, each.languages) for each in tasks]


OURS = task("ours", "en", "sw", "ta", "te", "ur", "zh")
THEIRS = task("theirs", "eng_Latn", "zho_Hans", "zho_Hant", "tlh")
BOTH = wanted(OURS, THEIRS)


def codes(kept):
    return {each.name: languages for each, languages in kept}


def test_a_name_finds_every_spelling_of_its_language_but_a_tasks_own_spelling_only_itself():
    kept, names = filters.named(BOTH, ["Mandarin", "eng"], every=True)
    assert codes(kept) == {"ours": ("en", "zh"), "theirs": ("eng_Latn", "zho_Hans", "zho_Hant")}
    assert names == ("zh", "zho_Hans", "zho_Hant", "en", "eng_Latn")
    kept, names = filters.named(BOTH, ["zho_Hant"], every=False)
    assert (codes(kept), names) == ({"theirs": ("zho_Hant",)}, ("zho_Hant",))
    assert codes(filters.named(BOTH, ["tlh"], every=False)[0]) == {"theirs": ("tlh",)}


@given(st.lists(st.sampled_from(list(LANGUAGES)), min_size=1), st.data())
def test_spelling_changes_nothing(asked, data):
    every = wanted(task("all", *LANGUAGES))
    spelled = [
        data.draw(st.sampled_from([entry.name, entry.native, entry.iso3, entry.tatoeba, entry.flores.upper()]))
        for entry in map(LANGUAGES.get, asked)
    ]
    kept, names = filters.named(every, spelled, every=True)
    assert names == tuple(dict.fromkeys(asked))
    assert codes(kept)["all"] == tuple(code for code in LANGUAGES if code in asked)


def test_families_and_scripts():
    assert codes(filters.within(BOTH, "family", ["Dravidian", "Niger-Congo"], every=False)) == {
        "ours": ("sw", "ta", "te")
    }
    assert codes(filters.within(BOTH, "script", ["Latn"], every=True)) == {
        "ours": ("en", "sw"),
        "theirs": ("eng_Latn",),
    }
    assert filters.spelled("family", ["niger-congo", "TURKIC", "Turkic"]) == ("Niger-Congo", "Turkic")
    assert filters.spelled("script", ["latn"]) == ("Latn",)


def test_what_the_model_saw():
    assert codes(filters.by_training(BOTH, True, MODEL, every=True)) == {
        "ours": ("en", "sw", "zh"),
        "theirs": THEIRS.languages,
    }
    assert codes(filters.by_training(BOTH, False, MODEL, every=False)) == {"ours": ("ta", "te", "ur")}


@given(st.sets(st.sampled_from([*LANGUAGES, "tlh"])))
def test_seen_and_unseen_are_a_partition(known):
    every = wanted(task("all", "tlh", *LANGUAGES))
    model = replace(MODEL, languages=frozenset(known))

    def kept(seen):
        try:
            return set(codes(filters.by_training(every, seen, model, every=False))["all"])
        except BadRequest:
            return set()

    assert kept(True) == known
    assert kept(False) == {"tlh", *LANGUAGES} - known


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: filters.named(BOTH, ["Hausa"], every=False), r"unknown language 'Hausa'.* \(for ours, theirs\)"),
        (lambda: filters.named(BOTH, ["swahilli"], every=False), "did you mean Swahili"),
        (
            lambda: filters.named(BOTH, ["fin"], every=False),
            r"'fi' \(Finnish\) is not in ours, theirs; available: en, ",
        ),
        (lambda: filters.named(BOTH, ["sw"], every=True), "task 'theirs' has none of sw; available: eng_Latn, "),
        (lambda: filters.within(BOTH, "family", ["Dravidian"], every=True), "'theirs' has no language of family Drav"),
        (lambda: filters.within(BOTH, "script", ["Thai"], every=False), "nothing to run: ours, theirs have no langu"),
        (lambda: filters.spelled("family", ["bantu"]), "unknown family 'bantu'"),
        (lambda: filters.spelled("family", ["Dravidic"]), "unknown family 'Dravidic'; did you mean Dravidian"),
        (lambda: filters.spelled("script", ["Latin"]), r"unknown script 'Latin'; did you mean Latn\?"),
        (lambda: filters.by_training(BOTH, False, MODEL, every=True), "'theirs' has no language that us/model did not"),
        (
            lambda: filters.by_training(BOTH, True, replace(MODEL, languages=None), every=True),
            "--seen: the pre-training languages of us/model are unknown; list them .* README.md",
        ),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(call, message):
    with pytest.raises(BadRequest, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)


def test_languages_outside_the_table_are_of_no_family():
    assert canonical("tlh") not in LANGUAGES
    with pytest.raises(BadRequest, match="'klingon' has no language of family isolate; available: tlh"):
        filters.within(wanted(task("klingon", "tlh")), "family", ["isolate"], every=True)


def test_what_tasks_lack_is_told_together():
    has = {"a": ("en", "sw"), "b": ("en",), "c": ("en",), "d": ("en", "sw", "zh")}
    assert filters.left_out(("en", "sw", "zh"), has) == ["zh: not in a", "sw, zh: not in b, c"]
    assert filters.left_out((), has) == []
    assert filters.left_out(("zh-CN",), {"a": ("zh",)}) == []  # two spellings of one language
