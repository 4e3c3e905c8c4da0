"""`fetch` on a machine with a network, and the same run on a machine without one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests import hub_server
from tests.hub_server import hub
from tests.plugins.sources.repos import TEXT, class_label, repository
from tests.run import hub_task
from xharness_plugins.sources import hub_fallback

ROWS = [{"text": f"{'eo'[n % 2]} {n}", "label": n % 2} for n in range(8)]
PARTS = {"sw": {"train": ROWS, "test": ROWS[:4]}, "yo": {"test": ROWS}}
ASKED = ["me/tiny", "--task", "hub-parity", "--lang", "sw", "--dtype", "float32"]
PLUGIN = ["--plugin", hub_task.__file__]


@pytest.fixture
def world(tmp_path, checkpoint):
    """Write the folder of a hub with a checkpoint and a data set."""
    shutil.copytree(checkpoint, tmp_path / "world/models/me/tiny")
    repository(tmp_path / "world/datasets/me/mine", PARTS, {"text": TEXT, "label": class_label("even", "odd")})
    return tmp_path / "world"


@pytest.fixture
def fetch(command, world):
    """Return what runs `fetch` while the hub is there."""

    def run(*words, faults=()):
        with pytest.MonkeyPatch.context() as patch, hub(world, patch) as server:
            for fault in faults:
                server.fail(*fault)
            return command("fetch", *words, *PLUGIN)

    return run


@pytest.fixture
def alone(command, tmp_path):
    """Return what runs a command on a machine without a network and with an empty cache."""
    from huggingface_hub import constants

    def run(*words):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
            patch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "empty"))
            patch.setattr("socket.socket.connect", _refuse)
            for each in (hub_fallback.newest, hub_fallback._seen):
                each.cache_clear()
            return command(*words, *PLUGIN)

    return run


def _refuse(*_):
    raise AssertionError("a connection is opened")


def scores(folder: Path) -> list:
    cells = json.loads((folder / "results.json").read_text())["cells"]
    return [(cell["status"], cell["metrics"]) for cell in cells]


def test_an_offline_run_gives_the_scores_of_an_online_one(command, world, fetch, alone):
    done = fetch(*ASKED, "--to", "brought")
    assert done.code == 0, done.err
    assert [line.split()[:2] for line in done.out.splitlines() if "me/" in line] == [
        ["data", "set"],
        ["model", "me/tiny"],
    ]
    brought = {path.name for path in Path("brought/hub").glob("datasets--*/snapshots/*/*/*")}
    assert brought == {"train-00000-of-00001.parquet", "test-00000-of-00001.parquet"}
    assert not list(Path("brought").glob("hub/*--*/snapshots/*/yo")), "only what the request needs is brought"
    shutil.copytree("brought", "copied", symlinks=True)
    shutil.rmtree("brought")
    offline = alone("run", *ASKED, "--offline", "--data", "copied", "--out", "offline", "--store", "store-1")
    assert offline.code == 0, offline.err
    with pytest.MonkeyPatch.context() as patch, hub(world, patch):
        online = command("run", *ASKED, *PLUGIN, "--out", "online", "--store", "store-2")
    assert online.code == 0, online.err
    assert scores(Path("offline")) == scores(Path("online"))
    keys = [{path.parent.name for path in Path(name).rglob("artifact.json")} for name in ("store-1", "store-2")]
    assert keys[0] == keys[1] != set(), "the artifacts have the same keys"


def test_a_run_without_its_files_is_refused_before_any_work(fetch, alone):
    bare = alone("run", *ASKED, "--offline").refused()
    command = "xharness fetch me/tiny --task hub-parity --lang sw"
    assert bare.startswith(
        f"xharness: offline, and not on this machine: model me/tiny; on a machine with a network: {command}"
    )
    fetch(*ASKED, "--to", "brought")
    for folder in Path("brought/hub").glob("datasets--*"):
        shutil.rmtree(folder)
    cut = alone("run", *ASKED, "--offline", "--data", "brought").refused()
    assert "files are missing or have another size (" in cut
    manifest = json.loads(Path("brought/fetched.json").read_text())
    manifest["files"] = {name: size for name, size in manifest["files"].items() if "models--" in name}
    Path("brought/fetched.json").write_text(json.dumps(manifest))
    lacking = alone("run", *ASKED, "--offline", "--data", "brought").refused()
    assert "not on this machine: data set me/mine; on a machine" in lacking


def test_a_missing_split_is_found_before_any_work(fetch, alone):
    fetch(*ASKED, "--to", "brought")
    file = next(Path("brought/hub").glob("datasets--*/snapshots/*/sw/test-*"))
    file.unlink()
    manifest = json.loads(Path("brought/fetched.json").read_text())
    manifest["files"] = {name: size for name, size in manifest["files"].items() if "/sw/test-" not in name}
    Path("brought/fetched.json").write_text(json.dumps(manifest))
    lacking = alone("run", *ASKED, "--offline", "--data", "brought").refused()
    assert "not on this machine: data set me/mine sw test; on a machine" in lacking


def test_an_interrupted_fetch_continues(fetch, alone):
    cut = fetch(*ASKED, "--to", "brought", faults=[("sw/test-", hub_server.status(404, "EntryNotFound"), 100)])
    assert cut.code == 1
    assert "not complete: run the same command again; it continues" in cut.out
    refused = alone("run", *ASKED, "--offline", "--data", "brought").refused()
    assert refused.endswith("fetching was interrupted; run the same `xharness fetch ... --to DIR` again")
    Path("brought/hub/models--me--tiny/blobs/abc.incomplete").write_bytes(b"x")
    weights = next(Path("brought/hub").glob("models--*/snapshots/*/model.safetensors")).resolve()
    before = weights.stat().st_mtime_ns
    assert fetch(*ASKED, "--to", "brought").code == 0
    assert weights.stat().st_mtime_ns == before, "a complete file is not downloaded again"
    assert not list(Path("brought").rglob("*.incomplete"))
    assert alone("plan", *ASKED, "--offline", "--data", "brought").code == 0


def test_a_file_with_wrong_bytes_is_not_kept(fetch):
    fetch(*ASKED, "--to", "brought")
    weights = next(Path("brought/hub").glob("models--*/snapshots/*/model.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.resolve().write_bytes(content)
    Path("brought/fetched.json").write_text(
        json.dumps({"format": "xharness-fetch", "version": 1, "complete": False, "files": {}})
    )
    done = fetch(*ASKED, "--to", "brought")
    assert done.code == 1
    assert "do not match the checksum of the hub, so the download was deleted" in done.err
    assert not weights.exists()
    assert fetch(*ASKED, "--to", "brought").code == 0


def test_a_saved_plan_is_fetched_at_its_commits(command, world, fetch, alone, tmp_path):
    with pytest.MonkeyPatch.context() as patch, hub(world, patch):
        assert command("plan", *ASKED, *PLUGIN, "--save", "mine", "--store", "store").code == 0
    plan = tmp_path / "store/plans/mine/plan.jsonl"
    done = fetch("--plan", plan, "--to", "brought")
    assert done.code == 0, done.err
    assert alone("plan", *ASKED, "--offline", "--data", "brought").code == 0
    assert (
        fetch("--plan", "other", "--store", "store", "--to", "brought")
        .refused()
        .startswith("xharness: no plan 'other'")
    )


def test_what_cannot_be_fetched_is_refused(fetch, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    assert "the folder has other files" in fetch(*ASKED, "--to", "full").refused()
    assert "not both" in fetch(*ASKED, "--plan", "mine", "--to", "brought").refused()
