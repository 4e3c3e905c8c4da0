"""Tasks asked in words: choices by log-likelihood in three ways, by what a model writes, and with examples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import reader, toy
from xharness import BadRequest, PluginError, prompts_in
from xharness.registry import Registry
from xharness.run.export.rescore import rescore

PLUGIN = """
from dataclasses import replace
from xharness import Continuation, MultipleChoice, Prompt, Template, Text, hookimpl, mini
from tests import reader

class Writer(reader.Reader):
    def generate(self, requests):
        for request in requests:
            last = request.context.splitlines()[-2][-1]
            yield Text({"a": " B. I think", "b": "", "c": "no idea", "d": "the last", "e": "A"}[last], cut=last == "d")

@hookimpl
def xharness_models():
    [model] = reader.xharness_models()
    able = frozenset({"loglikelihood", "generate"})
    yield replace(model, name="writer", capabilities=able, load=lambda *given, **named: Writer(),
                  claims=lambda path: 99)

def rows(language, split, size):
    for number in range(size):
        letter = "abcde"[number % 5]
        yield {"context": f"{split} one two {letter}", "choices": ["one one", "three"], "label": number % 2}

@hookimpl
def xharness_tasks():
    data = mini(rows, train=8, dev=4, test=10)
    yield MultipleChoice(name="pick", languages=("en", "sw"), data=data, train="en", number=2)

@hookimpl
def xharness_prompts():
    words = Template(context="{context} so", question="{context}\\n{choices}\\nAnswer:")
    words = replace(words, question="{choices}\\n{context}\\nAnswer:")
    yield Prompt(task="pick", templates={"*": words})
    yield Prompt(task="pick", variant="native", templates={"sw": Template(context="{context} basi")}, version=3)
"""


@pytest.fixture
def model(tmp_path):
    return str(reader.checkpoint(tmp_path / "model"))


@pytest.fixture
def asked(run, tmp_path):
    (tmp_path / "pick.py").write_text(PLUGIN, encoding="utf-8")
    registry = Registry.load([str(Path(toy.__file__)), str(tmp_path / "pick.py")], third_parties=False)

    def _asked(out="out", **wishes):
        given = {"tasks": ["pick"], "languages": ["sw"], "source": "mini", "recipe": "as-is", **wishes}
        [cell] = run(out=out, registry=registry, **given)["cells"]
        lines = (tmp_path / out / cell["predictions"]).read_text("utf-8").splitlines()
        return cell, [json.loads(line) for line in lines]

    _asked.registry = registry
    return _asked


def scores(context):
    return [reader.loglikelihood(context, text) for text in (" one one", " three")]


def test_the_three_ways_compare_log_likelihoods_differently(asked):
    context = "test one two a so"
    plain = scores(context)
    expected = {
        "loglikelihood": plain,
        "loglikelihood-length": [score / length for score, length in zip(plain, (7, 5), strict=True)],
        "loglikelihood-unconditional": [one - zero for one, zero in zip(plain, scores(""), strict=True)],
    }
    for name, values in expected.items():
        cell, rows = asked(out=name, way=name)
        assert cell["way"]["name"] == name
        assert rows[0]["prediction"] == values.index(max(values))
        assert f"|way:{name}.1|prompt:pick.english.1" in cell["metrics"]["accuracy"]["signature"]


def test_what_a_model_writes_is_read_as_a_choice_and_what_is_not_is_counted(asked, tmp_path):
    cell, rows = asked(way="generate")
    assert [row["prediction"] for row in rows[:5]] == [1, -1, -1, -1, 0]
    assert [row.get("flaw") for row in rows[:5]] == [None, "empty", "unparsable", "cut", None]
    assert cell["notes"]["flaws"] == {"empty": 2, "unparsable": 2, "cut": 2}
    _, after = rescore(tmp_path / "out", asked.registry)
    assert after["cells"] == [cell]


def test_a_prompt_is_selected_by_its_variant_where_it_has_the_language(asked):
    cell, _ = asked(prompt="native")
    assert (cell["way"]["words"], cell["way"]["language"], cell["way"]["prompt"]) == ("pick.native", "sw", 3)
    with pytest.raises(BadRequest, match="'pick' has no words in en for the way 'loglikelihood'"):
        asked(prompt="native", way="loglikelihood", languages=["en"])
    with pytest.raises(BadRequest, match=r"unknown prompt 'nativ' of task 'pick'.*native"):
        asked(prompt="nativ")
    with pytest.raises(BadRequest, match=r"unknown way 'loglikely' of task 'pick'.*loglikelihood"):
        asked(way="loglikely")


def test_examples_come_before_the_question_and_change_the_predictions_key(asked):
    none, _ = asked()
    few, rows = asked(out="few", shots=2)
    again, same = asked(out="again", shots=2)
    other, _ = asked(out="other", shots=2, shot_draw=1)
    keys = [cell["artifacts"]["predict"] for cell in (none, few, again, other)]
    assert keys[1] == keys[2] not in (keys[0], keys[3])
    assert rows == same
    assert few["way"]["shots"] == 2
    assert few["metrics"]["accuracy"]["signature"].endswith("|shots:2.0")
    with pytest.raises(BadRequest, match="shots -1"):
        asked(shots=-1)


def test_too_many_examples_fail_the_cell_with_the_numbers(run, asked, tmp_path):
    wishes = {"tasks": ["pick"], "languages": ["sw"], "source": "mini", "recipe": "as-is", "shots": 9}
    [cell] = run(registry=asked.registry, **wishes)["cells"]
    assert cell["reason"].startswith("pick en train has 8 examples, the prompt needs 9")


def test_a_file_that_is_not_a_prompt_is_named(tmp_path):
    (tmp_path / "bad.toml").write_text("task = 'x'\n[templates.en]\ncontxt = 'a'\n", encoding="utf-8")
    with pytest.raises(PluginError, match=r"bad\.toml: not a prompt: .*contxt"):
        list(prompts_in(tmp_path))


def test_words_are_refused_where_a_head_answers(run, registry, tmp_path):
    model = str(toy.checkpoint(tmp_path / "toy"))
    for wishes in ({"shots": 2}, {"prompt": "native"}):
        with pytest.raises(BadRequest, match=r"^--(shots|prompt): task 'toy-parity' is not asked in words"):
            run(model=model, tasks=["toy-parity"], registry=registry, **wishes)
