"""A board of all noises, at three severities in forty languages: its files stay small and complete."""

from __future__ import annotations

import random

import pytest

from tests.leaderboard import made
from tests.leaderboard.noised import noised
from xharness.cli.main import main
from xharness.registry import Registry
from xharness_leaderboard.validation import read

SEVERITIES, NAMES = (1, 3, 5), ("panx", "tatoeba")


@pytest.fixture(scope="module")
def registry():
    return Registry.load()


@pytest.fixture(scope="module")
def out(tmp_path_factory, registry):
    """Build the board of three entries with the command, and return its folder."""
    folder = tmp_path_factory.mktemp("board")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made, "TASKS", {task.name: task for task in registry.all("tasks")})
        runs = [made.save(folder / model, made.content([*cells(model, registry)], model, None)) for model in "abc"]
    assert main(["leaderboard", "build", *map(str, runs), "--out", str(folder / "out")]) == 0
    return folder / "out"


def cells(model, registry):
    draw = random.Random(model)
    for name in NAMES:
        for code in registry.get("tasks", name).languages:
            clean = 60 + 30 * draw.random()
            yield made.cell(name, code, clean)
            for noise in registry.all("noises"):
                for severity in SEVERITIES:
                    yield noised(name, code, clean - severity * 5 * draw.random(), noise.name, severity)


def test_leaderboard_json_is_valid_and_has_every_score(out, registry):
    board = read(out / "leaderboard.json")
    languages = sum(len(registry.get("tasks", name).languages) for name in NAMES)
    assert languages >= 70
    noises = len(list(registry.all("noises")))
    for entry in board["robustness"]["entries"]:
        assert len(entry["noises"]) == noises * len(SEVERITIES) * len(NAMES)
        assert sum(len(row["languages"]) for row in entry["noises"]) == noises * len(SEVERITIES) * languages
    assert (out / "leaderboard.json").stat().st_size < 12_000_000


def test_the_page_is_small_and_can_show_each_noise(out, registry):
    page = (out / "index.html").read_text(encoding="utf-8")
    assert len(page) < 400_000
    for noise in registry.all("noises"):
        assert f'<option value="noise:{noise.name}">' in page
        assert f'<option value="family:{noise.family}">' in page
    assert page.count("<tr data-noised=") == 3


def test_no_page_of_an_entry_is_large(out):
    pages = list((out / "models").glob("*.html"))
    assert max(page.stat().st_size for page in pages) < 200_000
