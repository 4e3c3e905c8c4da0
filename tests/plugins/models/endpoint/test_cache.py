"""Answers are cached on disk by what was asked of which model."""

from __future__ import annotations

import json
import os
import time

import pytest

from xharness import Generation, StageError, Text


def ask(model, *requests):
    return list(model.generate(requests))


@pytest.fixture
def folder(server, tmp_path):
    server.write = lambda prompt: f"to {prompt}"
    return server.folder(tmp_path / "chat", "chat")


def entries(tmp_path):
    return sorted((tmp_path / "cache").rglob("*.json"))


def test_an_answer_is_asked_once(server, folder, load):
    assert ask(load(folder), Generation("a"), Generation("b")) == [Text("to a"), Text("to b")]
    server.write = lambda prompt: "another"
    model = load(folder)
    assert ask(model, Generation("b"), Generation("a")) == [Text("to b"), Text("to a")]
    assert len(server.asked) == 2
    assert model.describe()["counts"]["requests"] == 0


def test_what_is_asked_otherwise_or_of_another_version_is_asked_again(server, folder, load):
    ask(load(folder), Generation("a"))
    ask(load(folder), Generation("a", most=3))
    ask(load(folder), Generation("a", ("\n",)))
    ask(load(server.folder(folder, "chat", version="2")), Generation("a"))
    ask(load(server.folder(folder, "chat", model="other")), Generation("a"))
    ask(load(server.folder(folder, "chat", extra={"seed": 1})), Generation("a"))
    assert len(server.asked) == 6


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"answer": {"text": "x"}}', None])
def test_a_damaged_entry_is_asked_again(server, folder, load, tmp_path, damage):
    ask(load(folder), Generation("a"))
    [entry] = entries(tmp_path)
    changed = json.loads(entry.read_text("utf-8"))
    changed["answer"]["text"] = "false"
    entry.write_bytes(json.dumps(changed).encode() if damage is None else damage)
    assert ask(load(folder), Generation("a")) == [Text("to a")]
    assert len(server.asked) == 2
    assert ask(load(folder), Generation("a")) == [Text("to a")]
    assert len(server.asked) == 2


def test_answers_of_a_wrong_form_are_not_kept(server, folder, load, tmp_path):
    from tests.endpoint_server import choice

    server.fail(choice(text="no message"), times=1)
    with pytest.raises(StageError):
        ask(load(folder), Generation("a"))
    assert entries(tmp_path) == []
    assert ask(load(folder), Generation("a")) == [Text("to a")]


def test_temporary_files_of_killed_processes_are_removed(server, folder, load, tmp_path):
    ask(load(folder), Generation("a"))
    [entry] = entries(tmp_path)
    old, new = entry.with_name(".old.tmp"), entry.with_name(".new.tmp")
    for path in (old, new):
        path.write_text("{")
    os.utime(old, (time.time() - 7200,) * 2)
    load(folder)
    assert not old.exists() and new.exists()


def test_without_a_store_nothing_is_cached(server, folder, load, tmp_path):
    for _ in range(2):
        ask(load(folder, cache=False), Generation("a"))
    assert len(server.asked) == 2 and not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_one_line(server, folder, load, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(StageError, match=r"cannot save the answer .*; free disk space, or choose another --store"):
        ask(load(folder), Generation("a"))
