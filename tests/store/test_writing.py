"""A file is written whole or not at all, and the reason is told."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.programs import finish, kill_when_ready, mounted, names, start
from xharness.errors import StoreError
from xharness.store import writing
from xharness.store.writing import process_name, remove_abandoned, write_bytes, write_json, write_text

WRITE = """
from xharness.errors import StoreError
from xharness.store.writing import write_bytes
try:
    write_bytes(Path(sys.argv[1]), b"new" * 1_000_000)
except StoreError as error:
    print(error)
"""


def test_files_are_what_was_asked(tmp_path):
    write_bytes(tmp_path / "b", b"\x00\r\n")
    write_text(tmp_path / "t", "naïve\r\nสวัสดี\n")
    write_json(tmp_path / "j", {"b": ["สวัสดี", 1.5, None], "a": True})
    assert (tmp_path / "b").read_bytes() == b"\x00\r\n"
    assert (tmp_path / "t").read_bytes() == "naïve\r\nสวัสดี\n".encode()
    text = (tmp_path / "j").read_text(encoding="utf-8")
    assert "สวัสดี" in text
    assert text.endswith("}\n")
    assert json.loads(text) == {"b": ["สวัสดี", 1.5, None], "a": True}
    assert names(tmp_path) == ["b", "j", "t"]


@given(content=st.dictionaries(st.text(st.characters()), st.text(st.characters()) | st.integers() | st.booleans()))
def test_json_comes_back(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("json") / "x.json"
    write_json(path, content)
    assert json.loads(path.read_text(encoding="utf-8")) == content


def test_files_have_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "usual").write_text("")
    write_text(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("content", [{"score": float("nan")}, {"path": {1, 2}}])
def test_what_is_not_json_is_not_written(tmp_path, content):
    write_json(tmp_path / "x.json", {"old": 1})
    with pytest.raises(StoreError, match=r"cannot save .*x\.json: the content is not plain JSON"):
        write_json(tmp_path / "x.json", content)
    assert json.loads((tmp_path / "x.json").read_text()) == {"old": 1}
    assert names(tmp_path) == ["x.json"]


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(StoreError, match=r"cannot save .*nowhere/x: No such file or directory; "):
        write_text(tmp_path / "nowhere" / "x", "")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_at_any_step_leaves_the_old_file_alone(tmp_path, monkeypatch, code, call):
    write_text(tmp_path / "x", "old")

    def fail(*_args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (writing.Path, "replace")), fail)
    with pytest.raises(StoreError) as caught:
        write_text(tmp_path / "x", "new")
    assert str(tmp_path / "x") in str(caught.value)
    assert os.strerror(code) in str(caught.value)
    assert "use a" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / "x", "new")
    assert names(tmp_path) == []


def test_a_limit_on_file_sizes_is_reported(tmp_path):
    (tmp_path / "x").write_text("old")
    process = start(
        WRITE, tmp_path / "x", preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
    )
    assert finish(process) == (
        f"cannot save {tmp_path / 'x'}: File too large; raise the limit on file sizes (ulimit -f), or use another "
        "disk, then run again"
    )
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_a_full_disk_is_reported(tmp_path):
    told = finish(
        start(WRITE + "print(os.listdir(sys.argv[2]))", tmp_path / "x", tmp_path, prefix=mounted(tmp_path, "size=1m"))
    )
    assert told == (
        f"cannot save {tmp_path / 'x'}: No space left on device; free disk space, or use another disk, "
        "then run again\n[]"
    )


def test_a_read_only_disk_is_reported(tmp_path):
    told = finish(start(WRITE, tmp_path / "x", prefix=mounted(tmp_path, "ro")))
    assert told == (f"cannot save {tmp_path / 'x'}: Read-only file system; use a writable folder, then run again")


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_kill_leaves_the_old_file(tmp_path, moment):
    """SIGKILL when the new content is written but not flushed, and when it is flushed but not renamed."""
    write_json(tmp_path / "x.json", {"old": 1})
    code = f"""
from xharness.store import writing
def hang(*args):
    print("ready", flush=True)
    time.sleep(60)
setattr({"os" if moment == "fsync" else "writing.Path"}, "{moment}", hang)
writing.write_json(Path(sys.argv[1]), {{"new": 1}})
"""
    kill_when_ready(start(code, tmp_path / "x.json"))
    assert json.loads((tmp_path / "x.json").read_text()) == {"old": 1}


def test_temporary_files_of_dead_processes_are_removed(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    own = f".{process_name()}-ab12.tmp"
    dead = own.replace(str(os.getpid()), str(process.pid))
    elsewhere = f".{process.pid}@elsewhere-ab12.tmp"
    for name in (dead, own, elsewhere, "results.json"):
        (tmp_path / name).touch()
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {own, elsewhere, "results.json"}
