"""The code blocks of all pages: plugins load, other Python compiles, commands parse, TOML and JSON can be read."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from tests.cli.test_error_tour import TOUR
from tests.docs.pages import PAGES, ROOT, blocks
from xharness.cli.main import parser_of
from xharness.registry import Registry

PYTHON = [block for page in PAGES for block in blocks(page, "python")]
PLUGINS = [block for block in PYTHON if "@hookimpl" in block.text]
OTHERS = [block for block in PYTHON if block not in PLUGINS]
READ = {"toml": tomllib.loads, "json": json.loads}


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")


@pytest.fixture(scope="module")
def parser():
    return parser_of(Registry.load(third_parties=False))


@pytest.mark.parametrize("page", sorted({block.page for block in PLUGINS}), ids=lambda page: page.stem)
def test_plugins_load_and_yield_what_their_hooks_promise(page, tmp_path):
    written = [block for block in PLUGINS if block.page == page]
    for number, block in enumerate(written):
        (tmp_path / f"{page.stem.replace('-', '_')}{number}.py").write_text(block.text, encoding="utf-8")
    registry = Registry.load([str(path) for path in sorted(tmp_path.glob("*.py"))], third_parties=False)
    registry.published()
    registry.prompts("xnli")
    parser_of(registry)
    assert registry.warnings == []


@pytest.mark.parametrize("block", OTHERS, ids=str)
def test_other_python_compiles_and_imports_what_exists(block):
    compile(block.text, str(block), "exec")
    imports = [line for line in block.text.splitlines() if line.startswith(("from xharness", "import xharness"))]
    exec("\n".join(imports), {})


def test_every_command_parses(parser):
    found = [(block, words) for page in PAGES for block in blocks(page) for words in block.commands()]
    for block, words in found:
        if "--help" not in words:
            _, unknown = parser.parse_known_args(words)
            assert not unknown, f"{block}: {words}"
    assert len(found) > 100


@pytest.mark.parametrize("block", [each for page in PAGES for each in blocks(page, *READ)], ids=str)
def test_toml_and_json_can_be_read(block):
    READ[block.language](block.text)


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.stem)
def test_blocks_are_closed_and_notes_are_recognised(path):
    text = path.read_text("utf-8")
    found = blocks(path)
    assert text.count("\n```") + text.startswith("```") == 2 * len(found)
    assert text.count("<!-- not run:") == sum(bool(block.not_run) for block in found)
    assert text.count("\nFile `") == sum(bool(block.file) for block in found)


def test_the_messages_of_the_page_on_troubleshooting_exist():
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    messages = [each for each in re.findall(r"^\| `(.*?)` \|", page, flags=re.M) if each.count(" ") > 1]
    lines = [line.replace("`", "") for _, line in TOUR]
    for message in messages:
        pattern = ".*".join(map(re.escape, message.split("...")))
        assert any(re.match(pattern, line) for line in lines), message
    assert len(messages) > 25
