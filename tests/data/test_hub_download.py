"""Downloads over HTTP: each failure is one clear line, no damaged file is used, and the next call succeeds."""

from __future__ import annotations

import json

import pytest

from tests import hub_server as faults
from tests.hub_server import HubServer, hub, status
from xharness import BadRequest, LoadOptions, model_lookup
from xharness.data.hub import requests
from xharness.data.hub.download import download
from xharness.data.hub.problems import DownloadError
from xharness.registry import Registry

FILES = {"config.json": json.dumps({"model_type": "bert"}).encode(), "model.safetensors": bytes(range(250)) * 20}


@pytest.fixture
def server(tmp_path, monkeypatch):
    folder = tmp_path / "models/me/tiny"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    monkeypatch.setattr(requests, "_TIMEOUT", 0.3)
    monkeypatch.setattr(requests, "_AFTER", 0.2)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    with hub(tmp_path, monkeypatch) as running:
        yield running


def fetched(revision: str | None = None) -> dict[str, bytes]:
    folder = download("me/tiny", "model", revision)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def problem(revision: str | None = None) -> str:
    with pytest.raises(DownloadError) as raised:
        fetched(revision)
    assert "\n" not in str(raised.value)
    return str(raised.value)


CASES = {
    "missing": ("/revision/", status(401, "RepoNotFound"), "the hub has no such model, or it is private; check the "
                "name, or log in with `hf auth login`"),
    "no code": ("/revision/", status(401), "the hub has no such model, or it is private"),
    "gated": ("HEAD", status(403, "GatedRepo"), "the model is gated; accept its terms at <hub>/me/tiny, then log in "
              "with `hf auth login`"),
    "disabled": ("/revision/", status(403, "", "Access to this resource is disabled."), "the hub has disabled this "
                 "model; see <hub>/me/tiny"),
    "forbidden": ("/revision/", status(403, "", "Blocked by the company"), "the hub denies access (403: Blocked by the "
                  "company); check the rights of the token"),
    "not found": ("/revision/", status(404, "RepoNotFound"), "the hub has no such model, or it is private"),
    "rate limit": ("/revision/", status(429, Retry_After="7"), "the hub limits the number of requests (429); try again "
                   "in 7 seconds, or log in with `hf auth login` for a higher limit"),
    "long rate limit": ("/tree/", status(429, Retry_After="3600"), "the hub limits the number of requests (429); try "
                        "again in 3,600 seconds, or log in"),
    "rate limit of the hub": ("HEAD", status(429, RateLimit='"api";r=0;t=280'), "the hub limits the number of requests "
                              "(429); try again in 280 seconds"),
    "internal error": ("/revision/", status(500), "the hub has an internal error (500); try again later"),
    "error of a file": ("HEAD", status(503), "the hub has an internal error (503); try again later"),
    "error of the list": ("/tree/", status(502), "the hub has an internal error (502); try again later"),
    "truncated": ("GET /cdn", lambda request: request.answer(200, b"x" * 100, {}), "a file was not received in full "
                  "(OSError: Consistency check failed: file should be of size 5000 but has size 100"),
    "cut": ("GET /cdn", faults.cut(100, 5000), "the connection to the hub broke (RemoteProtocolError: peer closed "
            "connection without sending complete message body (received 100 bytes, expected 5000)); try again"),
    "checksum": ("GET /cdn", faults.altered, "the contents of model.safetensors do not match the checksum of the hub, "
                 "so the download was deleted; check the proxy and HF_ENDPOINT, and try again"),
    "small checksum": ("GET /me", lambda request: request.answer(200, b"x" * len(FILES["config.json"]), {}), "the "
                       "contents of config.json do not match the checksum of the hub"),
    "web page": ("/revision/", faults.page, "<hub>/api/models/me/tiny/revision/main answers with a web page instead "
                 "of the hub's data; check HF_ENDPOINT, the proxy, and whether the network has a login page"),
    "web page as file": ("HEAD", faults.page, "answers with a web page instead of the hub's data"),
    "not json": ("/revision/", lambda request: request.answer(200, b"no", {}), "<hub> does not answer in JSON, as "
                 "the hub does; check HF_ENDPOINT and the proxy"),
    "no headers": ("HEAD", lambda request: request.answer(200, b"", {}), "the answer lacks the headers of the hub, so "
                   "it comes from another server; check HF_ENDPOINT and the proxy"),
    "redirects": ("HEAD", lambda request: request.answer(302, b"", {"Location": request.path}), "the hub redirects "
                  "without end; check HF_ENDPOINT and the proxy"),
    "no answer": ("/revision/", faults.hang, "<hub> accepts the connection, but does not answer; try again later"),
    "stalled": ("GET /cdn", faults.hang, "<hub> accepts the connection, but does not answer; try again later"),
    "slow": ("GET /cdn", faults.drip(0.05), "/cdn/models/me/tiny/model.safetensors sends only"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_failure_is_one_line_and_the_next_call_succeeds(server: HubServer, name: str) -> None:
    part, fault, expected = CASES[name]
    server.fail(part, fault)
    assert expected.replace("<hub>", server.endpoint) in problem()
    kept = [path for path in (server.root / "cache").rglob("*") if path.is_file()]
    assert not [path for path in kept if path.suffix == ".incomplete"]
    assert all(path.read_bytes() == FILES[path.name] for path in kept if path.name in FILES)
    server.faults.clear()
    assert fetched() == FILES


def test_a_rejected_token(server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    server.fail("/revision/", status(401, "", "Invalid credentials in Authorization header"))
    assert problem() == (
        "the hub does not accept the access token (401); log in with `hf auth login` again, or unset HF_TOKEN"
    )


def test_an_unknown_revision(server):
    assert problem("v9") == f"the repository has no revision 'v9'; see {server.endpoint}/me/tiny/commits/main"


def test_a_server_that_is_not_there(server, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert problem() == (
        f"the model is not in the cache {server.root}/cache, and http://127.0.0.1:9 cannot be reached; go online"
    )


def test_a_cache_that_cannot_be_written(server, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(server.root / "models/me/tiny/config.json"))
    assert problem().startswith("cannot write to the cache")


def test_a_short_rate_limit_and_a_passing_error_are_waited_for(server):
    server.fail("/revision/", status(429, Retry_After="2"), times=1)
    server.fail("/revision/", status(503), times=1)
    server.fail("/tree/", status(429, Retry_After="5"), times=1)
    server.fail("GET /cdn", faults.cut(100, 5000), times=2)
    assert fetched() == FILES
    assert server.waits == [2.0, 1.0, 6.0, 1, 1]


def test_a_file_that_breaks_off_each_time_is_given_up(server, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 64)
    server.fail("GET /cdn", faults.cut(100, 5000))
    assert problem().endswith(
        "model.safetensors breaks off again and again; check the network or the proxy, and try again"
    )


def test_a_renamed_repository(server):
    server.fail("/me/old", faults.renamed("/me/old", "/me/tiny"))
    folder = download("me/old", "model", None)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES


def test_a_partial_download_is_not_used_without_the_hub(server):
    server.fail("GET /cdn", status(500))
    assert "internal error (500)" in problem()
    server.faults.clear()
    server.fail("", status(500))
    assert "internal error (500)" in problem()
    with pytest.raises(DownloadError, match="the model is not in the cache"):
        download("me/tiny", "model", None, cached=True)


def test_what_is_in_the_cache_is_used_without_the_hub(server):
    fetched()
    server.fail("", status(500))
    assert fetched() == FILES


def test_hooks_of_the_client_are_restored(server):
    from huggingface_hub import get_session

    before = get_session().event_hooks
    fetched()
    assert get_session().event_hooks == before


def test_a_model_that_cannot_be_downloaded(server):
    server.fail("HEAD", status(403, "GatedRepo"))
    with pytest.raises(BadRequest) as raised:
        model_lookup.find("me/tiny@main", Registry.load(), LoadOptions())
    assert str(raised.value) == (
        f"model 'me/tiny': no such folder; the model is gated; accept its terms at {server.endpoint}/me/tiny, then log "
        "in with `hf auth login`, or give a local folder"
    )
