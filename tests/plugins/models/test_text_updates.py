"""Folders that peft wrote for decoders and encoder-decoders: found by their base, merged, and asked in words."""

from __future__ import annotations

import json
import shutil
import warnings

import pytest
import torch
from peft import LoraConfig, PeftModel, PromptTuningConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from tests.models import tiny_checkpoint, tiny_decoder, tiny_seq2seq
from xharness import BadRequest, Continuation, LoadOptions, StageError, api
from xharness.registry import Registry
from xharness_plugins.models.causal import CAUSAL
from xharness_plugins.models.hf import HF
from xharness_plugins.models.seq2seq import SEQ2SEQ

OPTIONS = LoadOptions(device="cpu", dtype="float32")
REQUESTS = [Continuation("The old harbour lies", " quiet"), Continuation("祖父は", "舟を造り")]
VARIANTS = {
    "plain": {},
    "rslora": {"use_rslora": True},
    "dora": {"use_dora": True},
    "whole head": {"modules_to_save": ["lm_head"]},
    "whole embedding": {"modules_to_save": ["embed_tokens"]},
}


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bases")
    return {"causal": tiny_decoder(folder / "llama"), "seq2seq": tiny_seq2seq(folder / "mt5")}


def updates(base, out, auto=AutoModelForCausalLM, task_type="CAUSAL_LM", **more):
    """Write random updates of a base, as peft saves them after a training."""
    targets = ["q_proj", "v_proj"] if auto is AutoModelForCausalLM else ["q", "v"]
    config = LoraConfig(r=4, target_modules=targets, task_type=task_type, init_lora_weights=False, **more)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        torch.manual_seed(1)
        model = get_peft_model(auto.from_pretrained(base), config)
        for name, value in model.named_parameters():
            if "modules_to_save" in name:
                value.data += torch.randn_like(value) * 0.1
        model.save_pretrained(out)
    return out


def changed(path, **values):
    file = path / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | values), encoding="utf-8")
    return path


def official(base, path, auto):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = PeftModel.from_pretrained(auto.from_pretrained(base), path).merge_and_unload().eval()
    return model, AutoTokenizer.from_pretrained(base)


def plain(base, path, request):
    model, tokenizer = official(base, path, AutoModelForCausalLM)
    before, own = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (request.context, request.text))
    with torch.inference_mode():
        scores = model(torch.tensor([before + own])).logits[0].log_softmax(-1)
    return sum(scores[len(before) - 1 + place, token].item() for place, token in enumerate(own))


def scores(path, adapter=CAUSAL):
    return list(adapter.load(path, "loglikelihood", None, {}, OPTIONS).loglikelihood(REQUESTS))


@pytest.mark.parametrize("variant", VARIANTS)
def test_scores_of_a_decoder_are_those_of_the_merged_model(bases, tmp_path, variant):
    base = bases["causal"]
    path = updates(base, tmp_path / "updates", **VARIANTS[variant])
    found = scores(path)
    assert found == pytest.approx([plain(base, path, request) for request in REQUESTS], abs=1e-4)
    assert found != pytest.approx(scores(base), abs=1e-2)


def test_scores_of_an_encoder_decoder_are_those_of_the_merged_model(bases, tmp_path):
    path = updates(bases["seq2seq"], tmp_path / "updates", AutoModelForSeq2SeqLM, "SEQ_2_SEQ_LM")
    model, tokenizer = official(bases["seq2seq"], path, AutoModelForSeq2SeqLM)
    model.save_pretrained(tmp_path / "merged")
    tokenizer.save_pretrained(tmp_path / "merged")
    assert scores(path, SEQ2SEQ) == pytest.approx(scores(tmp_path / "merged", SEQ2SEQ), rel=1e-5)
    assert scores(path, SEQ2SEQ) != pytest.approx(scores(bases["seq2seq"], SEQ2SEQ), rel=1e-3)
    translators = [
        SEQ2SEQ.load(folder, "translate", None, {"beams": 1, "max_length": 8}, OPTIONS)
        for folder in (path, tmp_path / "merged")
    ]
    one, other = (list(each.translate(["Who wrote the letter?", "A boat."], "en", "sw")) for each in translators)
    assert one == other
    assert (SEQ2SEQ.claims(path), CAUSAL.claims(path)) == (10, None)
    assert SEQ2SEQ.inspect(path, "x", None, OPTIONS).ready == {"fill_slots", "loglikelihood", "generate", "translate"}


def test_a_folder_of_updates_is_run_from_plan_to_record(bases, tmp_path):
    path = updates(bases["causal"], tmp_path / "updates")
    registry = Registry.load([], third_parties=False)
    wishes = {"model": str(path), "tasks": ["xcopa"], "languages": ["sw"], "source": "mini", "recipe": "as-is"}
    request = api.build({**wishes, "limit": 4, "dtype": "float32"})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = results["cells"]
    assert (cell["status"], cell["way"]["name"]) == ("ok", "loglikelihood")
    assert results["run"]["model"]["adapter"] == "causal"


def test_the_fingerprint_is_that_of_updates_and_base(bases, tmp_path):
    path = updates(bases["causal"], tmp_path / "updates")
    info = CAUSAL.inspect(path, "x", None, OPTIONS)
    assert {"adapter_model.safetensors", "adapter_config.json", "base/model.safetensors"} <= info.files.keys()
    assert info.architecture == "LlamaForCausalLM" and info.path == path
    base = CAUSAL.inspect(bases["causal"], "x", None, OPTIONS)
    other = changed(
        shutil.copytree(path, tmp_path / "other"), base_model_name_or_path=str(tiny_decoder(tmp_path / "b", 5))
    )
    fingerprints = {each.fingerprint for each in (info, base, CAUSAL.inspect(other, "x", None, OPTIONS))}
    assert len(fingerprints) == 3


def test_the_type_of_the_base_decides_and_then_the_declared_task_type(bases, tmp_path):
    path = updates(bases["causal"], tmp_path / "updates", task_type=None)
    assert (CAUSAL.claims(path), SEQ2SEQ.claims(path)) == (5, None)
    absent = changed(path, base_model_name_or_path=str(tmp_path / "absent"), task_type="SEQ_2_SEQ_LM")
    assert (CAUSAL.claims(absent), SEQ2SEQ.claims(absent)) == (None, 10)


@pytest.mark.parametrize("task_type", ["SEQ_CLS", "FEATURE_EXTRACTION"])
def test_updates_of_other_tasks_are_refused_in_one_line(bases, tmp_path, task_type):
    path = changed(updates(bases["causal"], tmp_path / "updates"), task_type=task_type)
    assert (CAUSAL.claims(path), SEQ2SEQ.claims(path), HF.claims(path)) == (None, None, 1)
    with pytest.raises(BadRequest, match=r"low-rank updates without config\.json") as raised:
        HF.inspect(path, "x", None, OPTIONS)
    assert "\n" not in str(raised.value)


def test_updates_of_an_encoder_are_not_asked_in_words(bases, tmp_path):
    path = changed(
        updates(bases["causal"], tmp_path / "updates"),
        base_model_name_or_path=str(tiny_checkpoint(tmp_path / "encoder")),
    )
    assert (CAUSAL.claims(path), SEQ2SEQ.claims(path)) == (None, None)


def test_a_base_is_found_beside_the_updates_and_in_the_current_folder(bases, tmp_path, monkeypatch):
    shutil.copytree(bases["causal"], tmp_path / "base")
    path = updates(bases["causal"], tmp_path / "updates")
    expected = scores(path)
    assert scores(changed(path, base_model_name_or_path="../base")) == expected
    monkeypatch.chdir(tmp_path)
    assert scores(changed(path, base_model_name_or_path="base")) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/nowhere/base", "the base checkpoint '/nowhere/base' of these low-rank updates is not a folder on this"),
        ("acme/base", "the base checkpoint 'acme/base' of these low-rank updates is neither a folder nor available"),
        ("", "the base checkpoint '' of these low-rank updates is not a folder"),
    ],
)
def test_a_missing_base_is_one_line(bases, tmp_path, name, message):
    path = changed(updates(bases["causal"], tmp_path / "updates"), base_model_name_or_path=name)
    assert CAUSAL.claims(path) == 5
    with pytest.raises(BadRequest, match=message) as raised:
        CAUSAL.inspect(path, "x", None, OPTIONS)
    assert "\n" not in str(raised.value)
    with pytest.raises(BadRequest, match="the base checkpoint"):
        CAUSAL.load(path, "loglikelihood", None, {}, OPTIONS)


def test_updates_that_cannot_be_merged_are_refused(bases, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AutoModelForCausalLM.from_pretrained(bases["causal"])
        get_peft_model(model, PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4)).save_pretrained(tmp_path)
    with pytest.raises(BadRequest, match="peft_type PROMPT_TUNING is not supported; only LORA"):
        CAUSAL.inspect(tmp_path, "x", None, OPTIONS)


def test_updates_that_do_not_fit_the_base_are_refused(bases, tmp_path):
    from safetensors.torch import load_file, save_file

    path = updates(bases["causal"], tmp_path / "updates")
    file = path / "adapter_model.safetensors"
    weights = load_file(file)
    name = next(name for name in weights if "lora_A" in name)
    save_file({**weights, name: torch.zeros(4, 32)}, file, {"format": "pt"})
    with pytest.raises(StageError, match="the weights do not fit the base") as raised:
        scores(path)
    assert "\n" not in str(raised.value)
    save_file({key: value for key, value in weights.items() if key != name}, file, {"format": "pt"})
    with pytest.raises(StageError, match="is missing or unknown"):
        scores(path)


def test_a_tokenizer_of_the_updates_is_used(bases, tmp_path):
    path = updates(bases["causal"], tmp_path / "updates")
    tokenizer = AutoTokenizer.from_pretrained(bases["causal"])
    tokenizer.chat_template = "<|start|>{{ messages[0].content }}"
    tokenizer.save_pretrained(path)
    assert CAUSAL.load(path, "loglikelihood", None, {"chat": True}, OPTIONS).describe()["chat"] is True
    assert "tokenizer.json" in CAUSAL.inspect(path, "x", None, OPTIONS).files
