"""A causal language model answers tasks by log-likelihood."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.models import tiny_checkpoint, tiny_decoder
from tests.plugins.models.tiny import with_head
from xharness import BadRequest, Continuation, LoadOptions, api
from xharness.registry import Registry
from xharness_plugins.models.causal import CAUSAL

REQUESTS = [
    Continuation("The old harbour lies", " quiet in the morning"),
    Continuation("The old harbour lies", " quiet"),
    Continuation("The old harbour lies ", "quiet"),
    Continuation("祖父は", "舟を造り"),
    Continuation("", "Nobody knows"),
    Continuation("who? " * 300, "not even the mayor"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tiny_decoder(tmp_path_factory.mktemp("models") / "decoder")


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))


def load(path, **params):
    return CAUSAL.load(path, "loglikelihood", None, params, LoadOptions(device="cpu", dtype="float32"))


def plain(path, request, longest=256):
    """Tokenise and score as lm-evaluation-harness does: one sequence, and the tokens after those of the context."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(path).eval(), AutoTokenizer.from_pretrained(path)
    context = request.context.rstrip()
    text = request.context[len(context) :] + request.text
    before = tokenizer.encode(context, add_special_tokens=False)
    whole = tokenizer.encode(context + text, add_special_tokens=False)
    continuation = whole[len(before) :]
    ids = ((before or [tokenizer.bos_token_id]) + continuation)[-(longest + 1) :]
    with torch.inference_mode():
        scores = model(torch.tensor([ids[:-1]])).logits[0].float().log_softmax(-1)
    return sum(scores[-len(continuation) + n, token].item() for n, token in enumerate(continuation))


def test_log_likelihoods_are_those_of_plain_forward_passes(path):
    model = load(path)
    found = list(model.loglikelihood(iter(REQUESTS)))
    assert found == pytest.approx([plain(path, request) for request in REQUESTS], abs=1e-4)
    assert found[1] == found[2]  # a space at the end of a context belongs to what follows
    assert model.describe()["cut_contexts"] == 1


def test_a_decoder_is_taken_by_this_adapter_and_an_encoder_is_not(path, tmp_path):
    registry = Registry.load([], third_parties=False)
    request = api.build({"model": str(path), "tasks": ["xnli"], "source": "mini", "recipe": "as-is"})
    assert api.plan(request, registry=registry).resolved.model.name == "causal"
    assert CAUSAL.claims(tiny_checkpoint(tmp_path / "encoder")) is None


def test_xnli_is_answered_as_the_most_likely_words_say(path, tmp_path):
    registry = Registry.load([], third_parties=False)
    wishes = {"model": str(path), "tasks": ["xnli"], "languages": ["sw"], "source": "mini", "recipe": "as-is"}
    request = api.build({**wishes, "limit": 12, "dtype": "float32"})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = results["cells"]
    assert cell["way"] == {"name": "loglikelihood", "version": 1, "prompt": 1, "words": "xnli.english", "language": "*"}
    task, source = registry.get("tasks", "xnli"), registry.get("sources", "mini")
    _, words = registry.prompts("xnli")[0].template("sw")
    from xharness import DataOptions

    rows = source.load(task, "sw", "test", DataOptions()).select(range(12))
    expected = [
        max(task.labels, key=lambda label: plain(path, request_of(words, row, label), longest=256)) for row in rows
    ]
    lines = (tmp_path / "out" / cell["predictions"]).read_text("utf-8").splitlines()
    assert [json.loads(line)["prediction"] for line in lines] == expected


def request_of(words, row, label):
    return Continuation(words.context.format(**row), words.choices[label].format(**row))


def ways(path, **wishes):
    """Return the ways that a plan for Swahili XNLI asks in."""
    registry = Registry.load([], third_parties=False)
    request = api.build({"model": str(path), "tasks": ["xnli"], "languages": ["sw"], "source": "mini"} | wishes)
    return [
        job.stage.params.way
        for job in api.plan(request, registry=registry).jobs.values()
        if job.stage.kind == "predict"
    ]


def test_a_decoder_gets_a_head_by_default_and_is_asked_in_words_as_it_is(path):
    assert ways(path) == [None]
    assert ways(path, recipe="as-is") == [("loglikelihood", 1)]
    assert ways(path, way="head") == [None]
    assert ways(path, recipe="as-is", way="generate") == [("generate", 1)]


def test_a_way_that_does_not_fit_the_recipe_is_refused_before_any_work(path, tmp_path):
    with pytest.raises(BadRequest, match="--way head: LlamaForCausalLM has no head for task 'xnli' and recipe 'as-is'"):
        ways(path, recipe="as-is", way="head")
    with pytest.raises(BadRequest, match=r"recipe 'zero-shot' trains a head .* use --recipe as-is"):
        ways(path, way="loglikelihood")
    names = ("contradiction", "entailment", "neutral")
    with_head(path, tmp_path / "head", "classify", names)
    assert ways(tmp_path / "head", recipe="as-is") == [None]
    with pytest.raises(BadRequest, match="LlamaForSequenceClassification cannot compute log-likelihoods"):
        ways(tmp_path / "head", recipe="as-is", way="loglikelihood")


def test_a_run_fine_tunes_a_decoder_and_searches_with_its_vectors(path, tmp_path):
    registry = Registry.load([], third_parties=False)
    wishes = {"model": str(path), "tasks": ["xnli", "tatoeba"], "languages": ["sw"], "source": "mini", "limit": 12}
    request = api.build({**wishes, "dtype": "float32", "params": {"pooling": "last", "epochs": "0.1"}})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    found = {cell["task"]: cell for cell in results["cells"]}
    assert found["xnli"]["way"] is None
    assert (found["xnli"]["model"]["architecture"], found["tatoeba"]["model"]["pooling"]) == (
        "LlamaForSequenceClassification",
        "last",
    )
    for cell in found.values():
        assert "pad_token_missing" in [each["code"] for each in cell["caveats"]]


def test_a_chat_template_is_applied_where_it_is_asked_for(path, tmp_path):
    folder = tmp_path / "chat"
    shutil.copytree(path, folder)
    (folder / "chat_template.jinja").write_text("<|start|>{{ messages[0].content }}<|end|>", encoding="utf-8")
    values = CAUSAL.params["chat"].type("yes")
    asked = Continuation("The old harbour", " lies quiet")
    [plainly] = load(folder).loglikelihood([asked])
    model = load(folder, chat=values)
    [chatting] = model.loglikelihood([asked])
    assert model.describe()["chat"] is True
    assert plainly == pytest.approx(plain(path, asked), abs=1e-4)
    wrapped = Continuation(f"<|start|>{asked.context}<|end|>", asked.text)
    assert chatting == pytest.approx(plain(path, wrapped), abs=1e-4) != plainly
    with pytest.raises(ValueError, match="must be yes or no"):
        CAUSAL.params["chat"].type("maybe")
