"""Errors of a server: what may pass is repeated, what lasts is one clear line, and a budget is kept."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests import endpoint_server as faults
from tests.endpoint_server import EndpointServer, status
from xharness import Generation, StageError, Text

PASSING = [
    status(429, "slow down"),
    status(500),
    status(503),
    faults.truncated,
    faults.cut_off,
    faults.raw('{"choices": [{"mess'),
    faults.raw(""),
]


@pytest.fixture
def folder(server, tmp_path):
    server.write = lambda prompt: "yes"
    return server.folder(tmp_path / "chat", "chat")


def ask(model, *texts):
    return list(model.generate(Generation(text) for text in texts))


def refused(model, *texts):
    with pytest.raises(StageError) as caught:
        ask(model, *(texts or ("q",)))
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("fault", PASSING)
def test_an_error_that_may_pass_is_repeated_with_growing_waits(server, folder, load, waits, fault):
    server.fail(fault, times=3)
    model = load(folder)
    assert ask(model, "q") == [Text("yes")]
    assert waits == [1, 2, 4]
    counts = model.describe()["counts"]
    assert (counts["requests"], counts["retries"]) == (4, 3)


def test_waits_that_the_server_asks_for_are_kept(server, folder, load, waits):
    server.fail(status(429, Retry_After="7"), times=1)
    assert ask(load(folder, concurrency=1), "q") == [Text("yes")]
    assert waits[0] == pytest.approx(7.7) and waits[1] == pytest.approx(7, abs=0.5)  # of this request, and of all


def test_a_wait_may_be_a_date(server, folder, load, waits):
    server.fail(status(503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=30))), times=1)
    ask(load(folder, concurrency=1), "q")
    assert waits[0] == pytest.approx(33, abs=3)


def test_a_wait_that_is_too_long_ends_the_run(server, folder, load, waits):
    server.fail(status(429, "tomorrow", Retry_After="7200"))
    assert "asks to wait 7,200 seconds (429: tomorrow); run again later to continue" in refused(load(folder))
    assert waits == []


@pytest.mark.parametrize("fault", [faults.hang, faults.drip(0.02)])
def test_an_answer_that_takes_too_long_is_given_up(server, folder, load, waits, fault):
    server.fail(fault)
    began = time.monotonic()
    text = refused(load(folder, timeout=0.3, retries=1))
    assert text == f"{server.url} does not answer within 0.3 seconds (--param timeout) after 2 tries; try again later"
    assert time.monotonic() - began < 5


def test_the_number_of_retries_can_be_set(server, folder, load, waits):
    server.fail(status(500, "out of memory"))
    text = refused(load(folder, retries=2))
    assert text == f"{server.url} fails (500: out of memory) after 3 tries; try again later"
    assert waits == [1, 2]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (status(401, "wrong key"), "denies access (401: wrong key); name the variable with the key in"),
        (status(404, "no such model"), "has no model 'toy' for chat (404: no such model); correct"),
        (status(429, "pay", "insufficient_quota"), "the account has no quota left (429: pay); add some"),
        (faults.page, "answers with a web page instead of JSON; correct url in"),
        (faults.raw("[]"), "expected a JSON object, got []; correct url in"),
        (faults.raw('{"choices": []}'), "the answer has another form than the api chat: choices: expected a list that"),
        (faults.raw('{"text": "yes"}'), "expected an object with choices, got"),
        (faults.choice(message={"content": 3}), "choices > item 1 > message > content: expected a text"),
    ],
)
def test_an_error_that_lasts_is_one_line_and_ends_all_requests(server, folder, load, waits, fault, problem):
    server.fail(fault)
    model = load(folder, concurrency=2)
    assert problem in refused(model, *(f"q{number}" for number in range(50)))
    asked = len(server.asked)
    assert asked <= 2 and waits == []
    assert problem in refused(model)  # without another request
    assert len(server.asked) == asked


def test_a_request_that_the_server_refuses_fails_alone(server, folder, load, waits):
    server.fail(status(400, "maximum context length is 4096 tokens"), part="long")
    model = load(folder)
    assert "refuses the request (400: maximum context length is 4096 tokens)" in refused(model, "long")
    assert ask(model, "short") == [Text("yes")]


def test_a_server_that_is_down_is_one_line_after_few_tries(tmp_path, load, waits):
    with EndpointServer() as server:
        folder = server.folder(tmp_path / "chat", "chat")
    model = load(folder, concurrency=1)
    text = refused(model, *"abcdefgh")
    assert text.startswith(f"{server.url} cannot be reached (") and "refused" in text
    assert text.endswith(f"after 3 tries; start the server, or correct url in {folder / 'endpoint.json'}")
    assert waits == [1, 2]
    assert refused(model) == text
    assert model.describe()["counts"]["requests"] == 3


def test_a_host_without_a_name_is_one_line(tmp_path, load, waits, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with EndpointServer() as server:
        server.url = "http://nowhere.invalid/v1"
        folder = server.folder(tmp_path / "chat", "chat")
        assert "http://nowhere.invalid/v1 cannot be reached (" in refused(load(folder))


def test_a_server_that_fails_for_good_in_a_run_ends_it(server, folder, load, waits):
    shared = {}
    model = load(folder, shared=shared, concurrency=1, retries=3)
    assert ask(model, "a") == [Text("yes")]
    server.fail(status(502))
    texts = {refused(model, text) for text in "bcdefgh"}
    assert len(texts) == 1
    assert model.describe()["counts"]["requests"] == 1 + 3 * 4  # three requests, four times each
    assert ask(model, "a") == [Text("yes")]  # from the cache


@pytest.mark.parametrize("where", ["http://127.0.0.1:1/v1?key=s3cret", "https://other.example/v1"])
def test_a_redirect_is_not_followed(server, folder, load, waits, where):
    server.fail(faults.moved(where))
    text = refused(load(folder))
    assert "redirects to http" in text and "which is not followed; put the final address into" in text
    assert "s3cret" not in text and len(server.asked) == 1


def test_a_redirect_to_another_server_carries_no_key(server, load, waits, tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_KEY", "sk-s3cret")
    with EndpointServer() as other:
        server.fail(faults.moved(f"{other.url}/chat/completions"))
        refused(load(server.folder(tmp_path / "chat", "chat", key="TOY_KEY")))
        assert server.headers[0]["Authorization"] == "Bearer sk-s3cret"
        assert other.asked == []


def test_a_budget_of_requests_ends_a_run_and_what_is_answered_is_not_asked_again(server, folder, load, waits):
    texts = [f"q{number}" for number in range(10)]
    model = load(folder, max_requests=4, concurrency=2)
    stream, got = model.generate(Generation(text) for text in texts), []
    with pytest.raises(StageError) as caught:
        got.extend(stream)
    assert str(caught.value) == (
        "the budget of 4 requests is used up (--param max_requests=4); what is answered is cached: raise it, and run "
        "again to continue"
    )
    assert len(server.asked) == 4
    again = load(folder, max_requests=6)
    assert ask(again, *texts) == [Text("yes")] * 10
    asked = [body["messages"][0]["content"] for _, body in server.asked]
    assert sorted(asked) == sorted(texts)  # none twice
    assert again.describe()["counts"]["cached"] == 4


def test_retries_count_in_the_budget(server, folder, load, waits):
    server.fail(status(500))
    assert "the budget of 3 requests is used up" in refused(load(folder, max_requests=3))
    assert len(server.asked) == 3


def test_a_budget_of_tokens_ends_a_run(server, folder, load, waits):
    model = load(folder, max_tokens=6, concurrency=1)
    text = refused(model, *(f"two words{number}" for number in range(10)))
    assert "the budget of 6 tokens is used up (--param max_tokens=6)" in text
    assert len(server.asked) == 2  # three tokens each
    assert model.describe()["counts"]["prompt_tokens"] == 4


def test_all_models_of_a_run_share_its_budget(server, folder, load, waits):
    shared = {}
    ask(load(folder, shared=shared, max_requests=2), "a", "b")
    assert "budget" in refused(load(folder, shared=shared, max_requests=2), "c")
    assert ask(load(folder, shared={}, max_requests=2), "c") == [Text("yes")]
