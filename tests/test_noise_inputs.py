"""What a noise needs beside a text: files, packages, passages; each refusal says what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from tests import toy
from xharness import BadRequest, api
from xharness.noise_inputs import check_core
from xharness.registry import Registry
from xharness.specs.stage_params import Noising


@pytest.fixture(scope="module")
def registry():
    return Registry.load([str(Path(toy.__file__))], third_parties=False)


@pytest.fixture
def plan(registry, tmp_path):
    model = str(toy.checkpoint(tmp_path / "model"))
    return lambda **wishes: api.plan(api.build({"model": model, "source": "mini", **wishes}), registry)


def noising(plan):
    [stage] = [job for job in plan.jobs.values() if isinstance(job.stage.params, Noising)]
    return stage.stage.params, stage.key


def refusal(plan, **wishes):
    """Return why the only noise that is asked for cannot be used."""
    with pytest.raises(BadRequest) as refused:
        plan(**wishes)
    return str(refused.value)


def test_a_noise_without_its_file_says_how_to_give_one(plan):
    assert refusal(plan, tasks=["xnli"], languages=["de"], noises=["code_switch:2"]) == (
        "noise 'code_switch' needs the file 'lexicon', lines of `word TAB translation`, in one file or in a folder "
        "with one file LANGUAGE.tsv each; use --noise code_switch:2:lexicon=FILE"
    )


def test_the_key_holds_what_a_file_says_and_not_where_it_is(plan, tmp_path):
    keys = []
    for name, content in (("a.tsv", "Hund\tdog\n"), ("b.tsv", "Hund\tdog\n"), ("a.tsv", "Hund\thound\n")):
        path = tmp_path / str(len(keys)) / name
        path.parent.mkdir()
        path.write_text(content, "utf-8")
        params, key = noising(plan(tasks=["xnli"], languages=["de"], noises=[f"code_switch:3:lexicon={path}"]))
        assert params.settings["lexicon"] == str(path)
        keys.append(key)
    assert keys[0] == keys[1] != keys[2]


def test_the_version_of_a_package_is_part_of_the_key(plan):
    params, _ = noising(plan(tasks=["xnli"], languages=["hi"], noises=["romanise"]))
    assert params.key()["tables"]["uroman"] == version("uroman")


def test_a_noise_without_its_package_says_how_to_install_it(plan, registry, monkeypatch):
    noise = registry.get("noises", "romanise")
    without = replace(noise, packages=lambda language: ("no-such-romaniser",))
    monkeypatch.setattr(Registry, "get", _instead(Registry.get, noise, without))
    assert refusal(plan, tasks=["xnli"], languages=["hi"], noises=["romanise"]) == (
        "noise 'romanise' in 'hi' needs the package no-such-romaniser; run: pip install no-such-romaniser"
    )


def _instead(get, noise, other):
    return lambda self, kind, name: other if (found := get(self, kind, name)) is noise else found


def test_sentences_are_added_to_the_premise_and_to_contexts_only(plan):
    for task, column in (("xnli", "text"), ("xquad", "context")):
        params, _ = noising(plan(tasks=[task], languages=["en"], noises=["distractor"]))
        assert params.columns == (column,)
    wishes = {"tasks": ["xquad"], "languages": ["en"], "noises": ["distractor"], "noise_columns": ["question"]}
    expected = "unknown column 'question' of kind span-qa for noise 'distractor'; known: context"
    assert refusal(plan, **wishes) == expected


@pytest.mark.parametrize(
    ("task", "noise", "reason"),
    [
        ("tatoeba", "distractor", "noise 'distractor' adds sentences, but examples of kind bitext-retrieval have no"),
        ("panx", "word_drop", "noise 'word_drop' adds or removes words, but each word of 'panx' has a tag"),
        ("pawsx", "word_order", "noise 'word_order' is not used on 'pawsx': other words, or another order of words"),
    ],
)
def test_what_a_noise_may_not_do_is_skipped_with_the_reason(plan, task, noise, reason):
    assert refusal(plan, tasks=[task], languages=["de"], noises=[noise]).startswith(reason)


def test_a_noise_that_does_not_fit_is_skipped_beside_one_that_does(plan):
    found = plan(tasks=["tatoeba"], languages=["de"], noises=["distractor", "char_swap"])
    assert len(found.clean) == 1
    [(cell, error)] = found.skipped.items()
    assert "distractor" in cell.place.noise
    assert "have no passage" in str(error)


def noises_of(plan, task, language):
    """Return the noises of the cells of a task in a language, and why others are skipped."""
    named = {
        cell: json.loads(cell.place.noise)["name"] for cell in [*plan.predictions, *plan.skipped] if cell.place.noise
    }
    own = {cell: name for cell, name in named.items() if (cell.place.task, cell.place.language) == (task, language)}
    skipped = {name: str(plan.skipped[cell]) for cell, name in own.items() if cell in plan.skipped}
    return {name for cell, name in own.items() if cell in plan.predictions}, skipped


def test_core_has_what_suits_the_task_and_the_language(plan):
    asked = plan(tasks=["xnli", "udpos", "xquad"], languages=["de"], noises=["core"])
    pairs, skipped = noises_of(asked, "xnli", "de")
    assert {"whitespace", "ortho_variant"} <= pairs  # German has spelling variants: its marks stay
    assert not {"punct", "mark_strip", "distractor"} & pairs
    assert "an added sentence may change the gold of 'xnli'" in skipped["distractor"]
    words, _ = noises_of(asked, "udpos", "de")
    assert "punct" in words
    assert "whitespace" not in words
    assert "distractor" in noises_of(asked, "xquad", "de")[0]
    burmese = plan(tasks=["panx"], languages=["my"], noises=["core"])
    assert "mark_strip" in noises_of(burmese, "panx", "my")[0]  # there are no spelling variants


def test_core_leaves_out_a_language_in_which_labels_often_no_longer_hold(registry):
    task, noise = registry.get("tasks", "xnli"), registry.get("noises", "mark_strip")
    check_core(task, "tr", noise)
    with pytest.raises(BadRequest, match="it often changes the meaning in Vietnamese; ask for it by its name"):
        check_core(task, "vi", noise)


def test_a_noise_that_is_asked_for_by_name_is_used_where_core_leaves_it_out(plan):
    for asked in (["core", "mark_strip"], ["mark_strip", "core"]):
        assert "mark_strip" in noises_of(plan(tasks=["xnli"], languages=["vi"], noises=asked), "xnli", "vi")[0]


def test_all_leaves_out_what_is_only_for_those_who_name_it(plan):
    asked = plan(tasks=["xnli"], languages=["de"], noises=["all"])
    assert "bidi_control" not in {name for found in noises_of(asked, "xnli", "de") for name in found}
    assert noises_of(plan(tasks=["xnli"], languages=["de"], noises=["bidi_control"]), "xnli", "de")[0] == {
        "bidi_control"
    }
