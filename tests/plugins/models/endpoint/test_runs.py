"""Runs on endpoints: scores are those of the toy model, a killed run continues, and a key is written nowhere."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from tests import processes
from tests.endpoint_server import EndpointServer, first_choice, log_likelihood, page, repeating_the_key, status, vector
from xharness import DataOptions
from xharness.cli.main import main
from xharness.registry import Registry
from xharness_plugins.models.endpoint import transport

SECRET = "sk-t0p-s3cret"


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def words(folder, *tasks, language="sw", limit=12):
    named = [word for task in tasks for word in ("--task", task)]
    more = [*named, "--lang", language, "--source", "mini", "--recipe", "as-is"]
    return ["run", folder, *more, *(["--limit", limit] if limit else [])]


def run(*given, out="out"):
    return main([str(word) for word in [*given, "--out", out]])


def cells(out="out"):
    content = json.loads(Path(out, "results.json").read_text("utf-8"))
    return {cell["task"]: cell for cell in content["cells"]}


def predicted(cell, out="out"):
    lines = Path(out, cell["predictions"]).read_text("utf-8").splitlines()
    return [json.loads(line)["prediction"] for line in lines]


REGISTRY = Registry.load([], third_parties=False)


def rows(task, count=None):
    examples = REGISTRY.get("sources", "mini").load(REGISTRY.get("tasks", task), "sw", "test", DataOptions())
    return list(examples)[:count]


def words_of(task):
    return REGISTRY.prompts(task)[0].template("sw")[1]


def test_classification_and_multiple_choice_are_answered_by_chat(server, tmp_path):
    folder = server.folder(tmp_path / "chat", "chat")
    assert run(*words(folder, "xnli", "xcopa")) == 0
    found = cells()
    template, examples = words_of("xnli"), rows("xnli", 12)
    asked = [template.question.format(**example) for example in examples]
    said = {word: label for label, word in template.words.items()}
    assert predicted(found["xnli"]) == [said[first_choice(question)] for question in asked]
    assert found["xnli"]["way"]["name"] == found["xcopa"]["way"]["name"] == "generate"
    assert found["xcopa"]["metrics"]["accuracy"]["signature"].endswith("|way:generate.1|prompt:xcopa.english.1")
    model = found["xcopa"]["model"]
    assert (model["endpoint"], model["served_model"], model["api"]) == (server.url, "toy", "chat")
    assert model["counts"]["requests"] == len(server.asked) == 24
    assert model["counts"]["prompt_tokens"] > 100


def test_classification_and_multiple_choice_are_answered_by_log_likelihood(server, tmp_path):
    folder = server.folder(tmp_path / "completions", "completions", prompt_logprobs="echo")
    assert run(*words(folder, "xnli", "xcopa")) == 0
    found = cells()
    assert found["xnli"]["way"]["name"] == found["xcopa"]["way"]["name"] == "loglikelihood"
    template, examples = words_of("xnli"), rows("xnli", 12)
    best = [
        max(
            REGISTRY.get("tasks", "xnli").labels,
            key=lambda label: log_likelihood(
                template.context.format(**example), template.choices[label].format(**example)
            ),
        )
        for example in examples
    ]
    assert predicted(found["xnli"]) == best
    template, examples = words_of("xcopa"), rows("xcopa", 12)
    sums = [
        [log_likelihood(template.context.format(**example), f" {answer}") for answer in example["choices"]]
        for example in examples
    ]
    assert predicted(found["xcopa"]) == [each.index(max(each)) for each in sums]


def test_retrieval_is_answered_by_embeddings(server, tmp_path):
    assert run(*words(server.folder(tmp_path / "vectors", "embeddings"), "tatoeba", limit=None)) == 0
    cell = cells()["tatoeba"]
    examples = rows("tatoeba")
    sides = [np.array([vector(example[name]) for example in examples]) for name in ("query", "document")]
    queries, documents = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in sides)
    nearest = (queries @ documents.T).argmax(axis=1)
    right = [int(index) == example["gold"] for index, example in zip(nearest, examples, strict=True)]
    assert cell["metrics"]["accuracy"]["value"] == pytest.approx(100 * np.mean(right))


def test_what_an_api_cannot_do_is_refused_before_any_request(server, tmp_path, capsys):
    chat = server.folder(tmp_path / "chat", "chat")
    assert run(*words(chat, "xnli"), "--way", "loglikelihood") == 2
    assert capsys.readouterr().err == (
        f"xharness: --way loglikelihood: '{chat}' cannot compute log-likelihoods; its ways of 'xnli': generate\n"
    )
    assert run(*words(chat, "tatoeba")) == 2
    assert "needs a model that can embed; the adapter 'endpoint' can generate" in capsys.readouterr().err
    assert run(*words(server.folder(tmp_path / "vectors", "embeddings"), "xnli")) == 2
    assert "the adapter 'endpoint' can embed" in capsys.readouterr().err
    assert server.asked == []


def test_the_plan_says_what_is_not_known_of_an_endpoint(server, tmp_path, capsys):
    assert main(["plan", *map(str, words(server.folder(tmp_path / "chat", "chat"), "xnli")[1:])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"model   {tmp_path / 'chat'}: toy (chat), parameters and dtype unknown"
    assert any(line.startswith("total: about") and "time unknown" in line for line in lines)
    assert server.asked == []


def test_settings_that_cannot_change_a_score_change_neither_keys_nor_records(server, tmp_path):
    folder = server.folder(tmp_path / "chat", "chat")
    assert run(*words(folder, "xnli")) == 0
    asked = len(server.asked)
    assert run(*words(folder, "xnli"), "--param", "concurrency=2", "--param", "max_requests=1", out="again") == 0
    assert len(server.asked) == asked
    assert cells()["xnli"]["recipe"] == cells("again")["xnli"]["recipe"] == {"name": "as-is", "params": {}}


def test_a_board_shows_an_endpoint_without_a_size(server, tmp_path, capsys):
    assert run(*words(server.folder(tmp_path / "chat", "chat"), "xnli")) == 0
    assert main(["leaderboard", "build", "out", "--out", "board"]) == 0
    pages = "".join(path.read_text("utf-8") for path in (tmp_path / "board").rglob("*.html"))
    assert "parameters unknown" in pages and "0 parameters" not in pages


def test_refused_answers_are_counted_in_the_notes_of_a_cell(server, tmp_path):
    server.fail(status(400, "filtered", "content_filter"), times=3, part="Neither?")
    assert run(*words(server.folder(tmp_path / "chat", "chat"), "xnli")) == 0
    cell = cells()["xnli"]
    assert cell["notes"]["flaws"] == {"refused": 3}
    assert cell["model"]["counts"]["refused"] == 3


def test_a_server_that_dies_in_a_run_is_one_reason_for_all_its_cells(server, tmp_path):
    folder = server.folder(tmp_path / "chat", "chat")
    server.fail(status(401, "the account is closed"), part="Neither?")
    assert run(*words(folder, "xnli", "xcopa")) == 1
    reasons = {cell["reason"] for cell in cells().values()}
    assert len(reasons) == 1 and "denies access (401: the account is closed)" in reasons.pop()


def problem(capsys, *given, code=2):
    """Return the only line that a command prints on stderr."""
    capsys.readouterr()
    assert main([str(word) for word in given]) == code
    [line] = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("api", ["chat", "completions", "embeddings"])
def test_a_server_that_is_down_is_one_line_before_any_work(tmp_path, capsys, api):
    with EndpointServer() as server:
        folder = server.folder(tmp_path / "model", api)
    command = [*words(folder, "tatoeba" if api == "embeddings" else "xnli"), "--out", "out"]
    line = problem(capsys, *command)
    assert line.startswith(f"xharness: {server.url} cannot be reached (")
    assert line.endswith(f"; start the server, or correct url in {folder / 'endpoint.json'}")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (status(401, "wrong key"), "denies access (401: wrong key); name the variable with the key in"),
        (status(404, "no such model"), "has no model 'toy' for chat (404: no such model); correct"),
        (page, "answers with a web page instead of JSON; correct url in"),
    ],
)
def test_a_server_that_cannot_answer_is_one_line_before_any_work(server, tmp_path, capsys, fault, said):
    server.fail(fault)
    assert said in problem(capsys, *words(server.folder(tmp_path / "chat", "chat"), "xnli"), "--out", "out")
    assert server.asked == [] and len(server.probes) == 1 and not Path("out").exists()


def test_an_error_that_may_pass_does_not_stop_a_run(server, tmp_path):
    server.fail(status(503, "loading the model"), part="Hello")
    assert run(*words(server.folder(tmp_path / "chat", "chat"), "xnli")) == 0
    [(_, body)] = server.probes
    assert body == {
        "model": "toy",
        "messages": [{"role": "user", "content": "Hello"}],
        "temperature": 0,
        "max_tokens": 1,
    }
    assert cells()["xnli"]["model"]["counts"]["requests"] == len(server.asked) == 12


def test_a_run_from_the_store_needs_no_server(tmp_path):
    with EndpointServer() as server:
        folder = server.folder(tmp_path / "chat", "chat")
        assert run(*words(folder, "xnli")) == 0
    assert run(*words(folder, "xnli"), out="again") == 0
    assert run(*words(folder, "xnli", "xcopa"), out="more") == 2


def test_an_experiment_asks_each_server_once_before_any_row(tmp_path, capsys):
    with EndpointServer() as server, EndpointServer() as other:
        up, down = (each.folder(tmp_path / name, "chat") for each, name in ((server, "up"), (other, "down")))
        other.fail(status(403, "blocked"))
        rows_of = "".join(
            f'[[rows]]\nname = "{name}"\nmodel = "{folder}"\nlanguages = ["{code}"]\n'
            for name, folder, code in [("a", up, "sw"), ("b", up, "en"), ("c", down, "sw")]
        )
        shared = f'model = "{up}"\ntasks = ["xnli"]\nsource = "mini"\nrecipe = "as-is"\nbaseline = "a"\n'
        Path("rows.toml").write_text(shared + rows_of, encoding="utf-8")
        assert "denies access (403: blocked)" in problem(capsys, "run", "--config", "rows.toml", "--out", "out")
        assert server.asked == [] and len(server.probes) == 1 and not Path("out").exists()


def test_a_budget_fails_the_rest_of_a_run_which_then_continues(server, tmp_path):
    folder = server.folder(tmp_path / "chat", "chat")
    assert run(*words(folder, "xnli", "xcopa"), "--param", "max_requests=15") == 1
    assert len(server.asked) == 15
    assert [cell["status"] for cell in cells().values()].count("failed") == 1
    assert "the budget of 15 requests is used up" in str([cell["reason"] for cell in cells().values()])
    assert run(*words(folder, "xnli", "xcopa")) == 0
    assert len(server.asked) == 24


def test_a_killed_run_asks_only_what_is_missing(server, tmp_path):
    server.pause = 0.05
    folder = server.folder(tmp_path / "chat", "chat")
    command = [*words(folder, "xnli", limit=40), "--param", "concurrency=2", "--out", "out"]
    process = processes.command(command)
    end = time.monotonic() + 60
    while len(server.asked) < 12 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    time.sleep(0.2)
    before = len(server.asked)
    assert 12 <= before < 40
    assert not (tmp_path / "out" / "results.json").exists() or cells()["xnli"]["status"] != "ok"
    server.pause = 0
    assert main([str(word) for word in command]) == 0
    assert len(server.asked) <= 40 + 2  # those in the air are asked again
    assert cells()["xnli"]["model"]["counts"]["cached"] >= before - 2
    assert not list((tmp_path / "home" / "responses").rglob("*.tmp"))


def test_an_interrupted_run_ends_at_once(server, tmp_path):
    server.pause = 20
    process = processes.command([*words(server.folder(tmp_path / "chat", "chat"), "xnli"), "--out", "out"])
    end = time.monotonic() + 60
    while not server.asked and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate()
    server.stop.set()
    assert process.returncode == 130
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("way", ["good", "echoing", "denied", "broken"])
def test_the_key_is_written_nowhere(server, tmp_path, monkeypatch, capsys, way):
    monkeypatch.setenv("TOY_KEY", SECRET)
    folder = server.folder(tmp_path / "chat", "chat", key="TOY_KEY")
    if way == "echoing":
        server.write = lambda prompt: f"True {server.headers[-1]['Authorization']}"
        server.fail(repeating_the_key, part="\\nB.")
    if way == "denied":
        server.fail(status(401, f"Incorrect API key provided: {SECRET}"))
    if way == "broken":
        real = transport.content_of
        monkeypatch.setattr(
            transport, "content_of", lambda reply, config: (server.asked and 1 / 0) or real(reply, config)
        )
    code = run(*words(folder, "xnli", "xcopa"))
    assert code == {"good": 0, "denied": 2}.get(way, 1)
    assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {SECRET}"}
    shown = capsys.readouterr()
    assert SECRET not in shown.out + shown.err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert (len(files) >= 4 or way == "denied") and (way != "broken" or list(tmp_path.glob("out/tracebacks/*")))
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_a_missing_key_is_one_line_before_any_work(server, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("TOY_KEY", raising=False)
    folder = server.folder(tmp_path / "chat", "chat", key="TOY_KEY")
    for command in ("plan", "run"):
        assert main([command, *map(str, words(folder, "xnli")[1:])]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert "the environment variable TOY_KEY is not set; export TOY_KEY=... with the key of" in line
    assert server.asked == [] and not Path("out").exists()


def test_worker_processes_read_the_endpoint_too(server, tmp_path):
    folder = server.folder(tmp_path / "chat", "chat")
    assert run(*words(folder, "xnli", "xcopa"), "--executor", "processes", "--workers", "1") == 0
    assert len(server.asked) == 24


def test_cached_responses_are_listed_and_pruned(server, tmp_path, capsys):
    assert run(*words(server.folder(tmp_path / "chat", "chat"), "xnli")) == 0
    capsys.readouterr()
    assert main(["store", "ls"]) == 0
    assert "\nresponses " in capsys.readouterr().out
    assert main(["store", "prune", "--kind", "responses"]) == 0
    assert list((tmp_path / "home" / "responses").rglob("*.json")) == []
