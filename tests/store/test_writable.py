"""A folder that cannot be written to is found before any work, and the check leaves nothing behind."""

from __future__ import annotations

import os

import pytest

from tests.store.programs import finish, mounted, names, start
from xharness.errors import BadRequest
from xharness.store.writable import check_writable


@pytest.mark.parametrize("name", [".", "new", "new/below/it", "old/new"])
def test_a_folder_that_can_be_written_to_is_left_as_it_was(tmp_path, name):
    (tmp_path / "old").mkdir()
    assert check_writable("--out", tmp_path / name) == tmp_path / name
    assert [path.name for path in tmp_path.rglob("*")] == ["old"]


def test_a_home_folder_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check_writable("--store", "~/new") == tmp_path / "new"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("file", r"--out 'file': is a file; give a folder"),
        ("file/new", r"--out 'file/new': .*file is a file; give a folder"),
        ("/proc/new", r"--out '/proc/new': cannot write there \(No such file or directory\); give a folder that you"),
        ("n" * 300, r"--out 'n+': cannot write there \(File name too long\); give a folder"),
        ("new/" + "n" * 300, r"--out 'new/n+': cannot write there \(File name too long\); give a folder"),
    ],
)
def test_what_takes_no_file_is_refused(tmp_path, monkeypatch, name, problem):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(BadRequest, match=problem):
        check_writable("--out", name)
    assert names(tmp_path) == ["file"]


CHECK = """
from xharness.store.writable import check_writable
try:
    check_writable("--out", sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("name", ["", "new"])
def test_a_read_only_disk_is_refused(tmp_path, name):
    told = finish(start(CHECK, tmp_path / name, prefix=mounted(tmp_path, "ro")))
    assert told == (
        f"BadRequest --out '{tmp_path / name}': cannot write there (Read-only file system); give a folder that you can "
        "write to"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_another_user_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(BadRequest, match="Permission denied"):
        check_writable("--out", tmp_path)
