"""The file endpoint.json is checked before any request, and no message contains a secret."""

from __future__ import annotations

import importlib.util
import json

import pytest

from xharness import BadRequest, LoadOptions
from xharness_plugins.models.endpoint.adapter import ENDPOINT
from xharness_plugins.models.endpoint.config import Config

GOOD = {"url": "http://localhost:8000/v1", "model": "Qwen/Qwen2.5-7B-Instruct", "api": "chat"}


def write(folder, **changes):
    folder.mkdir(exist_ok=True)
    content = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    (folder / "endpoint.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def inspect(folder, revision=None):
    return ENDPOINT.inspect(folder, str(folder), revision, LoadOptions())


def test_a_folder_with_the_file_is_claimed_and_any_other_is_not(tmp_path):
    assert ENDPOINT.claims(tmp_path) is None
    assert ENDPOINT.claims(write(tmp_path)) == 30


def test_capabilities_follow_from_the_api(tmp_path):
    apis = {
        "chat": {"generate"},
        "completions": {"generate"},
        "embeddings": {"embed"},
    }
    for api, able in apis.items():
        info = inspect(write(tmp_path / api, api=api))
        assert info.ready == info.capabilities == able
        assert (info.parameters, info.dtype) == (0, "unknown")
    assert inspect(write(tmp_path / "echo", api="completions", prompt_logprobs="echo")).ready == {
        "generate",
        "loglikelihood",
    }


def test_what_changes_answers_changes_the_fingerprint_and_the_name_of_the_key_does_not(tmp_path):
    plain = inspect(write(tmp_path / "plain")).fingerprint
    changes = [
        {"url": "http://localhost:8001/v1"},
        {"model": "other"},
        {"api": "embeddings"},
        {"version": "2"},
        {"extra": {"seed": 1}},
    ]
    others = [inspect(write(tmp_path / str(number), **change)).fingerprint for number, change in enumerate(changes)]
    assert len({plain, *others}) == 6
    assert inspect(write(tmp_path / "key", key="OPENAI_API_KEY")).fingerprint == plain
    assert inspect(write(tmp_path / "slash", url=GOOD["url"] + "/")).fingerprint == plain


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": ...}, "expected an object with url and model and api"),
        ({"api": "chats"}, "api: expected chat or completions or embeddings, got 'chats'"),
        ({"url": "ftp://host/v1"}, "url: expected http:// or https:// and a host, got 'ftp://host/v1'"),
        ({"url": "localhost:8000"}, "url: expected http:// or https:// and a host"),
        ({"url": "http://host:port/v1"}, "url: not an address"),
        ({"url": "http://host/v1/chat/completions"}, "url: give the address before /chat/completions"),
        ({"verison": "2"}, "unknown key 'verison'; did you mean version?"),
        ({"prompt_logprobs": "echo"}, "prompt_logprobs: only the api completions has it; remove it"),
        ({"prompt_logprobs": "yes"}, "prompt_logprobs: expected echo or vllm, got 'yes'"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, changes, problem):
    with pytest.raises(BadRequest) as caught:
        inspect(write(tmp_path, **changes))
    assert str(caught.value).startswith(str(tmp_path / "endpoint.json")) and problem in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": "https://me:s3cret@host/v1"}, "contains a user name or password"),
        ({"url": "https://host/v1?key=s3cret"}, "has a part after"),
        ({"key": "sk-s3cret"}, "and not the key itself"),
        ({"key": "gsk_s3cret"}, "and not the key itself"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path, changes, problem):
    with pytest.raises(BadRequest, match=problem) as caught:
        inspect(write(tmp_path, **changes))
    assert "s3cret" not in str(caught.value)


def test_a_file_from_the_hub_is_refused(tmp_path):
    with pytest.raises(BadRequest, match="from the hub can send your data and keys to any server"):
        inspect(write(tmp_path), revision="0" * 40)


def test_a_missing_key_is_found_before_any_work(tmp_path, monkeypatch):
    info = inspect(write(tmp_path, key="TOY_KEY"))
    monkeypatch.delenv("TOY_KEY", raising=False)
    with pytest.raises(BadRequest, match="the environment variable TOY_KEY is not set; export TOY_KEY="):
        ENDPOINT.check(info, {})
    monkeypatch.setenv("TOY_KEY", "s3cret\x01")
    with pytest.raises(BadRequest, match="has characters that a key cannot have") as caught:
        ENDPOINT.check(info, {})
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("TOY_KEY", " sk-1 \n")
    ENDPOINT.check(info, {})
    assert Config.read(tmp_path).secret() == "sk-1"


def test_a_missing_library_is_answered_with_what_to_install(tmp_path, monkeypatch):
    info = inspect(write(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadRequest, match=r"needs the package httpx2; run: pip install 'xharness\[endpoint\]'"):
        ENDPOINT.check(info, {})


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [("retries", "-1", "at least 0"), ("timeout", "0", "above 0"), ("timeout", "soon", "above 0"), ("texts", "0", "1")],
)
def test_parameters_are_checked(name, text, problem):
    with pytest.raises(ValueError, match=problem):
        ENDPOINT.params[name].type(text)
