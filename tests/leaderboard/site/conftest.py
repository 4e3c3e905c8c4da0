"""A board written as a site, and a browser that opens it."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.leaderboard.boards import board, robustness
from xharness_leaderboard.site import write_site


def written(content, folder):
    (folder / "leaderboard.json").write_text(json.dumps(content), encoding="utf-8")
    write_site(content, folder)
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of a site of eight entries, the last of which is not complete."""
    content = board(8, 5, 8)
    content["robustness"] = robustness(content)
    return written(content, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def chromium():
    """Return a running browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])  # root can have no sandbox
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Return what opens a file in a new tab; the script of a page may write no error."""
    contexts, errors = [], []

    def opened(path, hash="", **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(path.as_uri() + hash)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []
