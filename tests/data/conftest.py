"""Folders for the files of the readers' tests."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder that the examples of a property share, each writing its files anew."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session")
def manifest(shared_data):
    """Return the number of rows that each of the real files is said to hold, by its path below their folder."""
    folders = json.loads((shared_data / "MANIFEST.json").read_text("utf-8"))["folders"]
    return {f"{folder['folder']}/{file['path']}": file.get("rows") for folder in folders for file in folder["files"]}
