"""Checkpoint selection uses the task's own score; evaluating the same split gives the same value."""

from __future__ import annotations

from types import SimpleNamespace

import jsonschema
import pytest

from tests.run.test_runner import SCHEMA
from xharness import Classification, Metric, Scored, api
from xharness.registry import Registry
from xharness.run.scoring import headline
from xharness_tasks.mini import NANO


@pytest.fixture(scope="module")
def registry():
    return Registry.load(third_parties=False)


@pytest.mark.parametrize("name", ["qqp", "ccg", "squad_v2", "hellaswag"])
def test_the_best_dev_score_is_the_score_of_the_evaluated_dev_split(registry, tmp_path, name):
    params = {"epochs": "2", "learning_rate": "1e-3", "eval_steps": "4", "batch_size": "8", "warmup_steps": "0"}
    request = api.build({
        "model": str(NANO), "source": "mini", "tasks": [name], "limit": 48, "dtype": "float32", "split": "dev",
        "params": {**params, "selection": "dev"},
    })  # fmt: skip
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = results["cells"]
    [stage] = [stage for stage in results["run"]["plan"] if stage["kind"] == "finetune"]
    names = stage["params"]["chosen_by"]
    own = sum(cell["metrics"][each]["value"] for each in names) / len(names)
    assert own == pytest.approx(max(score for _, score in stage["report"]["dev"]))
    assert tuple(names) == registry.get("tasks", name).headline_names
    assert "selected_on_evaluated_split" in [each["code"] for each in cell["caveats"]]
    jsonschema.validate(results, SCHEMA)
    if name == "squad_v2":
        for one in ("exact_match", "f1"):
            assert cell["metrics"][f"best_{one}"]["value"] >= cell["metrics"][one]["value"]
            assert cell["metrics"][f"best_{one}"]["ci95"] is None


def test_scores_by_hand(registry):
    # 3 of 4 are right; of duplicates 1 is found, 1 is missed: precision 1, recall 1/2, F1 2/3.
    gold = ["duplicate", "duplicate", "not_duplicate", "not_duplicate"]
    found = ["duplicate", "not_duplicate", "not_duplicate", "not_duplicate"]
    assert headline(registry, registry.get("tasks", "qqp"), "en", found, gold) == pytest.approx((75 + 200 / 3) / 2)
    # One of two spans of tags is whole, but two of three words are right.
    tags, guess = [["N", "N", "V"]], [["N", "V", "V"]]
    assert headline(registry, registry.get("tasks", "ccg"), "en", guess, tags) == pytest.approx(200 / 3)
    # One answer is exact, the other has half the words: F1 2/3.
    answers = [("a", ["Rome"]), ("b", ["old town"])]
    given = {"a": "Rome", "b": "town"}
    score = headline(registry, registry.get("tasks", "squad_v1"), "en", given, answers)
    assert score == pytest.approx(((100 + 200 / 3) / 2 + 50) / 2)


def test_of_errors_fewer_are_better():
    def compute(predictions, gold, language):
        return Scored(values={"mistakes": float(sum(a != b for a, b in zip(predictions, gold, strict=True)))}, n=2)

    metric = Metric(name="mistakes", kinds=("classification",), compute=compute, signature="m", higher_is_better=False)
    task = Classification(name="t", languages=("en",), labels=("a", "b"), metrics=("mistakes",), headline=("mistakes",))
    registry = SimpleNamespace(get=lambda group, name: metric)
    one, two = (headline(registry, task, "en", found, ["a", "a"]) for found in (["a", "b"], ["b", "b"]))
    assert (one, two) == (-1, -2)
