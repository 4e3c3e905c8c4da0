"""Encoder-decoders that translate: how they are told the languages, and that order and batches change nothing.

The models are tiny and their weights are random, so what they say means nothing.
"""

from __future__ import annotations

import json
import shutil
from functools import cache

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from tests.models import TEXT, returning_tuples
from xharness import BadRequest, LoadOptions, StageError
from xharness_plugins.models.hf import HF
from xharness_plugins.models.seq2seq import SEQ2SEQ
from xharness_plugins.models.translator import load

OPTIONS = LoadOptions(device="cpu", dtype="float32")
SENTENCES = ["Who wrote the letter?", "The old harbour lies quiet in the morning.", "A boat.", "Nobody knows."]


@cache
def pieces():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=400, special_tokens=special, show_progress=False))
    return made


def nllb_tokenizer():
    """Return a tokenizer of NLLB's class, which knows the languages of FLORES-200."""
    from transformers import NllbTokenizer

    model = json.loads(pieces().to_str())["model"]
    return NllbTokenizer(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]])


def plain_tokenizer(*more, **told):
    """Return a tokenizer without languages but those that are given as tokens."""
    from transformers import PreTrainedTokenizerFast

    found = PreTrainedTokenizerFast(
        tokenizer_object=pieces(), bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<pad>", **told
    )
    found.add_tokens(list(more))
    return found


def write(path, tokenizer, seed=3):
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=len(tokenizer), d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=64, init_std=0.5,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = M2M100ForConditionalGeneration(config)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def nllb(tmp_path_factory):
    return write(tmp_path_factory.mktemp("nllb"), nllb_tokenizer())


def loaded(path, beams=2, max_length=6, **options):
    given = LoadOptions(device="cpu", dtype="float32", **options)
    return SEQ2SEQ.load(path, "translate", None, {"beams": beams, "max_length": max_length}, given)


def test_a_folder_with_an_encoder_and_a_decoder_is_taken_by_this_adapter_first(nllb, tmp_path):
    assert SEQ2SEQ.claims(nllb) > HF.claims(nllb)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    assert SEQ2SEQ.claims(tmp_path) is None
    assert HF.claims(tmp_path)
    (tmp_path / "config.json").write_text("no JSON", encoding="utf-8")
    assert not SEQ2SEQ.claims(tmp_path)
    assert not SEQ2SEQ.claims(tmp_path / "nothing")


def test_what_its_small_files_say(nllb, tmp_path):
    found = SEQ2SEQ.inspect(nllb, "mine", None, OPTIONS)
    assert (found.ready, found.adapter, found.labels) == (frozenset({"translate"}), "seq2seq", ())
    assert found.parameters > 10_000
    other = SEQ2SEQ.inspect(write(tmp_path / "other", nllb_tokenizer(), seed=4), "mine", None, OPTIONS)
    assert other.fingerprint != found.fingerprint


def test_each_sentence_has_one_translation_whatever_it_is_translated_with(nllb):
    model = loaded(nllb)
    together = list(model.translate(SENTENCES, "en", "sw"))
    assert len(set(together)) > 1
    assert [next(model.translate([text], "en", "sw")) for text in SENTENCES] == together
    assert list(model.translate(SENTENCES[::-1], "en", "sw")) == together[::-1]
    assert list(loaded(nllb, exact=True).translate(SENTENCES, "en", "sw")) == together
    assert list(model.translate(iter([]), "en", "sw")) == []


def test_a_config_that_asks_for_tuples_changes_nothing(nllb, tmp_path):
    folder = returning_tuples(nllb, tmp_path / "tuples")
    expected = list(loaded(nllb).translate(SENTENCES, "en", "sw"))
    assert list(loaded(folder).translate(SENTENCES, "en", "sw")) == expected


def test_the_languages_and_the_settings_change_what_is_said(nllb):
    usual = list(loaded(nllb).translate(SENTENCES, "en", "sw"))
    assert list(loaded(nllb).translate(SENTENCES, "en", "zh")) != usual
    assert list(loaded(nllb).translate(SENTENCES, "de", "sw")) != usual
    assert list(loaded(nllb, max_length=2).translate(SENTENCES, "en", "sw")) != usual
    about = loaded(nllb, beams=1).describe()
    assert about == {"device": "cpu", "dtype": "float32", "beams": 1, "max_length": 6}


def test_nllb_is_told_the_languages_in_the_scripts_that_we_mean(nllb):
    model = loaded(nllb)
    for code, name in (("sw", "swh_Latn"), ("zh", "zho_Hans"), ("ar", "arb_Arab"), ("qu", "quy_Latn")):
        _, forced = model.prefix_and_first_token("en", code)
        assert model.tokenizer.convert_ids_to_tokens(forced) == name
        model.prefix_and_first_token(code, "en")
        assert model.tokenizer(SENTENCES[0])["input_ids"][0] == model.tokenizer.convert_tokens_to_ids(name)


@pytest.mark.parametrize(
    ("tokens", "before", "forced"),
    [
        (("<2de>", "<2sw>"), "<2sw> ", None),
        ((">>swa<<", ">>deu<<"), ">>swa<< ", None),
        (("__en__", "__sw__"), "", "__sw__"),
        (("en_XX", "sw_KE"), "", "sw_KE"),
        ((), "", None),
    ],
)
def test_other_families_are_told_in_their_own_way(tmp_path, tokens, before, forced):
    model = loaded(write(tmp_path, plain_tokenizer(*tokens)))
    found = model.prefix_and_first_token("en", "sw")
    assert found == (before, forced and model.tokenizer.convert_tokens_to_ids(forced))
    assert len(list(model.translate(SENTENCES, "en", "sw"))) == len(SENTENCES)


@pytest.mark.parametrize("tokens", [("<2de>",), ("__en__", "__de__")])
def test_a_language_that_the_model_does_not_know_is_refused(tmp_path, tokens):
    with pytest.raises(BadRequest, match="cannot translate language sw, only de"):
        list(loaded(write(tmp_path, plain_tokenizer(*tokens))).translate(["A."], "en", "sw"))


def test_a_model_of_one_direction_is_not_asked_for_another(tmp_path):
    model = loaded(write(tmp_path, plain_tokenizer(source_lang="eng", target_lang="swa")))
    assert len(list(model.translate(["A."], "en", "sw"))) == 1
    with pytest.raises(BadRequest, match="cannot translate sw into en, its source_lang is eng"):
        list(model.translate(["A."], "sw", "en"))


def test_a_tokenizer_that_cannot_be_had_is_one_line(nllb, tmp_path):
    write(tmp_path, plain_tokenizer())
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadRequest, match="cannot load the tokenizer") as raised:
        load(tmp_path, {"beams": 1, "max_length": 4}, OPTIONS)
    assert "\n" not in str(raised.value)


def test_translations_from_outputs_that_are_no_numbers_fail(nllb, tmp_path):
    path = shutil.copytree(nllb, tmp_path / "damaged")
    weights = load_file(path / "model.safetensors")
    weights["model.decoder.layers.0.fc2.weight"][3] = float("nan")
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    said = r"outputs hold NaN or infinite values \(layer model\.decoder\.layers\.0\.fc2, float32\); the weights of this"
    with pytest.raises(StageError, match=said):
        list(loaded(path).translate(SENTENCES, "en", "sw"))


def test_a_tokenizer_with_more_tokens_than_the_embedding_is_refused(nllb, tmp_path):
    path = shutil.copytree(nllb, tmp_path / "larger")
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.add_tokens(["<new>"])
    tokenizer.save_pretrained(path)
    for act in (lambda: SEQ2SEQ.inspect(path, "x", None, OPTIONS), lambda: loaded(path)):
        with pytest.raises(BadRequest, match=r"the tokenizer has [\d,]+ tokens, but the embedding of the model only"):
            act()


def test_weights_that_the_architecture_does_not_have_are_a_remark(nllb, tmp_path):
    assert "remarks" not in loaded(nllb).describe()
    path = shutil.copytree(nllb, tmp_path / "spare")
    weights = load_file(path / "model.safetensors")
    weights["model.spare.weight"] = weights["model.shared.weight"].clone()
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    [remark] = loaded(path).describe()["remarks"]
    assert (remark["code"], remark["facts"]["count"]) == ("unknown_weights", 1)


def test_sizes_that_exceed_the_weights_are_refused(nllb, tmp_path):
    path = shutil.copytree(nllb, tmp_path / "huge")
    config = json.loads((path / "config.json").read_text("utf-8"))
    (path / "config.json").write_text(json.dumps(config | {"decoder_layers": 10**6}), encoding="utf-8")
    for act in (lambda: SEQ2SEQ.inspect(path, "x", None, OPTIONS), lambda: loaded(path)):
        with pytest.raises(BadRequest, match=r"1,000,000 layers \(decoder_layers\), but the weights are \d+ tensors"):
            act()
