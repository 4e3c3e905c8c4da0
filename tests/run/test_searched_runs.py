"""Runs in which a search chooses the edits of a noise by the scores of the model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

import xharness.run
from tests import toy
from xharness import BadRequest, api
from xharness.cli.report import summary
from xharness.specs.noises import SEARCH
from xharness.specs.stage_params import Attack

SCHEMA = json.loads((Path(xharness.run.__file__).parent / "results.schema.json").read_text("utf-8"))
WISHES = {"source": "mini", "languages": ["en"], "noises": ["char_swap:3", "char_swap:3:search=greedy"]}


@pytest.fixture
def searched(run):
    return lambda **more: run(tasks=["xnli"], **{**WISHES, **more})


def rows(results):
    return {row["noise"].get(SEARCH): row for row in results["robustness"]["noises"]}


def test_a_search_costs_more_than_chance_and_says_how_many_predictions_it_took(searched, tmp_path):
    results = searched()
    jsonschema.validate(results, SCHEMA)
    assert [cell["status"] for cell in results["cells"]] == ["ok"] * 3
    by_chance, greedy = (rows(results)[search]["languages"]["en"] for search in (None, "greedy"))
    assert greedy["drop"] > by_chance["drop"]
    assert greedy["gain"] == 0  # what is wrong without noise stays as it is
    assert "queries" not in by_chance
    assert 1 < greedy["queries"] <= 200
    task = results["robustness"]["tasks"]["xnli"]
    assert task["average"]["noisy"] == by_chance["noisy"]
    at = task["severities"]["3"]
    assert at["worst"]["noise"]["search"] == "greedy"
    assert at["robust_accuracy"]["value"] <= greedy["noisy"]
    text = summary(results, tmp_path)
    assert f"predictions of a search for each example: char_swap:3:search=greedy {greedy['queries']:.1f}" in text


def made(tmp_path):
    """Return the lines of the changes that the only search made."""
    [path] = (tmp_path / "store" / "objects" / "attack").rglob("changes.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_search_edits_no_more_words_than_the_severity_allows(searched, tmp_path):
    searched()
    rows = [line["edits"] for line in made(tmp_path)]
    assert rows
    longest = max(len(text.split()) for line in made(tmp_path) for text in line["columns"].values())
    assert all(0 < sum(map(len, edits.values())) <= 1 + 0.2 * 2 * longest for edits in rows)


def test_a_search_is_kept_and_made_again_alike(searched, tmp_path):
    first = searched()
    before = made(tmp_path)
    assert rows(searched(out="again"))["greedy"] == rows(first)["greedy"]
    shutil.rmtree(tmp_path / "store")
    searched(out="third")
    assert made(tmp_path) == before


def test_only_searches_are_averaged_where_there_is_nothing_else(searched):
    results = searched(noises=["char_swap:3:search=greedy"])
    assert results["robustness"]["tasks"]["xnli"]["average"]["noisy"] == rows(results)["greedy"]["average"]["noisy"]


@pytest.fixture
def plan(registry, model):
    return lambda **wishes: api.plan(api.build({"model": model, "source": "mini", **WISHES, **wishes}), registry)


def keys(plan):
    return [job.key for job in plan.jobs.values() if isinstance(job.stage.params, Attack)]


def test_the_key_of_a_search_holds_the_model_and_how_it_is_asked(plan, tmp_path):
    asked = ["char_swap:3:search=greedy"]
    [key] = keys(plan(tasks=["xnli"], noises=asked))
    other = toy.checkpoint(tmp_path / "other")
    (other / "toy.json").write_text('{"counts": {"ein": "neutral"}}', encoding="utf-8")
    others = [
        plan(tasks=["xnli"], noises=asked, model=str(other)),
        plan(tasks=["xnli"], noises=asked, noise_seeds=[1]),
        plan(tasks=["xnli"], noises=["char_swap:5:search=greedy"]),
        plan(tasks=["xnli"], noises=asked, limit=3),
    ]
    found = [key, *(other for each in others for other in keys(each))]
    assert len(set(found)) == len(found) == 5


@pytest.mark.parametrize(
    ("task", "noise", "reason"),
    [
        ("udpos", "char_swap", "a search needs scores of labels or choices, but examples of kind tagging have none"),
        ("xnli", "case", "does not edit a share of the words, so a search cannot choose the words"),
        ("xnli", "ocr", "does not edit a share of the words"),
        ("xnli", "whitespace", "does not edit a share of the words"),
    ],
)
def test_what_cannot_be_searched_is_skipped_with_its_reason(plan, task, noise, reason):
    found = plan(tasks=[task], noises=["punct:3", f"{noise}:3:search=greedy"])
    [error] = [str(error) for cell, error in found.skipped.items() if cell.place.noise]
    assert reason in error


def test_an_unknown_search_is_refused_with_those_that_exist(plan):
    with pytest.raises(BadRequest, match="unknown search 'greddy' of noise 'char_swap'; did you mean greedy"):
        plan(tasks=["xnli"], noises=["char_swap:3:search=greddy"])


def test_a_model_without_scores_fails_with_the_reason(searched, registry, monkeypatch):
    loaded = registry.get("models", "toy").load.__globals__["Loaded"]
    monkeypatch.setattr(loaded, "classify", lambda self, examples: ({"prediction": "neutral"} for _ in examples))
    statuses = {cell["noise"] and cell["noise"].get(SEARCH): cell for cell in searched()["cells"]}
    assert statuses[None]["status"] == "ok"
    assert "the adapter 'toy' returns predictions without `scores`" in statuses["greedy"]["reason"]
