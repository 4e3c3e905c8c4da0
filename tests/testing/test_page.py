"""The page on conformance lists every check, by group, as its function describes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xharness.testing.suite import GROUPS, checks_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


@pytest.mark.parametrize("number", range(len(GROUPS)), ids=GROUPS)
def test_the_page_lists_the_checks_of_a_group(number):
    parts = re.split(r"^## .*$", PAGE.read_text("utf-8"), flags=re.M)[1:]
    listed = re.findall(r"^\| `(\w+)` \| (.*) \|$", parts[number], flags=re.M)
    assert listed == [(check.name, check.what) for check in checks_of(GROUPS[number])]
