"""The folder of the small submission."""

from __future__ import annotations

import pytest

from tests.submission.small import FILES, write


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        write(tmp_path / name, text)
    return tmp_path
