"""What is known of a checkpoint before anything is loaded, and what is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.models import KINDS, tiny_checkpoint
from xharness import BadRequest, LoadOptions
from xharness_plugins.models.hf import HF
from xharness_plugins.models.st import ST


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind) for kind in KINDS}


@pytest.fixture
def xlmr(plain, tmp_path):
    return shutil.copytree(plain["xlmr"], tmp_path / "xlmr")


def inspect(path, **options):
    return HF.inspect(path, str(path), None, LoadOptions(**options))


def configure(path, **changes):
    config = json.loads((path / "config.json").read_text("utf-8"))
    (path / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")


@pytest.mark.parametrize(("kind", "length"), [("xlmr", 512), ("bert", 512), ("roberta", 512)])
def test_what_the_small_files_say(plain, kind, length):
    from transformers import AutoModelForMaskedLM

    info = inspect(plain[kind])
    model = AutoModelForMaskedLM.from_pretrained(plain[kind])
    assert info.parameters == sum(each.numel() for each in model.parameters())
    assert info.bytes == (plain[kind] / "model.safetensors").stat().st_size
    assert (info.adapter, info.hidden_size, info.layers, info.max_length) == ("hf", 64, 2, length)
    assert (info.ready, info.labels) == (frozenset(), ())
    assert info.architecture == type(model).__name__
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(info.files)


def test_length_without_a_tokenizer_configuration(xlmr):
    (xlmr / "tokenizer_config.json").unlink()
    assert inspect(xlmr).max_length == 512


def test_the_real_checkpoint(minilm):
    info = ST.inspect(minilm, "mini", None, LoadOptions())
    assert (info.adapter, info.parameters, info.hidden_size, info.layers) == ("st", 22_713_728, 384, 6)
    assert info.ready == {"embed"}
    assert {"modules.json", "1_Pooling/config.json", "model.safetensors"} <= set(info.files)


@pytest.mark.parametrize(
    ("architecture", "head", "labels"),
    [
        ("XLMRobertaForSequenceClassification", "classify", ("no", "yes")),
        ("XLMRobertaForMultipleChoice", "choose", ()),
        ("XLMRobertaForTokenClassification", "tag", ("no", "yes")),
        ("XLMRobertaForQuestionAnswering", "answer", ()),
    ],
)
def test_heads_and_their_labels(xlmr, architecture, head, labels):
    configure(xlmr, architectures=[architecture], id2label={"1": "yes", "0": "no"})
    info = inspect(xlmr)
    assert (info.ready, info.labels) == (frozenset({head} - {None}), labels)


def test_fingerprint_changes_with_content_alone(xlmr, tmp_path):
    first = inspect(xlmr).fingerprint
    assert len(first) == 64
    copy = shutil.copytree(xlmr, tmp_path / "copy")
    (copy / "README.md").write_text("about", encoding="utf-8")
    assert inspect(copy).fingerprint == first
    for name in ("config.json", "tokenizer_config.json"):
        (copy / name).write_text((copy / name).read_text("utf-8") + "\n", encoding="utf-8")
        second = inspect(copy).fingerprint
        assert second != first
        first = second


def test_adapters_claim_their_own_form(plain, minilm, tmp_path):
    assert HF.claims(plain["bert"]) and not ST.claims(plain["bert"])
    assert ST.claims(minilm) > HF.claims(minilm)
    assert not HF.claims(tmp_path) and not ST.claims(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: (path / "config.json").unlink(), "not a checkpoint, it contains model.safetensors"),
        (
            lambda path: (path / "config.json").write_text("{", "utf-8"),
            r"config\.json:1: not JSON: .*download",
        ),
        (lambda path: (path / "config.json").write_text("[]", "utf-8"), r"config\.json: expected an object, got \[\]"),
        (lambda path: configure(path, model_type=""), "no model_type"),
        (lambda path: (path / "tokenizer.json").unlink(), r"no tokenizer; expected tokenizer\.json"),
        (lambda path: (path / "model.safetensors").unlink(), "no weights; the folder contains config.json"),
        (
            lambda path: (path / "model.safetensors").rename(path / "pytorch_model.bin"),
            "pickle .*--allow-pickle",
        ),
        (
            lambda path: configure(path, model_type="my-model", auto_map={"AutoModel": "mine.Mine"}),
            "code from the checkpoint.*--allow-remote-code",
        ),
        (
            lambda path: configure(path, architectures=["LlamaForCausalLM"]),
            "decoder-only model and the adapter .hf. takes enc",
        ),
        (lambda path: configure(path, architectures=["GPT2LMHeadModel"]), "decoder-only model"),
        (lambda path: configure(path, architectures=["LlamaModel"], model_type="llama"), "decoder-only model"),
        (lambda path: configure(path, is_encoder_decoder=True), "an encoder-decoder model"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_one_line(xlmr, change, message):
    change(xlmr)
    with pytest.raises(BadRequest, match=message) as raised:
        inspect(xlmr)
    assert "\n" not in str(raised.value)


def test_consents(xlmr):
    configure(xlmr, model_type="my-model", auto_map={"AutoModel": "mine.Mine"})
    assert inspect(xlmr, allow_remote_code=True).layers == 2
    configure(xlmr, model_type="xlm-roberta")
    assert inspect(xlmr).layers == 2
    (xlmr / "model.safetensors").rename(xlmr / "pytorch_model.bin")
    assert inspect(xlmr, allow_pickle=True).parameters > 50_000


def test_inspecting_imports_nothing_heavy(plain):
    probe = (
        "import sys, pathlib; from xharness import LoadOptions; from xharness_plugins.models.hf import HF;"
        "HF.inspect(pathlib.Path(sys.argv[1]), 'x', None, LoadOptions()); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe, plain["bert"]], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"torch", "transformers", "numpy", "tokenizers", "safetensors", "datasets"}
