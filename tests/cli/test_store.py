"""`xharness store` on the store of a real run."""

from __future__ import annotations

import pytest

from tests.cli.conftest import words
from xharness.run.searches import vector_search as retrieval
from xharness.store.pruning import prune


def test_ls_tells_kinds_models_tasks_and_sizes(command, warm, checkpoint):
    told = command("store", "ls", "--store", warm / "store", "--json").json()
    rows = {(row["kind"], row["tasks"]): row for row in told["entries"]}
    assert {"finetune", "predict", "score", "vectors"} <= {kind for kind, _ in rows}
    assert rows["predict", "udpos"]["model"] == str(checkpoint)
    assert rows["score", "udpos"]["count"] == rows["predict", "udpos"]["count"] > 1
    on_disk = sum(path.stat().st_size for path in warm.glob("store/[ov]*/**/*") if path.is_file())
    assert told["total"]["bytes"] == sum(row["bytes"] for row in rows.values()) == on_disk
    text = command("store", "ls", "--store", warm / "store").out
    assert text.splitlines()[0].split() == ["kind", "model", "tasks", "count", "size", "last", "used"]
    assert f"{told['total']['count']} folders" in text.splitlines()[-1]


def test_what_was_dropped_is_told_by_ls_and_plan(command, checkpoint, data):
    asked = words(checkpoint, data, "udpos", languages=("de", "en"))
    assert command("run", *asked, "--out", "run").code == 0
    [row] = [row for row in command("store", "ls", "--json").json()["entries"] if row["kind"] == "finetune"]
    assert row["dropped"]
    assert row["bytes"] < 10_000
    assert "finetune, weights deleted" in command("store", "ls").out
    served = command("plan", *asked).out
    assert "not needed" in served
    assert "again:" not in served
    more = command("plan", *asked, "--lang", "es").out
    assert "again: finetune on udpos: its checkpoint was deleted after use; --keep-checkpoints keeps it" in more
    assert "selected_step" in command("explain", "run", "udpos", "de").out


def test_a_run_makes_again_what_was_pruned(command, warm, checkpoint, data):
    asked = (
        "run",
        *words(checkpoint, data, "tatoeba", languages=("de", "es")),
        "--store",
        warm / "store",
        "--out",
        warm / "again",
        "--json",
    )
    before = command(*asked).json()["cells"]
    kinds = [word for kind in ("predict", "score", "vectors") for word in ("--kind", kind)]
    would = command("store", "prune", "--store", warm / "store", *kinds, "--dry-run").out
    done = command("store", "prune", "--store", warm / "store", *kinds).out
    assert would.replace("would free", "freed") == done
    assert [line.split(":")[0] for line in done.splitlines()[:-1]] == ["predict", "score", "vectors"]
    left = command("store", "ls", "--store", warm / "store", "--json").json()["entries"]
    assert {row["kind"] for row in left} == {"finetune"}
    asked = [warm / "anew" if word == warm / "again" else word for word in asked]
    after = command(*asked).json()["cells"]
    assert [cell["metrics"] for cell in after] == [cell["metrics"] for cell in before]


def test_a_run_keeps_what_it_needs_while_it_runs(command, warm, checkpoint, data, monkeypatch):
    store, left = warm / "store", []

    def pruning(jobs, context, done, emit):
        left.extend(entry.kind for entry in prune(store, older_than=0).left)
        predict(jobs, context, done, emit)

    predict = retrieval.predict
    monkeypatch.setattr(retrieval, "predict", pruning)
    assert command("store", "prune", "--store", store, "--kind", "predict", "--kind", "score").code == 0
    asked = words(checkpoint, data, "tatoeba", languages=("de", "es"))
    assert command("run", *asked, "--store", store, "--out", warm / "again").code == 0
    assert left == ["temporary", "vectors"]
    removed = prune(store, older_than=0).removed
    assert {entry.kind for entry in removed} == {"predict", "score", "vectors"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("ls", "--store", "nowhere"), "store 'nowhere': no such folder"),
        (("ls", "--dry-run"), "--kind, --older-than and --dry-run are options of xharness store prune"),
        (("prune", "--json"), "--json is an option of xharness store ls"),
        (("prune", "--kind", "finetunes"), "--kind finetunes: not in the store; available: "),
        (("prune", "--older-than", "-1"), "--older-than -1: must be a number of days, at least 0"),
    ],
)
def test_a_bad_request_is_one_line(command, tmp_path, given, message):
    (tmp_path / "home").mkdir()
    assert message in command("store", *given).refused()
