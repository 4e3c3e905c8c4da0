"""Texts and log-likelihoods of an endpoint are those of the toy model behind it, in order."""

from __future__ import annotations

import pytest

from tests.endpoint_server import EndpointServer, choice, log_likelihood, logprob, status
from xharness import Continuation, Generation, StageError, Text

ASKED = [
    Continuation("The old harbour", " lies quiet"),
    Continuation("The old harbour ", "lies"),
    Continuation("a,", "b"),
]


def numbered(prompt):
    return f"answer to {prompt}"


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_texts_come_in_order_and_several_are_asked_at_the_same_time(server, load, tmp_path, api):
    server.write, server.pause = numbered, 0.02
    model = load(server.folder(tmp_path / api, api), concurrency=4)
    found = list(model.generate(Generation(f"q{number}", most=5) for number in range(40)))
    assert found == [Text(f"answer to q{number}") for number in range(40)]
    assert 2 <= server.most <= 4
    path, body = next((path, body) for path, body in server.asked if "q7" in str(body))
    asked = {"messages": [{"role": "user", "content": "q7"}]} if api == "chat" else {"prompt": "q7"}
    assert path == ("/v1/chat/completions" if api == "chat" else "/v1/completions")
    assert body == {"model": "toy", "temperature": 0, "max_tokens": 5, **asked}


def test_requests_are_read_as_they_are_needed(server, load, tmp_path):
    model, read = load(server.folder(tmp_path / "chat", "chat"), concurrency=2), []

    def requests():
        for number in range(1000):
            read.append(number)
            yield Generation(f"q{number}")

    stream = model.generate(requests())
    next(stream)
    stream.close()
    assert len(read) <= 8


def test_a_text_ends_at_a_stop_text_and_one_that_is_not_finished_is_marked(server, load, tmp_path):
    answers = {"stop": " two words\nmore", "long": "a b c d e f", "empty": "", "later": "\n\n three\nmore"}
    server.write = answers.__getitem__
    model = load(server.folder(tmp_path / "chat", "chat"), concurrency=1)
    found = list(model.generate([Generation(name, ("\n",), 4) for name in answers]))
    assert found == [Text("two words"), Text("a b c d", cut=True), Text(""), Text("three", cut=False)]
    assert server.asked[0][1]["stop"] == ["\n"]
    counts = model.describe()["counts"]
    assert {name: counts[name] for name in ("cut", "empty", "refused")} == {"cut": 1, "empty": 1, "refused": 0}
    # Where the first line is empty, the text is asked again without stop texts.
    assert ["stop" in body for _, body in server.asked] == [True, True, True, False, True, False]


def test_refusals_are_marked_whatever_their_form(server, load, tmp_path):
    server.fail(choice(message={"content": "", "refusal": "I cannot help."}, finish_reason="stop"), part="one")
    server.fail(choice(message={"content": None}, finish_reason="content_filter"), part="two")
    server.fail(status(400, "filtered", "content_filter"), part="three")
    model = load(server.folder(tmp_path / "chat", "chat"))
    found = list(model.generate([Generation(name) for name in ("one", "two", "three", "four")]))
    assert [text.refused for text in found] == [True, True, True, False]
    assert model.describe()["counts"]["refused"] == 3


@pytest.mark.parametrize("how", ["echo", "vllm"])
@pytest.mark.parametrize("begin", ["", "<s>"])
def test_log_likelihoods_are_the_sums_over_the_tokens_of_the_continuation(load, tmp_path, how, begin):
    with EndpointServer(begin=begin) as server:
        folder = server.folder(tmp_path / "model", "completions", prompt_logprobs=how)
        found = list(load(folder, "loglikelihood").loglikelihood(iter(ASKED)))
    expected = [
        log_likelihood("The old harbour", " lies quiet"),
        log_likelihood("The old harbour", " lies"),
        log_likelihood("a,", "b"),
    ]
    assert found == pytest.approx(expected, abs=1e-9)
    assert len(server.asked) == 3


def test_tokens_that_are_parts_of_characters_are_counted_by_a_request_of_their_own(load, tmp_path):
    asked = [Continuation("祖父は", text) for text in (" 舟", " 川")]
    with EndpointServer(parts=True) as server:
        folder = server.folder(tmp_path / "model", "completions", prompt_logprobs="echo")
        found = list(load(folder, "loglikelihood", concurrency=1).loglikelihood(iter(asked)))
    assert found == pytest.approx([log_likelihood(each.context, each.text) for each in asked])
    assert [body["prompt"] for _, body in server.asked] == ["祖父は 舟", "祖父は", "祖父は 川"]


def test_a_text_without_context_needs_the_beginning_of_a_document(server, load, tmp_path):
    plain = server.folder(tmp_path / "plain", "completions", prompt_logprobs="echo")
    with pytest.raises(StageError, match=r'set "start" in .*endpoint.json'):
        list(load(plain, "loglikelihood").loglikelihood([Continuation("", "Nobody knows")]))
    begun = server.folder(tmp_path / "begun", "completions", prompt_logprobs="echo", start="|")
    [found] = load(begun, "loglikelihood").loglikelihood([Continuation("", "Nobody knows")])
    assert found == pytest.approx(log_likelihood("|", "Nobody knows"))
    with EndpointServer(begin="<s>") as other:
        folder = other.folder(tmp_path / "other", "completions", prompt_logprobs="echo")
        [found] = load(folder, "loglikelihood").loglikelihood([Continuation("", "Nobody knows")])
    assert found == pytest.approx(logprob("<s>", "Nobody") + logprob("Nobody", " knows"))


def test_a_server_without_log_probabilities_is_named(server, load, tmp_path):
    server.fail(choice(text="The", logprobs=None))
    folder = server.folder(tmp_path / "model", "completions", prompt_logprobs="echo")
    with pytest.raises(StageError, match=r"another form than the api completions: .*logprobs"):
        list(load(folder, "loglikelihood").loglikelihood(ASKED))
    assert len(server.asked) <= 3


def test_further_fields_of_a_request_replace_and_remove_others(server, load, tmp_path):
    extra = {"max_tokens": None, "max_completion_tokens": 64, "reasoning_effort": "none"}
    server.fail(choice(message={"content": "yes"}, finish_reason="stop"))
    model = load(server.folder(tmp_path / "chat", "chat", extra=extra))
    assert list(model.generate([Generation("q")])) == [Text("yes")]
    [(_, body)] = server.asked
    assert body["max_completion_tokens"] == 64 and "max_tokens" not in body
    assert model.describe()["extra"] == extra
