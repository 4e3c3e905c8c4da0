"""Low-rank updates in runs, with the embedded checkpoint: stored small, and loaded with their base after it moved."""

from __future__ import annotations

import shutil

import pytest

from tests.run.test_checkpoint_cleanup import planned
from xharness import BadRequest, api
from xharness.registry import Registry
from xharness.run.pricing import prices
from xharness.store.artifacts import Store
from xharness.store.listing import entries
from xharness_tasks.mini import NANO

TASKS = ("xnli", "udpos", "xquad", "xcopa", "lareqa")  # one of each kind that is trained
PARAMS = {"selection": "last", "warmup_steps": 0, "epochs": 1, "batch_size": 8}


@pytest.fixture(scope="module")
def builtin():
    return Registry.load(third_parties=False)


def wishes(model, language, tasks=TASKS):
    return api.build(
        {
            "model": str(model),
            "source": "mini",
            "tasks": tasks,
            "languages": (language,),
            "recipe": "lora",
            "params": PARAMS,
            "limit": 16,
            "dtype": "float32",
            "device": "cpu",
        }
    )


def trained(store):
    """Return the folder of the checkpoint of each task that was trained on."""
    return {each.about["tasks"]: each.path / "checkpoint" for each in entries(store.root) if each.kind == "finetune"}


def size(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


def test_updates_serve_wherever_their_base_stands_now(builtin, tmp_path):
    model, store = shutil.copytree(NANO, tmp_path / "model"), Store(tmp_path / "store")
    plan = api.plan(wishes(model, "th"), builtin)
    priced = {job.subject: prices(plan, builtin, store)[job.key] for job in plan.of_kind("finetune")}
    results = api.run(wishes(model, "th"), registry=builtin, out=tmp_path / "one", store=store.root)
    assert {cell["status"] for cell in results["cells"] if cell["language"] == "th"} == {"ok"}
    reports = [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == "finetune"]
    assert all(0 < report["trained_share"] < 0.06 for report in reports)

    kept = trained(store)
    assert set(kept) == {"xnli", "udpos", "squad_v1", "siqa", "copa", "squad_sentences"} == set(priced)
    whole = (NANO / "model.safetensors").stat().st_size
    for task, folder in kept.items():
        assert size(folder) < whole / 10
        assert size(folder) / 2 < priced[task].bytes < size(folder) * 2, task

    # The base moves, and what COPA was trained upon goes: only that is made again.
    shutil.move(model, tmp_path / "moved")
    before = {task: (folder.parent / "artifact.json").stat().st_mtime_ns for task, folder in kept.items()}
    shutil.rmtree(kept["siqa"].parent)
    moved = wishes(tmp_path / "moved", "vi", ("udpos", "xcopa"))
    results = api.run(moved, registry=builtin, out=tmp_path / "two", store=store.root)
    assert {cell["status"] for cell in results["cells"] if cell["language"] == "vi"} == {"ok"}
    after = {task: (folder.parent / "artifact.json").stat().st_mtime_ns for task, folder in trained(store).items()}
    assert {task for task, when in after.items() if before[task] != when} == {"siqa"}


def test_an_adapter_that_cannot_train_updates_is_refused_before_any_work(registry, model):
    with pytest.raises(BadRequest, match="the adapter 'toy' cannot train low-rank updates"):
        planned(registry, model, tasks=("toy-tags",), recipe="lora")
