"""Each hook has a page: its signature, when it is called, an example that works, the fields of its specs."""

from __future__ import annotations

import inspect
import json
import re

import pytest

import xharness
from tests.cli.conftest import checkpoint, command  # noqa: F401 - fixtures
from tests.docs.pages import DOCS, blocks
from xharness import NoiseText
from xharness.cli.noise_examples import examples
from xharness.registry import Registry
from xharness.specs import hookspecs

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("xharness_"))
HOOK_PAGES = [page for page in sorted((DOCS / "plugins").glob("*.md")) if page.stem != "index"]


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")


def signature(hook: str) -> str:
    function = getattr(hookspecs, hook)
    return hook + str(inspect.signature(function)).replace("'", "")


def page_of(hook: str):
    [found] = [page for page in HOOK_PAGES if f"```text\n{signature(hook)}\n```" in page.read_text("utf-8")]
    return found


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_its_signature_its_call_and_an_example(hook):
    page = page_of(hook)
    text = page.read_text("utf-8")
    assert "\n**Called:** " in text
    [example] = blocks(page, "python")
    assert f"def {hook}(" in example.text
    assert f"]({page.name}) | `{hook}` |" in (DOCS / "plugins" / "index.md").read_text("utf-8")
    documented = inspect.getdoc(getattr(hookspecs, hook))
    assert "Called" in documented, "the docstring of the hook does not say when it is called"


def test_there_is_no_page_without_a_hook():
    assert sorted(page_of(hook).name for hook in HOOKS) == [page.name for page in HOOK_PAGES]


@pytest.mark.parametrize("page", HOOK_PAGES, ids=lambda page: page.stem)
def test_the_specs_of_a_page_are_exported(page):
    for name in re.findall(r"<!-- spec: (\w+) -->", page.read_text("utf-8")):
        assert name in xharness.__all__


@pytest.fixture
def example(tmp_path):
    """Return what writes the example of a page to a file."""

    def written(name: str) -> str:
        [block] = blocks(DOCS / "plugins" / f"{name}.md", "python")
        path = tmp_path / f"example_{name}.py"
        path.write_text(block.text, encoding="utf-8")
        return str(path)

    return written


def test_the_adapter_the_executor_and_the_format_work(command, example, tmp_path):  # noqa: F811 - a fixture
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letters.txt").write_text("abcdefghijklmnopqrstuvwxyz", encoding="utf-8")
    asked = ("letters", "--source", "mini", "--task", "tatoeba", "--lang", "de", "--executor", "one-by-one")
    plugins = ("--plugin", example("model"), "--plugin", example("executor"), "--plugin", example("format"))
    assert command("run", *asked, *plugins, "--out", "run").code == 0
    [cell] = json.loads((tmp_path / "run" / "results.json").read_text("utf-8"))["cells"]
    assert cell["metrics"]["accuracy"]["value"] > 20
    assert command("export", "run", "--format", "cells", "--out", "out", *plugins).code == 0
    assert (tmp_path / "out" / "cells.txt").read_text("utf-8") == "tatoeba de ok"


def test_the_noise_the_metric_the_prompt_and_the_command_work(command, example):  # noqa: F811 - a fixture
    registry = Registry.load([example("noise"), example("metric")], third_parties=False)
    for found in examples("shout", registry.get("noises", "shout"), "en", registry)["texts"]:
        assert found["5"] != found["clean"] and found["5"].lower() == found["clean"].lower()
    scored = registry.get("metrics", "errors").compute(["a", "b"], ["a", "c"], "en")
    assert scored.values == {"errors": 50}
    assert command("hello", "--plugin", example("command")).out.startswith("tasks: ")
    shown = command("show", "prompt", "xnli", "--prompt", "question", "--source", "mini", "--plugin", example("prompt"))
    assert "Yes, No, or Maybe?" in shown.out


def test_a_generated_table_has_every_field():
    from tools.docs_site import fields

    assert set(re.findall(r"^\| `(\w+)` \|", fields("NoiseText"), flags=re.M)) == set(NoiseText.__dataclass_fields__)
