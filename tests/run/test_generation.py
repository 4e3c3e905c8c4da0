"""Code tasks in runs: likelihoods of a tiny decoder against a plain loop, and what odd writers give."""

from __future__ import annotations

import json

import pytest
import torch

from tests.engine.decoders import llama, written
from tests.models import tiny_checkpoint, tiny_tokenizer
from xharness import BadRequest, Generation, Text, Wording
from xharness.registry import Registry
from xharness.run.export.rescore import rescore
from xharness.run.steps.asking import Asking
from xharness.specs.ways import ShortenedScore
from xharness.ways import words_for


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("decoder") / "model", llama, tiny_tokenizer("roberta"))


def asking(task, way, variant=None):
    registry = Registry.load(third_parties=False)
    spec = registry.get("tasks", task)
    chosen = next(each for each in spec.kind.ways if each.name == way)
    words = words_for(spec, chosen, "en", variant, registry)
    assert isinstance(words, Wording)
    return Asking(spec, chosen, words)


ROW = {
    "id": "1",
    "prompt": 'def half(x):\n    """Return half.\n    >>> half(2)\n    1\n    """\n',
    "text": "Return half.",
    "start": 20,
    "target": "    return x / 2\n",
    "entry_point": "half",
}


MINI, SHORT = {"source": "mini"}, {"max_length": "140"}


def take(text, way="generate", task="humaneval_xl", row=ROW, **more):
    return asking(task, way).prediction(row, [Text(text, **more)])


def test_likelihoods_are_those_of_a_plain_loop(run, registry, decoder, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    task = registry.get("tasks", "humaneval_xl_nll")
    results = run(model=str(decoder), tasks=[task.name], languages=["en"], source="mini", limit=5)
    [cell] = results["cells"]
    tokenizer, network = AutoTokenizer.from_pretrained(decoder), AutoModelForCausalLM.from_pretrained(decoder)
    sums, characters = 0.0, 0
    for row in task.data_for("mini").rows("en", "test", 5):
        context = row["prompt"].rstrip()
        whole = tokenizer(row["prompt"] + row["target"].rstrip())["input_ids"]
        known = tokenizer(context)["input_ids"]
        whole, known = ([i for i in ids if i != tokenizer.eos_token_id] for ids in (whole, known))
        with torch.inference_mode():
            logs = network(torch.tensor([whole])).logits[0].log_softmax(-1)
        sums -= sum(float(logs[place - 1, whole[place]]) for place in range(len(known), len(whole)))
        characters += len(row["target"].rstrip())
    assert cell["metrics"]["canonical_nll"]["value"] == pytest.approx(100 * sums / characters, rel=1e-4)
    low, high = cell["metrics"]["canonical_nll"]["ci95"]
    assert low < cell["metrics"]["canonical_nll"]["value"] < high
    assert cell["notes"] == {"visible_tests": 5}
    assert results["tasks"][task.name]["higher_is_better"] is False


def test_what_a_decoder_writes_is_scored_with_every_metric_and_cut_contexts_are_counted(run, decoder, tmp_path):
    results = run(
        model=str(decoder), tasks=["mconala"], languages=["es"], source="mini", limit=3, params={"max_length": "140"}
    )
    [cell] = results["cells"]
    assert set(cell["metrics"]) == {"bleu", "bleu_13a", "chrf", "exact_match", "syntax_rate"}
    assert cell["way"]["name"] == "generate"
    assert cell["notes"]["cut_contexts"] == 3
    rows = (tmp_path / "out/predictions/mconala/es.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(row)["id"] for row in rows] == ["mini/0", "mini/1", "mini/2"]


def test_a_noise_changes_the_description_and_a_higher_likelihood_is_a_drop(run, decoder):
    wishes = {"tasks": ["humaneval_xl_nll"], "languages": ["de"], "source": "mini", "limit": 8}
    results = run(model=str(decoder), noises=["char_swap:5"], **wishes)
    assert [cell["status"] for cell in results["cells"]] == ["ok", "ok"]
    clean, noisy = (cell["metrics"]["canonical_nll"]["value"] for cell in results["cells"])
    [row] = results["robustness"]["noises"]
    assert row["languages"]["de"]["drop"] == pytest.approx(noisy - clean)


def test_a_chat_template_that_is_not_there_is_refused_before_any_work(run, decoder):
    with pytest.raises(BadRequest, match="chat template"):
        run(model=str(decoder), tasks=["mconala"], source="mini", params={"chat": "yes"})


def test_a_request_that_is_no_continuation_has_no_stop_texts():
    [request] = asking("humaneval_xl", "generate").requests(ROW)
    assert request.context == ROW["prompt"]
    assert "\ndef" in request.stops
    assert request.context[slice(*request.passage)] == "Return half."
    [request] = asking("humaneval_xl", "generate", "instruct").requests(ROW)
    assert isinstance(request, Generation)
    assert request.stops == ()


def test_an_empty_and_a_refused_text_have_a_flaw_and_an_empty_code():
    assert take("") == {"id": "1", "prediction": "", "text": "", "flaw": "empty"}
    assert take("```\n```")["flaw"] == "empty"
    assert take("I cannot", refused=True) == {"id": "1", "prediction": "", "text": "I cannot", "flaw": "refused"}
    assert take("return x /", cut=True)["flaw"] == "cut"
    assert take("return x / 2", shortened=True)["shortened"]


def test_bytes_that_are_not_text_can_be_saved():
    row = take("return '\udc80\ud800'\0\ufffd")
    json.dumps(row, ensure_ascii=False).encode("utf-8")
    assert row["prediction"] == "    return '\ufffd\ufffd'\0\ufffd"


def test_ten_megabytes_are_kept_and_the_code_is_cut():
    row = take("x" * 10_000_000)
    assert (len(row["text"]), len(row["prediction"]), row["flaw"]) == (10_000_000, 100_004, "cut")


ODD = (
    Text(""),
    Text("x = 'a\udc80\ud800'\0"),
    Text("x" * 10_000_000),
    Text("I cannot", refused=True),
    Text("return x /", cut=True, shortened=True),
    Text("\ufffd\r\n```\n\u2028"),
)


class OddWriter:
    def describe(self):
        return {}

    def generate(self, requests):
        yield from (text for text, _ in zip(ODD, requests, strict=True))


def test_whatever_a_model_writes_gets_a_record_and_is_kept(run, registry, decoder, tmp_path, monkeypatch):
    monkeypatch.setattr("xharness_plugins.models.text_model.load", lambda *given, **more: OddWriter())
    results = run(model=str(decoder), tasks=["mconala"], languages=["es"], source="mini", limit=len(ODD))
    [cell] = results["cells"]
    assert (cell["status"], cell["n"], cell["reason"]) == ("ok", len(ODD), None)
    assert cell["notes"]["flaws"] == {"empty": 1, "cut": 2, "refused": 1}
    assert cell["notes"]["cut_contexts"] == 1
    lines = (tmp_path / "out/predictions/mconala/es.jsonl").read_bytes().splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    kept = ["\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in "".join(text.text for text in ODD)]
    assert "".join(texts) == "".join(kept)
    _, again = rescore(tmp_path / "out", registry)
    assert again["cells"][0]["metrics"] == cell["metrics"]


def test_a_likelihood_of_a_cut_context_says_so():
    row = asking("humaneval_xl_nll", "loglikelihood").prediction(ROW, [ShortenedScore(-3.5)])
    assert row == {"id": "1", "prediction": 3.5, "characters": 16, "shortened": True}


def test_vectors_rank_the_solutions_of_a_pool(run, tmp_path):
    results = run(
        model=str(tiny_checkpoint(tmp_path / "encoder")),
        tasks=["coderank_humaneval_xl"],
        languages=["en", "ru"],
        source="mini",
    )
    for cell in results["cells"]:
        assert cell["status"] == "ok", cell["reason"]
        assert set(cell["metrics"]) == {"mrr", "recall@1", "recall@5"}
        assert cell["model"]["candidates"] == 40
