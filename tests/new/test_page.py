"""The page `docs/new.md` from its first command to the board: its files, commands and outputs are real."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from xharness.cli.main import main
from xharness_tasks.mini import NANO

PAGE = (Path(__file__).parents[2] / "docs" / "new.md").read_text("utf-8")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("xharness_hotel_reviews", None)
    importlib.invalidate_caches()


def install(folder, monkeypatch):
    """Put the package where `pip install -e` does: on the path, with its entry point."""
    about = folder / "xharness_hotel_reviews-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: xharness-hotel-reviews\nVersion: 0.1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text("[xharness]\nhotel_reviews = xharness_hotel_reviews\n", encoding="utf-8")
    monkeypatch.delenv("XHARNESS_PLUGINS")
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.slow
def test_the_commands_of_the_page_print_what_it_shows(folder, monkeypatch, capsys):
    found = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, flags=re.S | re.M)
    make, task = (text for language, text in found if language == "python")
    subprocess.run([sys.executable, "-c", make], check=True)
    assert (folder / "reviews.csv").read_text("utf-8").splitlines()[:2] == [
        "lang,review,sentiment",
        "de,Suppe: sehr gut,positive",
    ]
    blocks = [text for _, text in found if text.startswith("$ ")]
    assert len(blocks) == 3
    for block in blocks:
        *before, command, shown = re.split(r"^\$ (.*)\n", block, flags=re.M)
        if any("pip install" in line for line in before):
            install(folder / "xharness-hotel-reviews", monkeypatch)
        words = shlex.split(command.replace("$NANO", str(NANO)))
        assert main(words[1:]) == 0
        assert capsys.readouterr().out == shown
    assert (folder / "xharness-hotel-reviews/xharness_hotel_reviews/__init__.py").read_text("utf-8") == task
    assert (folder / "board" / "index.html").is_file()
