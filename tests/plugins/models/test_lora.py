"""Low-rank updates: learnt, kept without their base, and loaded with it as any checkpoint is."""

from __future__ import annotations

import importlib.util
import json
import shutil
import warnings
from dataclasses import replace

import pytest
import torch
import transformers
from peft import PeftModel
from safetensors.torch import load_file

from tests.models import KINDS, tiny_checkpoint
from tests.plugins.models.heads.test_embed import ROWS
from tests.plugins.models.heads.test_embed import TASK as ENDS
from tests.plugins.models.tiny import (
    AUTO,
    OPTIONS,
    SCRIPT,
    TASKS,
    examples,
    finetune,
    gold,
    load,
    predictions,
    right,
    score,
    vectors,
)
from xharness import BadRequest, LoadOptions, Lora, StageError, Start
from xharness.engine.checkpoints import quiet
from xharness_plugins.models.checkpoint import Checkpoint
from xharness_plugins.models.hf import HF
from xharness_plugins.models.lora import check_targets
from xharness_plugins.models.st import ST

LORA = Lora(rank=4, alpha=8.0, dropout=0.0, targets=("query", "value"))
WIDE = replace(LORA, rank=16, alpha=32.0, targets=("query", "key", "value", "dense"))
KEPT = {"adapter_config.json", "adapter_model.safetensors", "config.json", "tokenizer_config.json"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}


@pytest.fixture(scope="module")
def taught(plain, tmp_path_factory):
    """A folder of updates for each kind of task, of a short training."""
    folder = tmp_path_factory.mktemp("taught")
    tasks = {**TASKS, "embed": ENDS}
    for capability, task in tasks.items():
        rows = ROWS if capability == "embed" else None
        finetune(plain["xlmr"], folder / capability, task, rows, epochs=3, lora=LORA)
    return {capability: folder / capability / "checkpoint" for capability in tasks}


def official(base, path, capability):
    """Put a folder of updates upon transformers' own model of its base, as peft does for anyone."""
    auto = f"AutoModelFor{AUTO[capability]}" if capability in AUTO else "AutoModel"
    config = transformers.AutoConfig.from_pretrained(path)
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = getattr(transformers, auto).from_pretrained(base, config=config)
        return PeftModel.from_pretrained(model, path).eval()


def ours(path, capability, dtype=torch.float32, options=OPTIONS):
    auto = f"AutoModelFor{AUTO[capability]}" if capability in AUTO else "AutoModel"
    read = Checkpoint.read(path, options)
    model, _ = read.load(auto, read.config(), dtype=dtype, start=Start(keep_head=True), pooler=True)
    return model.eval()


def outputs(model, capability):
    ids = torch.arange(5, 29).view(2, 12)
    with torch.inference_mode():
        found = model(input_ids=ids.unsqueeze(1) if capability == "choose" else ids)
    names = {"answer": ("start_logits", "end_logits"), "embed": ("pooler_output",)}
    return torch.stack([getattr(found, name) for name in names.get(capability, ("logits",))]).float()


@pytest.mark.parametrize(
    ("kind", "capability", "tuning"),
    [
        ("xlmr", "choose", {"epochs": 30}),
        ("xlmr", "tag", {"learning_rate": 1e-2, "epochs": 30}),
        ("xlmr", "answer", {"learning_rate": 1e-2}),
        ("bert", "classify", {"epochs": 30}),
    ],
)
def test_what_was_learnt_by_heart_is_predicted(plain, tmp_path, kind, capability, tuning):
    finetune(plain[kind], tmp_path, TASKS[capability], lora=WIDE, **tuning)
    # Vocabularies differ from process to process, and what is learnt with them does too.
    assert right(predictions(load(tmp_path / "checkpoint", capability), capability), gold(capability)) > 0.6


@pytest.mark.parametrize("capability", [*TASKS, "embed"])
def test_updates_put_into_the_weights_give_what_peft_gives_beside_them(plain, taught, capability):
    beside = official(plain["xlmr"], taught[capability], capability)
    wanted = outputs(beside, capability)
    assert torch.allclose(outputs(ours(taught[capability], capability), capability), wanted, atol=1e-5)
    with beside.disable_adapter():
        assert not torch.allclose(outputs(beside, capability), wanted, atol=1e-3)


def test_products_are_added_before_weights_are_rounded(plain, taught):
    merged = official(plain["xlmr"], taught["tag"], "tag").merge_and_unload().to(torch.bfloat16)
    found = ours(taught["tag"], "tag", torch.bfloat16)
    assert {value.dtype for value in found.state_dict().values()} == {torch.bfloat16}
    assert all(torch.equal(value, merged.state_dict()[name]) for name, value in found.state_dict().items())


@pytest.mark.parametrize("capability", [*TASKS, "embed"])
def test_updates_and_the_head_are_all_that_is_kept(plain, taught, capability):
    assert {path.name for path in taught[capability].iterdir()} == KEPT
    names = load_file(taught[capability] / "adapter_model.safetensors")
    heads = {
        "answer": {"qa_outputs"}, "choose": {"classifier", "pooler"}, "embed": {"pooler"},
    }.get(capability, {"classifier"})  # fmt: skip
    whole = {name for name in names if ".lora_" not in name}
    assert whole and all(heads & set(name.split(".")) for name in whole)
    assert {head for head in heads for name in whole if head in name.split(".")} == heads
    # Two layers with two targets of two matrices each.
    assert sum(value.numel() for name, value in names.items() if ".lora_" in name) == 2 * 2 * 2 * 4 * 64


def test_a_head_and_a_pooler_are_trained_whole(plain, tmp_path):
    for epochs in (0.01, 6):
        finetune(plain["xlmr"], tmp_path / str(epochs), TASKS["choose"], epochs=epochs, lora=LORA)
    one, other = (load_file(tmp_path / name / "checkpoint/adapter_model.safetensors") for name in ("0.01", "6"))
    assert one.keys() == other.keys()
    moved = {name for name, value in one.items() if (value - other[name]).abs().max() > 1e-2}
    assert {"pooler", "classifier"} <= {part for name in moved for part in name.split(".")}


def test_the_report_says_what_was_trained(plain, tmp_path):
    report = finetune(plain["xlmr"], tmp_path, TASKS["tag"], epochs=0.1, lora=LORA)
    labels, whole = len(TASKS["tag"].labels), ours(tmp_path / "checkpoint", "tag").num_parameters()
    assert report["trained_parameters"] == 2 * 2 * 2 * 4 * 64 + 64 * labels + labels
    assert report["trained_share"] == pytest.approx(report["trained_parameters"] / (whole + 2048), abs=1e-6)
    assert "trained_parameters" not in finetune(plain["xlmr"], tmp_path / "all", TASKS["tag"], epochs=0.1)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_selection_is_by_the_numbers_of_evaluation(plain, tmp_path, dtype):
    rows, options = examples("classify"), LoadOptions(device="cpu", dtype=dtype)
    report = finetune(plain["xlmr"], tmp_path, dev=rows, selection="dev", epochs=8, options=options, lora=WIDE)
    best = max(dev for _, dev in report["dev"])
    assert report["dtype"] == dtype
    assert score(load(tmp_path / "checkpoint", "classify", options=options), "classify", rows) == pytest.approx(best)


def test_a_training_that_was_cut_short_ends_with_the_same_updates(plain, tmp_path):
    wishes = {"dev": examples("classify"), "selection": "dev", "epochs": 9, "lora": replace(LORA, dropout=0.2)}
    finetune(plain["xlmr"], tmp_path / "whole", **wishes)
    seen = []

    def cut(state):
        seen.append(state["step"])
        if state["step"] >= 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(plain["xlmr"], tmp_path / "cut", **wishes, report=cut)
    told = []
    finetune(plain["xlmr"], tmp_path / "cut", **wishes, report=lambda state: told.append(state["step"]))
    assert min(told) > min(seen)
    one, other = (load_file(tmp_path / name / "checkpoint/adapter_model.safetensors") for name in ("whole", "cut"))
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def saved_whole(base, path, capability, out):
    """Write what peft makes of updates and their base as a checkpoint that needs neither."""
    with quiet():
        official(base, path, capability).merge_and_unload().save_pretrained(out)
        transformers.AutoTokenizer.from_pretrained(base).save_pretrained(out)
    return out


def test_what_comes_after_starts_from_updates_as_from_a_whole_checkpoint(plain, taught, tmp_path):
    starts = {"updates": taught["tag"], "whole": saved_whole(plain["xlmr"], taught["tag"], "tag", tmp_path / "w")}
    for name, start in starts.items():
        finetune(start, tmp_path / name / "kept", TASKS["tag"], epochs=1, keep_head=True)
        finetune(start, tmp_path / name / "new", SCRIPT, epochs=1)
        finetune(start, tmp_path / name / "again", TASKS["tag"], epochs=1, keep_head=True, lora=LORA)
        shutil.rmtree(tmp_path / name / "again/scratch")
        HF.merge(start, [start, taught["classify"]], "linear", 0.5, 1.0, tmp_path / name / "merged", OPTIONS)
    for step, file in (
        ("kept/checkpoint", "model"),
        ("new/checkpoint", "model"),
        ("merged", "model"),
        ("again/checkpoint", "adapter_model"),
    ):
        one, other = (load_file(tmp_path / name / step / f"{file}.safetensors") for name in starts)
        assert all(torch.equal(value, other[name]) for name, value in one.items()), step
    assert predictions(load(tmp_path / "updates/again/checkpoint", "tag"), "tag") == predictions(
        load(tmp_path / "whole/again/checkpoint", "tag"), "tag"
    )


def test_a_base_that_has_moved_is_found_where_the_caller_says(plain, taught, tmp_path):
    base = shutil.copytree(plain["xlmr"], tmp_path / "base")
    finetune(base, tmp_path / "first", TASKS["tag"], epochs=0.1, lora=LORA)
    finetune(tmp_path / "first/checkpoint", tmp_path / "second", TASKS["tag"], epochs=1, keep_head=True, lora=LORA)
    wanted = predictions(load(tmp_path / "second/checkpoint", "tag"), "tag")
    base.rename(tmp_path / "moved")
    with pytest.raises(BadRequest, match=r"first/checkpoint: low-rank updates of '.*/base', which is not"):
        load(tmp_path / "second/checkpoint", "tag")
    (tmp_path / "first").rename(tmp_path / "elsewhere")
    options = replace(OPTIONS, bases=(tmp_path / "elsewhere/checkpoint", tmp_path / "moved"))
    assert predictions(load(tmp_path / "second/checkpoint", "tag", options=options), "tag") == wanted


def test_updates_that_are_not_whole_are_refused(taught, tmp_path):
    from safetensors.torch import save_file

    path = shutil.copytree(taught["tag"], tmp_path / "part")
    weights = load_file(path / "adapter_model.safetensors")
    lost = next(name for name in weights if "classifier" in name)
    save_file({name: value for name, value in weights.items() if name != lost}, path / "adapter_model.safetensors")
    with pytest.raises(StageError, match=r"classifier.* is missing or unknown; train the low-rank updates again"):
        load(path, "tag")


def test_a_rank_that_exceeds_the_weights_is_refused(taught, tmp_path):
    path = shutil.copytree(taught["tag"], tmp_path / "huge")
    config = json.loads((path / "adapter_config.json").read_text("utf-8"))
    (path / "adapter_config.json").write_text(json.dumps(config | {"r": 10**9}), encoding="utf-8")
    with pytest.raises(BadRequest, match=r"rank 1,000,000,000, but the largest dimension in adapter_model\S+ is \d+;"):
        HF.inspect(path, "x", None, OPTIONS)


def test_a_target_that_the_encoder_lacks_is_named_with_those_that_it_has(plain, tmp_path):
    wanted = "XLMRobertaModel has the linear modules dense, key, query, value, not q_lin"
    with pytest.raises(BadRequest, match=wanted):
        finetune(plain["xlmr"], tmp_path, lora=replace(LORA, targets=("query", "q_lin")))


def test_a_target_that_the_weights_lack_is_found_without_loading_them(plain, taught, tmp_path):
    info = HF.inspect(plain["xlmr"], "x", None, OPTIONS)
    check_targets(LORA, info)
    absent = replace(LORA, targets=("query", "q_lin"))
    wanted = "the layers of XLMRobertaForMaskedLM have the matrices dense, key, query, value, not q_lin"
    with pytest.raises(BadRequest, match=wanted):
        check_targets(absent, info)
    check_targets(absent, HF.inspect(taught["tag"], "x", None, OPTIONS))  # only the names of its updates are known


def test_a_folder_of_updates_is_a_model_with_a_head(plain, taught, tmp_path):
    assert HF.claims(taught["tag"])
    info, base = (HF.inspect(path, "x", None, OPTIONS) for path in (taught["tag"], plain["xlmr"]))
    assert (info.ready, info.labels) == (frozenset({"tag"}), TASKS["tag"].labels)
    assert (info.path, info.max_length, info.layers) == (taught["tag"], base.max_length, base.layers)
    other = shutil.copytree(taught["tag"], tmp_path / "other")
    assert HF.inspect(other, "x", None, OPTIONS).fingerprint == info.fingerprint != base.fingerprint
    elsewhere = tiny_checkpoint(tmp_path / "base", seed=5)
    config = json.loads((other / "adapter_config.json").read_text("utf-8"))
    (other / "adapter_config.json").write_text(
        json.dumps({**config, "base_model_name_or_path": str(elsewhere)}), encoding="utf-8"
    )
    changed = HF.inspect(other, "x", None, OPTIONS)
    assert {name for name, digest in info.files.items() if changed.files[name] != digest} >= {"base/model.safetensors"}


def test_updates_that_say_nothing_of_their_head_are_refused_with_the_way_out(taught, tmp_path):
    path = shutil.copytree(taught["tag"], tmp_path / "foreign")
    (path / "config.json").unlink()
    assert HF.claims(path)
    with pytest.raises(BadRequest, match=r"low-rank updates without config\.json, .*\(merge_and_unload of peft\)"):
        HF.inspect(path, "x", None, OPTIONS)


def test_updates_of_a_name_on_the_hub_are_refused_with_the_way_out(taught, tmp_path):
    path = shutil.copytree(taught["tag"], tmp_path / "hub")
    config = json.loads((path / "adapter_config.json").read_text("utf-8"))
    (path / "adapter_config.json").write_text(
        json.dumps({**config, "base_model_name_or_path": "FacebookAI/xlm-roberta-base"}), encoding="utf-8"
    )
    with pytest.raises(
        BadRequest, match="updates of 'FacebookAI/xlm-roberta-base', which is not a folder on this machine"
    ):
        HF.inspect(path, "x", None, OPTIONS)


def test_a_sentence_transformers_folder_has_updates_of_its_encoder(minilm, tmp_path):
    finetune(minilm, tmp_path, model=ST, epochs=0.2, max_length=32, lora=LORA)
    alone = predictions(load(tmp_path / "checkpoint", "classify", model=ST), "classify")
    options = replace(OPTIONS, bases=(minilm,))
    assert predictions(load(tmp_path / "checkpoint", "classify", options=options, model=ST), "classify") == alone


def test_vectors_are_those_of_updates_and_pooler(plain, taught):
    texts = [row["text"] for row in ROWS[:4]]
    model = official(plain["xlmr"], taught["embed"], "embed")
    tokenizer = transformers.AutoTokenizer.from_pretrained(plain["xlmr"])
    with torch.inference_mode():
        wanted = model(**tokenizer(texts, padding=True, return_tensors="pt")).pooler_output
    assert torch.allclose(torch.tensor(vectors(load(taught["embed"], "embed"), texts)), wanted, atol=1e-5)


def test_without_peft_a_folder_of_updates_is_refused_with_what_to_install(taught, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadRequest, match=r"updates needs the package peft; run: pip install 'xharness\[peft\]'"):
        HF.inspect(taught["tag"], "x", None, OPTIONS)
