"""A run on a store with corrupt or missing artifacts reports them, makes them again, and ends with the same results."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from xharness import api
from xharness.run.progress import progress

WISH = {"tasks": ["toy-tags"], "languages": ["en", "sw"], "keep_checkpoints": True}


def results(folder: Path) -> dict:
    cells = json.loads((folder / "results.json").read_text("utf-8"))["cells"]
    return {cell["language"]: (cell["status"], cell["metrics"]) for cell in cells}


def flip(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.fixture
def again(tmp_path, model, registry, run, capsys):
    """Return the store of a finished run, its results, and a function that runs it again into another folder."""
    run(**WISH)

    def _again(out="out"):
        request = api.build({"model": model, "source": "toy", "dtype": "float32", **WISH})
        where = {"out": tmp_path / out, "store": tmp_path / "store"}
        api.run(request, registry=registry, display=progress(), **where)
        return results(tmp_path / out), capsys.readouterr().err

    return tmp_path / "store", results(tmp_path / "out"), _again


def first(store: Path, kind: str, name: str) -> Path:
    return sorted(store.glob(f"objects/{kind}/*/*/{name}"))[0]


@pytest.mark.parametrize(
    ("kind", "name", "out"),
    [
        ("score", "score.json", "elsewhere"),
        ("predict", "predictions.jsonl", "elsewhere"),
        ("predict", "model.json", "out"),  # where the predictions are copied already
    ],
)
def test_corrupt_scores_and_predictions_are_made_again(again, kind, name, out):
    store, before, rerun = again
    path = first(store, kind, name)
    flip(path)
    after, said = rerun(out)
    assert after == before
    assert f"{kind} {path.parent.name[:8]} in the store is corrupt: {name} has another checksum" in said
    assert [found.name.rpartition("-")[0] for found in (store / "corrupt").iterdir()] == [f"{kind}-{path.parent.name}"]
    assert rerun("third")[1].startswith("2 cells, 2 of them cached")


@pytest.mark.parametrize("damage", [flip, lambda path: shutil.rmtree(path.parents[1])])
def test_a_corrupt_or_missing_checkpoint_is_trained_again(again, damage):
    store, before, rerun = again
    shutil.rmtree(store / "objects" / "predict")
    shutil.rmtree(store / "objects" / "score")
    checkpoint = next(path for path in store.glob("objects/finetune/*/*/checkpoint/*") if path.stat().st_size)
    damage(checkpoint)
    assert rerun()[0] == before
    assert checkpoint.exists()
