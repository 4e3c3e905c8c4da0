"""An encoder becomes an encoder-decoder by a training on code: plan, training, saved folder, what it writes."""

from __future__ import annotations

import json

import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, EncoderDecoderModel

from tests.models import tiny_checkpoint
from tests.plugins.models.word_trainings import ANSWERS, OPTIONS, TUNING, scores, trained
from xharness import BadRequest, Continuation, Generation, Training, Tuning, api
from xharness_plugins.models import warm_start
from xharness_plugins.models.encdec import ENCDEC
from xharness_plugins.models.seq2seq import SEQ2SEQ

KINDS = ("xlmr", "bert")
FIRST = Tuning(epochs=1, batch_size=8, warmup_steps=0, selection="last")


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {kind: undropped(tiny_checkpoint(folder / kind, kind)) for kind in KINDS}


def undropped(path):
    file = path / "config.json"
    without = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | without), encoding="utf-8")
    return path


def start(path, folder, given=None, seed=1):
    """Return the encoder-decoder that a training of the checkpoint `path` starts from."""
    given = given or path
    fields = {"tasks": (), "tuning": FIRST, "head": None, "out": folder, "scratch": folder, "report": print}
    warm_start.write(Training(path=path, given=given, seed=seed, options=OPTIONS, **fields), folder)
    return EncoderDecoderModel.from_pretrained(folder).eval()


@pytest.mark.parametrize("kind", KINDS)
def test_both_parts_have_the_weights_of_the_checkpoint_and_only_the_attention_between_them_is_new(
    paths, tmp_path, kind
):
    model, given = start(paths[kind], tmp_path), AutoModelForMaskedLM.from_pretrained(paths[kind])
    known = given.state_dict()
    decoder, encoder = model.decoder.state_dict(), model.encoder.state_dict()
    new = {name for name in decoder if name not in known}
    assert new and all(".crossattention." in name for name in new)
    assert all(torch.equal(decoder[name], known[name]) for name in decoder.keys() - new)
    own = given.base_model.state_dict()
    assert own and all(torch.equal(encoder[name], own[name]) for name in own)


def test_after_an_intermediate_task_only_the_encoder_differs(paths, tmp_path):
    other = tiny_checkpoint(tmp_path / "other", seed=7)
    models = [start(path, tmp_path / path.name / "start", paths["xlmr"]) for path in (paths["xlmr"], other)]
    decoders, encoders = ([getattr(model, part).state_dict() for model in models] for part in ("decoder", "encoder"))
    assert all(torch.equal(value, decoders[1][name]) for name, value in decoders[0].items())
    assert not all(torch.equal(value, encoders[1][name]) for name, value in encoders[0].items())


def test_the_loss_is_that_of_transformers_on_labels_with_an_end(paths, tmp_path):
    reports = []
    trained(ENCDEC, paths["bert"], tmp_path / "out", tuning=FIRST, report=reports.append)
    folder = tmp_path / "out.scratch/encoder_decoder"
    model, tokenizer = EncoderDecoderModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    labels = [tokenizer(each.text, add_special_tokens=False)["input_ids"] + [tokenizer.sep_token_id]
              for each in ANSWERS]  # fmt: skip
    width = max(map(len, labels))
    inputs = tokenizer([each.context for each in ANSWERS], return_tensors="pt", padding=True)
    labels = torch.tensor([ids + [-100] * (width - len(ids)) for ids in labels])
    with torch.inference_mode(), pytest.warns(FutureWarning, match="better way to train"):
        expected = model.eval()(input_ids=inputs.input_ids, attention_mask=inputs.attention_mask, labels=labels).loss
    assert reports[-1]["loss"] == pytest.approx(expected.item(), rel=1e-4)


def test_a_trained_folder_is_read_by_transformers_and_the_adapter_for_encoder_decoders(paths, tmp_path):
    path = paths["xlmr"]
    losses = []
    tuning = Tuning(**{**vars(TUNING), "selection": "last"})
    report = trained(ENCDEC, path, tmp_path / "out", tuning=tuning, report=lambda each: losses.append(each["loss"]))
    assert report["heads_created"] == ["crossattention"] and losses[-1] < losses[0] / 4
    found = scores(ENCDEC, tmp_path / "out")
    assert found == scores(SEQ2SEQ, tmp_path / "out")
    assert SEQ2SEQ.claims(tmp_path / "out") == 10
    info = SEQ2SEQ.inspect(tmp_path / "out", "x", None, OPTIONS)
    assert (info.hidden_size, info.layers, info.max_length) == (64, 2, 512)
    assert {"generate", "loglikelihood"} <= info.ready
    model, tokenizer = EncoderDecoderModel.from_pretrained(tmp_path / "out"), AutoTokenizer.from_pretrained(path)
    embeddings = model.encoder.get_input_embeddings().weight
    assert torch.equal(embeddings, AutoModelForMaskedLM.from_pretrained(path).get_input_embeddings().weight)
    ids = tokenizer([each.context for each in ANSWERS], return_tensors="pt", padding=True)
    written = model.eval().generate(**ids, max_new_tokens=6, do_sample=False)
    expected = tokenizer.batch_decode(written, skip_special_tokens=True)
    asked = [Generation(each.context, (), 6) for each in ANSWERS]
    loaded = ENCDEC.load(tmp_path / "out", "generate", None, {}, OPTIONS)
    assert [text.text for text in loaded.generate(asked)] == [text.strip() for text in expected]


def test_no_text_is_longer_than_the_table_of_positions(paths, tmp_path):
    start(paths["bert"], tmp_path)
    model = SEQ2SEQ.load(tmp_path, "generate", None, {}, OPTIONS)
    [text] = model.generate([Generation("the " * 600, (), 600)])
    assert (text.cut, text.shortened) == (True, True)
    [value] = model.loglikelihood([Continuation("the", " mayor" * 600)])
    assert value < 0


def wish(path, **more):
    own = {"tasks": ["mconala_nll"], "languages": ["ru"], "source": "mini", "limit": 8, "dtype": "float32"}
    return api.build({"model": f"encdec:{path}", **own, **more})


def test_three_phases_run_from_an_encoder_to_code_in_another_language(paths, tmp_path, registry):
    params = {"intermediate": "mnli", "target": "mconala_nll", "epochs": "1", "intermediate_epochs": "1"}
    lasts = {"selection": "last", "intermediate_selection": "last"}
    request = wish(paths["bert"], tasks=["mconala", "mconala_nll"], recipe="intermediate", params={**params, **lasts})
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    assert {cell["task"]: (cell["status"], cell["reason"]) for cell in results["cells"]} == {
        "mconala": ("ok", None), "mconala_nll": ("ok", None),
    }  # fmt: skip
    assert [stage["kind"] for stage in results["run"]["plan"]].count("finetune") == 2
    configs = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "store").rglob("checkpoint/config.json")]
    assert sorted(config["model_type"] for config in configs) == ["bert", "encoder-decoder"]


def test_the_intermediate_checkpoint_of_code_and_of_other_tasks_is_the_same(paths, registry):
    params = {"intermediate": "mnli", "target": "mconala_nll", "selection": "last"}
    plans = [api.plan(wish(paths["bert"], tasks=[task], recipe="intermediate", params=params), registry=registry)
             for task in ("mconala_nll", "xnli", "tatoeba")]  # fmt: skip
    first = [next(job.key for job in plan.jobs.values() if job.kind == "finetune") for plan in plans]
    assert len(set(first)) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "BertForMaskedLM is an encoder, which can compute log-likelihoods only after a training in words; add a "
         "last training to the recipe, as --param target=mconala"),
        ({"recipe": "as-is"}, "only after a training in words"),
        ({"tasks": ["xnli"], "way": "loglikelihood"}, "'xnli' has a way without words"),
        ({"recipe": "lora", "params": {"target": "mconala_nll"}}, "cannot train low-rank updates"),
    ],
)  # fmt: skip
def test_what_does_not_fit_an_encoder_is_refused_before_any_work(paths, registry, more, message):
    with pytest.raises(BadRequest, match=message):
        api.plan(wish(paths["bert"], **more), registry=registry)


def test_a_type_that_transformers_cannot_run_as_a_decoder_is_refused(paths, tmp_path):
    config = json.loads((paths["bert"] / "config.json").read_text("utf-8"))
    folder = tiny_checkpoint(tmp_path / "other", "bert")
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "distilbert"}), encoding="utf-8")
    with pytest.raises(BadRequest, match="cannot run model type 'distilbert' as a decoder"):
        ENCDEC.inspect(folder, "x", None, OPTIONS)


def test_every_listed_type_has_a_decoder_with_attention_to_an_encoder():
    from transformers import CONFIG_MAPPING, AutoModelForCausalLM

    for name in sorted(warm_start.TYPES):
        config = CONFIG_MAPPING[name](is_decoder=True, add_cross_attention=True, num_hidden_layers=1)
        with torch.device("meta"):
            decoder = AutoModelForCausalLM.from_config(config)
        assert any(".crossattention." in weight for weight in decoder.state_dict()), name
