"""`xharness show prompt` prints the requests of an example."""

from __future__ import annotations

import json

import pytest

from tests.models import tiny_decoder
from xharness.cli.main import main


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))


@pytest.fixture
def shown(capsys):
    def _shown(*words, code=0):
        assert main(["show", "prompt", *words, "--source", "mini"]) == code
        out, err = capsys.readouterr()
        return err if code else out

    return _shown


def test_a_filled_prompt_has_its_name_version_source_and_choices(shown):
    text = shown("xnli", "--lang", "Swahili", "--prompt", "native")
    assert text.startswith("prompt         xnli.native\nversion        1\nlanguage       sw\nsource         ")
    assert ", sahihi?\n--- texts that may follow\n' Hapana, " in text
    assert text.count("--- context") == 1
    assert "chat template" not in text


def test_written_answers_and_lines_of_tags_are_shown_as_they_are_asked(shown):
    text = shown("xquad", "--lang", "el", "--prompt", "native", "--shots", "2")
    assert text.count("\nΕρώτηση: ") == 3
    assert text.endswith("Απάντηση:\n--- the model writes\nat most 64 tokens, up to '\\n'\n")
    text = shown("panx", "--lang", "fi")
    assert "--- lines, each with its choices\n'Kuka:' + ' O\\n' | ' B-PER\\n' |" in text


def test_json_holds_all_requests(shown):
    content = json.loads(shown("xcopa", "--lang", "it", "--way", "loglikelihood-unconditional", "--json"))
    assert content["way"] == "loglikelihood-unconditional"
    assert [request["type"] for request in content["requests"]] == ["Continuation"] * 4
    assert content["requests"][2]["context"] == ""


def test_the_chat_template_of_a_model_is_said_and_its_ways_are_kept_to(shown, tmp_path):
    folder = tiny_decoder(tmp_path / "chat")
    assert "chat template  not applied\n" in shown("xnli", "--model", str(folder))
    problem = shown("xnli", "--model", str(folder), "--param", "chat=yes", code=2)
    assert "has no chat template" in problem
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}", encoding="utf-8")
    text = shown("xnli", "--model", str(folder), "--param", "chat=yes")
    assert "not applied" not in text
    assert "chat template  " in text


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("tatoeba",), "task 'tatoeba' has no prompt"),
        (("xnli", "--way", "genrate"), "unknown way 'genrate' of task 'xnli' in words; did you mean generate?"),
        (("xnli", "--lang", "xx"), "unknown language 'xx'"),
        (("xnli", "--prompt", "natve"), "unknown prompt 'natve' of task 'xnli'"),
        (
            ("xcopa", "--prompt", "native", "--way", "generate"),
            "task 'xcopa' has no words in et for the way 'generate'",
        ),
        (("xnli", "--shots", "-1"), "--shots -1"),
        (("xnli", "--shots", "99999"), "xnli en train has 1000 examples, the prompt needs 99999"),
        (("xnli", "--param", "chat=yes"), "--param chat=yes: needs --model"),
        (("xnly",), "unknown task 'xnly'"),
    ],
)
def test_bad_input_is_one_line(shown, words, problem):
    text = shown(*words, code=2)
    assert problem in text
    assert text.count("\n") == 1
