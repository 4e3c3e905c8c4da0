"""The three journeys work as written: their files are written and their commands run, one after the other.

To save time, runs use a few examples of each split, and the embedded checkpoint is `nano` in the current folder.
"""

from __future__ import annotations

import pytest

from tests.docs.pages import JOURNEYS, blocks
from xharness.cli.main import main
from xharness_tasks.mini import NANO

TRAINS = {"udpos", "weather"}


def few(words: list[str]) -> list[str]:
    """Return options that make a run of a page small."""
    training = ["--param", "epochs=1"] if TRAINS & set(words) else []
    languages = [] if {"--lang", "--plugin"} & set(words) else ["--lang", "de"]
    return ["--limit", "8", *training, *languages]


@pytest.mark.parametrize("page", JOURNEYS, ids=lambda page: page.stem)
def test_the_commands_of_a_journey_work(page, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nano").symlink_to(NANO)
    done = 0
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        if block.language or block.not_run:  # `console` blocks show the output of a command that was run before
            continue
        for words in block.commands():
            code = main([*words, *(few(words) if words[0] == "run" else ())])
            assert code == 0, f"{block}: xharness {' '.join(words)}: {capsys.readouterr().err}"
            done += 1
    assert done >= 3


def test_pictures_are_small_and_exist():
    for page in (JOURNEYS[0].parent).rglob("*.md"):
        for name in page.read_text("utf-8").split("](")[1:]:
            path = page.parent / name.partition(")")[0]
            if path.suffix in (".png", ".svg"):
                assert path.stat().st_size < 200_000, path
