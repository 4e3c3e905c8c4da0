"""A tour of the error messages: wrong inputs to every command, each with its one line (tour.toml)."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from xharness.cli.main import main
from xharness_tasks.mini import NANO

HOOK = "from xharness import Suite, hookimpl\n\n\n@hookimpl\ndef {name}():\n    yield {spec}\n"
FILES = {
    "file": "",
    "full/some.txt": "",
    "empty/": "",
    "broken/config.json": "{",
    "weightless/config.json": '{"model_type": "bert"}',
    "bad.toml": "tasks = [",
    "slip.toml": "taks = ['xnli']",
    "baseline.toml": "model = 'nano'\nsource = 'mini'\ntasks = ['tatoeba']\nbaseline = 'x'\n[[rows]]\nname = 'a'\n",
    "twice.toml": "model = 'nano'\ntasks = ['tatoeba']\nbaseline = 'a'\n[[rows]]\nname = 'a'\n[[rows]]\nname = 'a'\n",
    "syntax.py": "def x(:\n",
    "raises.py": "raise ValueError('boom')\n",
    "unmarked.py": "def xharness_tasks():\n    return []\n",
    "hookless.py": "x = 1\n",
    "wrong.py": HOOK.format(name="xharness_tasks", spec="3"),
    "slip.py": HOOK.format(name="xharness_taks", spec="3"),
    "old.py": HOOK.format(name="xharness_suites", spec="Suite(name='s', tasks={'xnli': ()}, api=9)"),
    "lost.py": HOOK.format(name="xharness_suites", spec="Suite(name='lost', tasks={'nosuch': ()})"),
    "results.json": "[]",
    "newer/results.json": '{"schema_version": "9.0"}',
}
TOUR = [
    (command, line)
    for part in tomllib.loads(Path(__file__).with_name("tour.toml").read_text("utf-8")).values()
    for command, line in part.items()
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the files that the commands name, among them a run of one cell."""
    root = tmp_path_factory.mktemp("tour")
    (root / "nano").symlink_to(NANO)
    for name, text in FILES.items():
        path = root / name
        path.mkdir(parents=True) if name.endswith("/") else path.parent.mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text(text, encoding="utf-8")
    asked = ["run", str(NANO), "--source", "mini", "--task", "tatoeba", "--lang", "de", "--limit", "8"]
    assert main([*asked, "--no-plugins", "--store", str(root / "home"), "--out", str(root / "a")]) == 0
    assert json.loads((root / "a" / "results.json").read_text("utf-8"))["cells"]
    return root


def pattern(line: str, folder: Path) -> str:
    """Return the regular expression of a message: `...` stands for any text."""
    return ".*".join(map(re.escape, line.replace("{folder}", str(folder)).split("...")))


def test_the_tour_is_long_enough_and_visits_every_command():
    commands = {command.partition(" ")[0] for command, _ in TOUR}
    assert len(TOUR) >= 60
    assert commands >= {
        *("run", "plan", "check", "score", "rescore", "export", "explain", "list", "show", "noise", "store"),
        *("doctor", "demo", "compare", "leaderboard"),
    }


@pytest.mark.parametrize(("words", "line"), TOUR, ids=[command for command, _ in TOUR])
def test_a_wrong_input_gives_one_line(folder, words, line, monkeypatch, capsys):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(folder / "home"))
    monkeypatch.chdir(folder)
    before = set(folder.iterdir())
    capsys.readouterr()
    code = main(shlex.split(words))
    out, err = capsys.readouterr()
    shown = [each for each in err.splitlines() if not each.startswith("xharness: warning: plugin ")]
    assert (code, out, len(shown)) == (2, "", 1), err
    assert re.fullmatch(pattern(f"xharness: {line}", folder), shown[0]), shown[0]
    assert set(folder.iterdir()) - before <= {folder / "__pycache__"}
