"""Publishing never replaces what exists, with and without hard links."""

from __future__ import annotations

import errno
import os

import pytest

from tests.store.programs import names
from xharness.errors import StoreError
from xharness.store.publishing import patient, publish, publish_folder


@pytest.fixture(params=["links", "no links"])
def folder(tmp_path, monkeypatch, request):
    if request.param == "no links":

        def link(*_):
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", link)
    return tmp_path


def test_the_first_content_stays(folder):
    assert publish(folder / "a", b"first")
    assert not publish(folder / "a", b"second")
    assert (folder / "a").read_bytes() == b"first"
    assert names(folder) == ["a"]


def test_a_link_whose_answer_is_lost_counts(tmp_path, monkeypatch):
    real = os.link

    def link(source, target):
        real(source, target)
        raise FileExistsError(errno.EEXIST, "the client repeated the request")

    monkeypatch.setattr(os, "link", link)
    assert publish(tmp_path / "a", b"mine")


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def fsync(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StoreError, match="free disk space"):
        publish(tmp_path / "a", b"x")
    assert names(tmp_path) == []


def test_a_folder_is_never_renamed_onto_content(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    assert not publish_folder(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "file").read_text() == "b"
    assert publish_folder(tmp_path / "a", tmp_path / "c")
    assert names(tmp_path) == ["b", "c"]


def test_a_rename_whose_answer_is_lost_counts(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    real = type(tmp_path).rename

    def rename(self, target):
        real(self, target)
        raise FileNotFoundError(errno.ENOENT, "the client repeated the request")

    monkeypatch.setattr(type(tmp_path), "rename", rename)
    assert publish_folder(tmp_path / "a", tmp_path / "b")


def test_a_stale_file_handle_is_tried_again(monkeypatch):
    monkeypatch.setattr("xharness.store.publishing._STALE_WAIT", 0)
    answers = iter([OSError(errno.ESTALE, "Stale file handle")] * 2)

    def read():
        for error in answers:
            raise error
        return "content"

    assert patient(read) == "content"
