"""`xharness new task --from OWNER/NAME` over HTTP: it pins the commit, and each failure is one clear line."""

from __future__ import annotations

import re

import pytest

from tests.hub_server import hub, status
from tests.plugins.sources.repos import TEXT, card, class_label, repository
from xharness import DataOptions
from xharness.cli.main import main
from xharness.registry import Registry

CONFIGS = ("eng_Latn", "swh_Latn")
TOPICS = [{"text": f"Sentence {n}", "category": n % 2} for n in range(30)]
PAIRS = [{"source": f"Sentence {n}", "target": f"Sentensi {n}"} for n in range(30)]
NUMBERS = [{"a": n, "b": n} for n in range(9)]
ANSWERED = [{"question": f"Why {n}?", "passage": f"Since {n}.", "id": str(n)} for n in range(5)]


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serve repositories as the hub of this process, from a new current folder."""
    datasets = tmp_path / "hub" / "datasets" / "someone"
    splits = dict.fromkeys(("train", "validation", "test"), TOPICS)
    columns = {"text": TEXT, "category": class_label("travel", "sports")}
    repository(datasets / "topics", dict.fromkeys(CONFIGS, splits), columns)
    repository(
        datasets / "pairs",
        {"swh_Latn": {"train": PAIRS}, "yor_Latn": {"train": PAIRS}},
        {"source": TEXT, "target": TEXT},
    )
    repository(datasets / "only-train", {"default": {"train": TOPICS}}, columns)
    repository(datasets / "numbers", {code: {"test": NUMBERS} for code in CONFIGS}, {})
    repository(datasets / "questions", {code: {"test": ANSWERED} for code in CONFIGS}, {})
    repository(datasets / "wide", {"default": {"test": [{"en": "one", "sw": "moja"}] * 9}}, {})
    card(datasets / "no-files", {"license": "unknown"})
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    with hub(tmp_path / "hub", monkeypatch) as server:
        yield server


def written(name, module):
    registry = Registry.load([f"./xharness-{name}/{module}"], third_parties=False)
    assert registry.warnings == []
    task = registry.get("tasks", name)
    return task, lambda code, split: registry.get("sources", "hub").load(task, code, split, DataOptions()).to_list()


def test_a_repository_is_looked_at_pinned_and_read(served, capsys):
    assert main(["new", "task", "h-topics", "--from", "someone/topics"]) == 0
    assert "the newest commit" in capsys.readouterr().out
    task, rows = written("h-topics", "xharness_h_topics")
    assert (task.kind.name, task.languages, task.labels) == ("classification", ("en", "sw"), ("travel", "sports"))
    assert re.fullmatch("[0-9a-f]{40}", task.data_for("hub").revision)
    assert rows("sw", "test")[1] == {"text": "Sentence 1", "text_pair": None, "label": "sports"}
    # The only split of a task without training is the evaluated one.
    assert main(["new", "task", "h-pairs", "--from", "someone/pairs"]) == 0
    task, rows = written("h-pairs", "xharness_h_pairs")
    assert (task.kind.name, task.languages) == ("bitext-retrieval", ("sw", "yo"))
    assert rows("yo", "test")[2] == {"query": "Sentence 2", "document": "Sentensi 2", "gold": 2}


FAILURES = {
    "gated": ("topics", "/revision/", status(401, "GatedRepo"), "the dataset is gated; accept its terms at http"),
    "private": ("topics", "/revision/", status(401, "RepoNotFound"), "the hub has no such dataset, or it is private"),
    "missing": ("topics", "/revision/", status(404, "RepoNotFound"), "the hub has no such dataset, or it is private"),
    "misspelt": ("topix", "", None, "no such dataset, or it is private; check the name"),
    "no files": ("no-files", "", None, "its README.md does not list the files of its configs; download a file"),
    "other columns": ("numbers", "", None, "which kind of task this is; the columns are a, b; name them with --column"),
    "no test": ("only-train", "", None, "no split for test; download a file and give it with --from FILE"),
    "languages": ("wide", "", None, "'bitext-retrieval': a column for each language is read from files only; download"),
    "a pool": ("questions", "", None, "'passage-retrieval': its pool needs the rows of all splits; download a file"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_line(served, capsys, name, tmp_path):
    repo, part, fault, error = FAILURES[name]
    if fault:
        served.fail(part, fault)
    assert main(["new", "task", "h-none", "--from", f"someone/{repo}", "--lang", "en"]) == 2
    message = capsys.readouterr().err.strip()
    assert re.search(rf"someone/{repo}\b.*{error}", message), message
    assert "\n" not in message
    assert not list(tmp_path.glob("work/*"))
