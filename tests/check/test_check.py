"""`xharness check`: each finding is provoked by a checkpoint that has it, and a sound checkpoint has none."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import normalizers

from tests.models import tiny_checkpoint, tiny_decoder
from tests.plugins.models.tiny import with_head
from xharness import BadRequest, LoadOptions
from xharness.check.examining import examine
from xharness.check.words import words

OPTIONS = LoadOptions(device="cpu", dtype="float32")


@pytest.fixture(scope="module", autouse=True)
def _same_words(registry):
    known = words(registry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xharness.check.examining.words", lambda _: known)
        yield


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return {kind: tiny_checkpoint(folder / kind, kind, hidden=32) for kind in ("xlmr", "bert", "roberta")}


@pytest.fixture
def xlmr(plain, tmp_path):
    return shutil.copytree(plain["xlmr"], tmp_path / "xlmr")


@pytest.fixture
def check(registry):
    def check(path, **options):
        report = examine(str(path), registry, {}, LoadOptions(device="cpu", dtype="float32", **options))
        for finding in report.findings:
            assert "\n" not in finding.found
            json.dumps(finding.record())
        return report

    return check


def found(report, name):
    """Return state and text of the only finding with a name."""
    [finding] = [each for each in report.findings if each.name == name]
    return finding.state, finding.found


def failed(report):
    return [(each.part, each.name) for each in report.findings if each.state == "failed"]


def rewrite(file, **changes):
    content = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    file.write_text(json.dumps(content | changes), encoding="utf-8")


def poison(path, value=float("nan")):
    weights = load_file(path / "model.safetensors")
    name = next(name for name in weights if name.endswith("layer.1.output.dense.weight"))
    weights[name][3, :5] = value
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    return name


def test_a_sound_checkpoint_has_no_failures(check, plain):
    report = check(plain["roberta"])
    assert not report.stops
    assert report.adapter == "hf"
    assert [(each.state, each.name) for each in report.findings if each.state != "ok"] == [("note", "generation")]
    assert found(report, "stored as") == ("ok", f"float32 ({parameters(plain['roberta']):,} values)")
    assert found(report, "context")[1] == "512 tokens at most"
    assert found(report, "values") == ("ok", "all finite")
    assert report.command == f"xharness run {shlex.quote(str(plain['roberta']))}"


def parameters(path):
    return sum(each.numel() for each in load_file(path / "model.safetensors").values())


def test_words_are_counted_in_fifty_languages(registry):
    spoken = words(registry)
    assert len(spoken) == 50
    assert all(len(each) > 20 for each in spoken.values())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_stop_a_run(check, xlmr, value):
    name = poison(xlmr, value)
    report = check(xlmr)
    assert report.stops
    state, text = found(report, "values")
    assert (state, f"{name} (5)" in text) == ("failed", True)
    assert "layer.1.output.dense" in found(report, "one batch")[1]


def test_truncated_weights_are_one_finding(check, xlmr):
    file = xlmr / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    report = check(xlmr)
    assert failed(report) == [("checkpoint", "files")]
    assert "its header says" in report.findings[0].found
    assert report.command is None


def test_pickled_weights_stop_a_run_unless_they_are_allowed(check, xlmr):
    weights = load_file(xlmr / "model.safetensors")
    torch.save(weights, xlmr / "pytorch_model.bin")
    (xlmr / "model.safetensors").unlink()
    report = check(xlmr)
    assert failed(report) == [("safety", "pickled weights")]
    assert "--allow-pickle" in found(report, "pickled weights")[1]
    assert not any(each.part in ("weights", "output") for each in report.findings)
    allowed = check(xlmr, allow_pickle=True)
    assert (allowed.stops, found(allowed, "pickled weights")[0]) == (False, "note")
    assert found(allowed, "values") == ("ok", "all finite")
    assert "--allow-pickle" in allowed.command


def test_code_of_the_checkpoint_stops_a_run_unless_it_is_allowed(check, xlmr):
    rewrite(xlmr / "config.json", model_type="new", auto_map={"AutoModel": "modeling.NewModel"})
    report = check(xlmr)
    assert ("safety", "remote code") in failed(report)
    text = found(report, "remote code")[1]
    assert "--allow-remote-code" in text
    assert "model type 'gte' of transformers" in text


def test_an_unknown_model_type_names_both_versions(check, xlmr):
    from transformers import __version__

    rewrite(xlmr / "config.json", model_type="zetabert", transformers_version="99.1.0")
    report = check(xlmr)
    assert report.stops
    text = found(report, "config.json")[1]
    assert f"installed transformers {__version__} does not know model type 'zetabert'" in text
    assert "written by transformers '99.1.0'" in text


def test_a_tokenizer_without_pad_token_is_noted(check, tmp_path):
    report = check(tiny_decoder(tmp_path / "decoder"))
    assert (report.adapter, report.stops) == ("causal", False)
    assert found(report, "pad token")[0] == "note"
    assert found(report, "chat template") == ("ok", "none")
    assert found(report, "unknown tokens") == ("ok", "none: the vocabulary can write any text")
    assert found(report, "words as in text")[0] == "ok"
    assert found(report, "tagging")[0] == "ok"
    assert report.command.endswith("--recipe as-is")


def test_a_chat_template_is_reported(check, xlmr):
    (xlmr / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    assert found(check(xlmr), "chat template") == ("ok", "yes")


def test_a_slow_tokenizer_stops_a_run(check, xlmr):
    (xlmr / "tokenizer.json").unlink()
    (xlmr / "vocab.json").write_text(json.dumps({"a": 0, "<unk>": 1}), encoding="utf-8")
    (xlmr / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CanineTokenizer"}), encoding="utf-8")
    report = check(xlmr)
    finding = next(each for each in report.findings if each.part == "tokenizer")
    assert (finding.name, finding.state) == ("loads", "failed")
    assert "CanineTokenizer is a slow tokenizer" in finding.found


def test_vocabulary_files_that_cannot_be_converted_name_the_packages(check, xlmr, monkeypatch):
    (xlmr / "tokenizer.json").rename(xlmr / "tokenizer.model")
    (xlmr / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "LlamaTokenizer"}), encoding="utf-8")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    [finding] = [each for each in check(xlmr).findings if each.part == "tokenizer"]
    assert finding.state == "failed"
    assert "no tokenizer.json: pip install 'xharness[sentencepiece]', then convert" in finding.found


def test_a_missing_tokenizer_is_one_finding(check, xlmr):
    (xlmr / "tokenizer.json").unlink()
    report = check(xlmr)
    assert failed(report) == [("checkpoint", "files")]
    assert "no tokenizer; expected tokenizer.json" in report.findings[0].found


def test_scripts_that_a_tokenizer_lacks_have_unknown_tokens(check, plain):
    report = check(plain["xlmr"])
    [finding] = [each for each in report.findings if each.name == "unknown tokens"]
    assert finding.state == "note"
    rates = finding.facts["unknown_rate"]
    assert rates["my"] > 0.3 > rates["en"]
    assert " my " in finding.found or ": my" in finding.found
    assert not report.stops


def change_tokenizer(path, change):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    change(tokenizer)
    tokenizer.save(str(path / "tokenizer.json"))


def test_words_that_a_tokenizer_deletes_are_named(check, xlmr):
    from tokenizers import Regex

    def delete_thai(tokenizer):
        tokenizer.normalizer = normalizers.Replace(Regex(r"[\u0e00-\u0e7f]"), "")

    change_tokenizer(xlmr, delete_thai)
    report = check(xlmr)
    [finding] = [each for each in report.findings if each.name == "words after a space"]
    assert finding.state == "note"
    assert finding.facts["without_tokens"]
    assert all("\u0e00" <= character <= "\u0e7f" for word in finding.facts["without_tokens"] for character in word)
    assert "tagging reads them as the unknown token" in finding.found


def test_other_tokens_in_tagging_than_in_text_are_noted(check, xlmr):
    from tokenizers import Regex

    # The prefix that the tokenizer adds has another form than the space of running text.
    def other_prefix(tokenizer):
        tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(Regex(r" (?=\w{3})"), " ~")])

    change_tokenizer(xlmr, other_prefix)
    state, text = found(check(xlmr), "words as in text")
    assert state == "note"
    assert "other tokens in tagging" in text


def test_a_head_is_compared_with_the_labels_of_tasks(check, plain, tmp_path):
    names = ("entailment", "neutral", "contradiction")
    report = check(with_head(plain["xlmr"], tmp_path / "nli", "classify", names))
    assert found(report, "labels") == ("ok", "entailment, neutral, contradiction")
    state, text = found(report, "head")
    assert (state, "xnli" in text) == ("ok", True)
    assert "for classify" in next(each.found for each in report.findings if each.part == "output")
    assert "--task" in report.command
    assert report.command.endswith("--recipe as-is")


def test_a_head_that_fits_no_task_is_noted(check, plain, tmp_path):
    report = check(with_head(plain["xlmr"], tmp_path / "mood", "classify", ("happy", "sad")))
    assert found(report, "head")[0] == "note"
    assert report.command == f"xharness run {tmp_path / 'mood'}"


def test_a_checkpoint_that_lacks_a_layer_does_not_load(check, xlmr):
    weights = load_file(xlmr / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layer.1.attention" not in name}
    save_file(kept, xlmr / "model.safetensors", {"format": "pt"})
    report = check(xlmr)
    assert ("output", "loads") in failed(report)
    assert "missing from the files" in next(each.found for each in report.findings if each.part == "output")


def test_what_does_not_exist_is_refused(registry, plain):
    with pytest.raises(BadRequest, match="no such folder"):
        examine("./nothing", registry, {}, OPTIONS)
    with pytest.raises(BadRequest, match="unknown parameter 'layr' of adapter 'hf'; did you mean layer"):
        examine(str(plain["xlmr"]), registry, {"layr": "3"}, OPTIONS)
    with pytest.raises(BadRequest, match="layer=9"):
        examine(str(plain["xlmr"]), registry, {"layer": "9"}, OPTIONS)
