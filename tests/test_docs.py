"""What the documentation says is true: its plugins do what it says, its lists are complete."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from xharness import DataOptions, ModelInfo, RecipeInput, api
from xharness.cli.noise_examples import examples
from xharness.registry import Registry
from xharness.specs import hookspecs
from xharness_tasks.mini import NANO

ROOT = Path(__file__).resolve().parents[1]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), flags=re.S)


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")


def test_the_plugins_of_the_guide_load_and_read(tmp_path):
    plugins = []
    for number, block in enumerate(blocks(ROOT / "docs" / "extend.md", "python")):
        path = tmp_path / f"plugin{number}.py"
        path.write_text(block, encoding="utf-8")
        plugins.append(str(path))
    registry = Registry.load(plugins)
    assert registry.warnings == []
    assert registry.get("tasks", "sib200").data_for("hub").config == "{flores}"
    belebele = registry.get("tasks", "belebele")
    row = {"flores_passage": "It rained.", "question": "Is it dry?", "correct_answer_num": "2"}
    row |= {f"mc_answer{number}": text for number, text in enumerate(("Yes.", "No.", "Both.", "Neither."), 1)}
    assert list(belebele.data_for("hub").read([row], "en")) == [
        {"context": "It rained. Is it dry?", "choices": ["Yes.", "No.", "Both.", "Neither."], "label": 1}
    ]
    assert registry.get("tasks", belebele.train.first).kind == belebele.kind
    layout = registry.get("tasks", "case").data_for("local").layouts[0]
    (tmp_path / "en.txt").write_text("NASA flies\n", encoding="utf-8")
    assert list(layout.read((tmp_path / "en.txt",), "en", "test")) == [
        {"tokens": ["NASA", "flies"], "tags": ["UP", "LOW"]}
    ]
    request = api.build({"model": str(NANO), "source": "mini", "tasks": ["udpos", "tatoeba"], "recipe": "twice"})
    kinds = [job.kind for job in api.plan(request, registry).jobs.values()]
    assert kinds.count("finetune") == 2


def test_the_recipe_of_the_guide_fine_tunes_twice(tmp_path):
    (block,) = (each for each in blocks(ROOT / "docs" / "extend.md", "python") if each.startswith("# twice.py"))
    (tmp_path / "twice.py").write_text(block, encoding="utf-8")
    registry = Registry.load([str(tmp_path / "twice.py")])
    xnli = registry.get("tasks", "xnli")
    model = ModelInfo(
        reference="m", adapter="hf", path=tmp_path, revision=None, fingerprint="f00", architecture="BertModel",
        hidden_size=768, layers=12, parameters=1, bytes=4, max_length=512,
    )  # fmt: skip
    wish = RecipeInput(
        model=model, task=xnli, trainer=registry.get("tasks", xnli.training.task), language="sw",
        params={"second_rate": 1e-6}, seed=1, find=lambda name: registry.get("tasks", name),
    )  # fmt: skip
    stages = list(registry.get("recipes", "twice").checkpoint(wish).walk())
    assert [stage.kind for stage in stages] == ["pretrained", "finetune", "finetune"]
    assert stages[2].params.start.keep_head
    assert stages[2].params.tuning.learning_rate == 1e-6


def test_the_plugin_of_the_page_on_mini_data_is_evaluated(tmp_path):
    (block,) = blocks(ROOT / "docs" / "mini.md", "python")
    (tmp_path / "weather.py").write_text(block, encoding="utf-8")
    registry = Registry.load([str(tmp_path / "weather.py")])
    task, source = registry.get("tasks", "weather"), registry.get("sources", "mini")
    assert source.load(task, "sw", "test", DataOptions())["text"][:2] == ["test 0: joto", "test 1: baridi"]


def test_the_noise_of_the_page_on_noises_doubles_letters(tmp_path):
    (block,) = blocks(ROOT / "docs" / "noise.md", "python")
    (tmp_path / "doubled.py").write_text(block, encoding="utf-8")
    registry = Registry.load([str(tmp_path / "doubled.py")])
    assert registry.warnings == []
    found = examples("doubled", registry.get("noises", "doubled"), "sw", registry)
    for each in found["texts"]:
        letters = [Counter(each[key]) for key in ("clean", "5")]
        assert sum(letters[1].values()) > sum(letters[0].values())
        assert letters[0] <= letters[1]
    assert registry.get("noises", "doubled").applies("zh")


def test_the_published_scores_and_the_suite_of_the_page_on_leaderboards_are_read(tmp_path):
    suite, published = blocks(ROOT / "docs" / "leaderboard.md", "python")
    (tmp_path / "ours.py").write_text(published, encoding="utf-8")
    (tmp_path / "african.py").write_text(suite, encoding="utf-8")
    registry = Registry.load([str(tmp_path / "ours.py"), str(tmp_path / "african.py")])
    assert registry.get("suites", "african").shares == {"xnli": 0.375, "panx": 0.375, "tatoeba": 0.25}
    assert [row.value for row in registry.published() if row.source.key == "our-paper"] == [71.5, 70.2]
    assert registry.warnings == []


def test_every_hook_is_documented_and_no_other():
    documented = set(re.findall(r"^\| `(xharness_\w+)", (ROOT / "docs" / "extend.md").read_text("utf-8"), flags=re.M))
    assert documented == {name for name in vars(hookspecs) if name.startswith("xharness_")}


@pytest.mark.parametrize("page", ["README.md", "docs/mini.md", "docs/evaluate.md", "docs/score.md"])
def test_the_pages_that_list_tasks_list_all_of_the_suites(page):
    registry = Registry.load()
    rows = " ".join(re.findall(r"^\| (.*?) \|", (ROOT / page).read_text("utf-8"), flags=re.M))
    for suite in ("xtreme", "xtreme-r"):
        assert set(registry.get("suites", suite).tasks) <= set(re.findall(r"`(\w+)`", rows)), suite


def test_the_readme_lists_every_model_and_recipe():
    registry = Registry.load()
    rows = " ".join(re.findall(r"^\| (.*?) \|", (ROOT / "README.md").read_text("utf-8"), flags=re.M))
    named = set(re.findall(r"`([\w-]+)`", rows))
    assert {*registry.names("models"), *registry.names("recipes")} <= named


def test_ci_runs_the_tests_as_the_readme_says():
    readme = (ROOT / "README.md").read_text("utf-8")
    command = re.search(r"\.venv/bin/(python -m pytest[^#\n]*?)\s*#", readme).group(1)
    assert f"check {command}\n" in (ROOT / ".ci" / "run").read_text("utf-8")
