"""Data sets and checkpoints over HTTP, from a server that speaks the hub's API: no copy is on disk before."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests import hub_server as faults
from tests.hub_layouts import write
from tests.hub_server import HubServer, hub, status
from tests.models import tiny_checkpoint
from tests.plugins.models.test_translator import nllb_tokenizer
from tests.plugins.models.test_translator import write as write_translator
from tests.plugins.sources.repos import TEXT, card, class_label, parquet, repository
from xharness import Classification, DataError, DataOptions, LoadOptions
from xharness import hub as declare
from xharness.model_lookup import find
from xharness.registry import Registry
from xharness_plugins.sources import hub_fallback
from xharness_plugins.sources import repository as repositories
from xharness_plugins.sources.hub import HUB

COLUMNS = {"text": TEXT, "label": class_label("no", "yes")}
ROWS = [{"text": "maji", "label": 1}, {"text": "moto", "label": 0}]
INSTEAD = "or use copied repositories (--data DIR), official files (--source local --data DIR), or --source mini"


@pytest.fixture
def server(tmp_path, monkeypatch):
    repository(tmp_path / "datasets/me/mine", {"sw": {"test": ROWS}, "yo": {"test": ROWS[:1]}}, COLUMNS)
    with hub(tmp_path, monkeypatch) as running:
        yield running


def task(**more) -> Classification:
    declared = declare("me/mine", config="{lang}", splits={"test": "test"}, **more)
    return Classification(name="mine", languages=("sw", "yo"), labels=("yes", "no"), data=declared)


def texts(declared: Classification) -> list[str]:
    return HUB.load(declared, "sw", "test", DataOptions())["text"][:]


def refused(declared: Classification) -> str:
    with pytest.raises(DataError) as raised:
        texts(declared)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def forget() -> None:
    """Do what a new process does."""
    repositories._failure.clear()
    hub_fallback.newest.cache_clear()
    hub_fallback._seen.cache_clear()


def test_only_the_card_and_the_files_of_the_split_are_downloaded(server):
    assert texts(task()) == ["maji", "moto"]
    files = {line.rpartition("/")[2] for line in server.asked if line.startswith("GET") and "/api/" not in line}
    assert files == {"README.md", "test-00000-of-00001.parquet"}
    assert not [line for line in server.asked if "/yo/" in line]


def test_a_script_with_a_converted_branch(server):
    folder = server.root / "datasets/me/mine"
    card(folder, {"license": "unknown"})
    (folder / "mine.py").write_text("raise SystemExit\n", encoding="utf-8")
    rows = [{"text": "moja", "label": "yes"}]
    parquet(folder.with_name("mine@refs%2Fconvert%2Fparquet") / "sw/test/0000.parquet", rows)
    assert texts(task()) == ["moja"]
    assert HUB.fingerprint(task(), "sw", "test", DataOptions()).endswith(":refs/convert/parquet")


def test_a_mirror_of_a_repository_that_is_gone(server):
    (server.root / "datasets/me/mine").rename(server.root / "datasets/me/copy")
    mirrors = (declare("me/copy", config="{lang}", splits={"test": "test"}),)
    assert texts(task(mirrors=mirrors, rows={"test": 2})) == ["maji", "moto"]
    assert refused(task()).startswith("me/mine: the hub has no such dataset")
    assert "not a valid mirror of me/mine: it has 2 rows" in refused(task(mirrors=mirrors, rows={"test": 3}))


@pytest.mark.parametrize(
    ("part", "fault", "expected"),
    [
        (
            "/api/",
            status(401, "RepoNotFound"),
            "me/mine: the hub has no such dataset, or it is private",
        ),
        (
            "README",
            status(403, "GatedRepo"),
            "me/mine: the dataset is gated; accept its terms at <hub>/datasets/me",
        ),
        ("/api/", status(404, "RevisionNotFound"), "me/mine: the repository has no revision 'main'"),
        (
            "/api/",
            status(429, Retry_After="90"),
            "me/mine: the hub limits the number of requests (429); try again in",
        ),
        ("/api/", status(500), "me/mine: the hub has an internal error (500); try again later"),
        ("/api/", faults.page, "answers with a web page instead of the hub's data"),
        (
            "GET /cdn",
            faults.altered,
            "the contents of test-00000-of-00001.parquet do not match the checksum",
        ),
        ("GET /cdn", faults.cut(10, 5000), "the connection to the hub broke (RemoteProtocolError: peer closed"),
        ("GET /cdn", status(404), "the hub refuses the request (404)"),
    ],
)
def test_a_failure_names_the_repository_and_the_next_call_succeeds(server, part, fault, expected):
    server.fail(part, fault)
    line = refused(task())
    assert expected.replace("<hub>", server.endpoint) in line
    assert line.startswith("me/mine")
    assert line.endswith(INSTEAD)
    server.faults.clear()
    forget()
    assert texts(task()) == ["maji", "moto"]


def test_a_hub_that_fails_is_left_alone_for_a_minute(server):
    server.fail("", status(500))
    first = refused(task(revision="v1"))
    asked = len(server.asked)
    assert refused(task(revision="v1")) == first
    assert len(server.asked) == asked


def test_a_translation_checkpoint(server):
    expected = write_translator(server.root / "models/me/mt", nllb_tokenizer())
    model, info = find("seq2seq:me/mt@main", Registry.load(), LoadOptions())
    assert (model.name, info.ready, info.revision) == ("seq2seq", frozenset({"translate"}), info.path.name)
    options = LoadOptions(device="cpu", dtype="float32")
    texts, settings = ["Nobody knows.", "A boat."], {"beams": 1, "max_length": 6}
    downloaded, local = (model.load(path, "translate", None, settings, options) for path in (info.path, expected))
    assert list(downloaded.translate(texts, "en", "sw")) == list(local.translate(texts, "en", "sw"))


@pytest.mark.slow(minutes=0.4)
def test_the_suite_xtreme_from_the_hub_alone(tmp_path):
    write(tmp_path, ("en", "de", "ru"))
    tiny_checkpoint(tmp_path / "models/me/tiny", hidden=32)
    asked = ["me/tiny", "--suite", "xtreme", "--limit", "4", "--param", "epochs=1", "--param", "selection=last"]
    for code in ("en", "de", "ru"):
        asked += ["--lang", code]
    with HubServer(tmp_path) as running:
        home = {"HF_ENDPOINT": running.endpoint, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
        words = [sys.executable, "-m", "xharness.cli.main", "run", *asked, "--out", str(tmp_path / "out")]
        done = subprocess.run(
            words, env={**os.environ, **home, "HF_HUB_OFFLINE": "0"}, capture_output=True, text=True, check=False
        )
    results = json.loads((tmp_path / "out/results.json").read_text("utf-8"))
    cells = {(cell["task"], cell["language"]): cell for cell in results["cells"]}
    failed = {name: cell["reason"] for name, cell in cells.items() if cell["status"] != "ok"}
    assert set(failed) == {("bucc2018", "de"), ("bucc2018", "ru")}, done.stderr
    assert all("mteb/BUCC has no split dev" in reason for reason in failed.values())
    assert len(cells) == 22
    assert done.returncode == 1
    known = (
        "/api/models/me/tiny/",
        "/me/tiny/resolve/",
        "/api/datasets/",
        "/datasets/",
        "/cdn/",
        "/api/agent-harnesses",
    )
    assert not [line for line in running.asked if not line.partition(" ")[2].startswith(known)]
