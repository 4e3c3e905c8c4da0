"""The site builds without warnings, loads nothing from other hosts, and has the generated pages."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.docs.pages import DOCS, ROOT
from tools.docs_site import PAGES, commands, python
from xharness import __all__ as exported
from xharness import __version__
from xharness.cli.main import COMMANDS

# what a browser fetches; links that a reader may follow are not among them
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc=["']?(?:https?:)?//|"""
    r"""<link\b(?=[^>]*rel=["']?(?:stylesheet|preload|preconnect|icon))[^>]*href=["']?(?:https?:)?//"""
    r"""|@import\s+["'(]*(?:url\()?["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//""",
    flags=re.I,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("material", reason="mkdocs-material is not installed: pip install 'xharness[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_builds_strictly_and_has_every_page(site):
    for page in [*DOCS.rglob("*.md"), *(DOCS / name for name in PAGES)]:
        assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file(), page


def test_no_page_loads_anything_from_another_host(site):
    for file in [*site.rglob("*.html"), *site.rglob("*.css")]:
        found = FETCHED.search(file.read_text("utf-8"))
        assert found is None, f"{file.relative_to(site)}: {found[0]}"


def test_external_resources_are_recognised():
    assert FETCHED.search('<script src="https://cdn.example.org/a.js">')
    assert FETCHED.search('<link rel="stylesheet" href="https://fonts.example.org/css">')
    assert FETCHED.search("@import url(//example.org/a.css)")
    assert not FETCHED.search('<a href="https://example.org">x</a><script src="assets/a.js">')


def test_no_placeholder_is_left_in_the_pages_of_hooks(site):
    assert "<!-- spec:" not in (site / "plugins" / "recipe.html").read_text("utf-8")
    assert "<td><code>checkpoint</code></td>" in (site / "plugins" / "recipe.html").read_text("utf-8")


def test_the_reference_has_every_command_and_every_exported_name():
    text = commands()
    assert all(f"\n## xharness {name}\n" in text for name in COMMANDS)
    assert "--keep-checkpoints" in text and "\n## xharness leaderboard\n" in text
    names = set(re.findall(r"^### xharness\.(\w+)$", python(), flags=re.M))
    assert names == {name for name in exported if not name.startswith("__")}


def test_every_page_is_in_the_navigation():
    listed = set(re.findall(r"([\w/-]+\.md)\b", (ROOT / "mkdocs.yml").read_text("utf-8")))
    assert {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} | set(PAGES) <= listed


def test_the_citation_is_valid_and_has_the_version():
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    for key in ("cff-version", "message", "title", "authors", "version"):
        assert re.search(rf"^{key}:", text, flags=re.M), key
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"\nversion: {__version__}\n" in text and declared == __version__
