"""Encoder-decoders are trained in words, saved as ordinary folders or as updates of peft, and asked again."""

from __future__ import annotations

import json
import warnings

import pytest
import torch
from peft import PeftModel
from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer

from tests.models import tiny_seq2seq
from tests.plugins.models.word_trainings import ANSWERS, ASKED, LORA, OPTIONS, RIGHT, TUNING, chosen, scores, trained
from xharness import BadRequest, Continuation, Generation, Mixing, Slot, Slots, Tuning, api
from xharness_plugins.models.seq2seq import SEQ2SEQ

SMALL = {"mt5": {"initializer_factor": 0.5, "dropout_rate": 0.0}, "bart": {"init_std": 0.1, "dropout": 0.0}}
"""Settings of random weights that learn in few steps."""
TUNED = {**vars(TUNING), "epochs": 25}
LAST = Tuning(**{**TUNED, "selection": "last"})
FIRST = Tuning(epochs=1, batch_size=8, warmup_steps=0, selection="last")


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {kind: learner(folder / kind, kind) for kind in SMALL}


def learner(path, kind):
    config = AutoConfig.from_pretrained(tiny_seq2seq(path, kind), **SMALL[kind])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        AutoModelForSeq2SeqLM.from_config(config).save_pretrained(path)
    if kind == "bart":
        (path / "generation_config.json").write_text(json.dumps({"forced_bos_token_id": 0}), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", SMALL)
def test_what_is_saved_has_learned_all_answers_and_scores_as_in_memory(paths, tmp_path, kind):
    seen = []

    def dev_score(model):
        seen.append(list(model.loglikelihood(iter(ASKED))))
        return 1.0

    report = trained(SEQ2SEQ, paths[kind], tmp_path / "out", dev_score=dev_score, tuning=Tuning(**TUNED))
    found = scores(SEQ2SEQ, tmp_path / "out")
    assert chosen(found) == RIGHT != chosen(scores(SEQ2SEQ, paths[kind]))
    assert found == pytest.approx(seen[-1], abs=1e-4)
    assert report["examples"] == report["inputs"] == 8
    starts = [SEQ2SEQ.load(path, "generate", None, {}, OPTIONS).describe()["target_start"]
              for path in (paths[kind], tmp_path / "out")]  # fmt: skip
    assert starts == [{"mt5": ["<pad>"], "bart": ["</s>", "<s>"]}[kind]] * 2


def test_the_loss_is_that_of_transformers_on_labels_with_an_end(paths, tmp_path):
    path = paths["mt5"]
    reports = []
    trained(SEQ2SEQ, path, tmp_path / "out", tuning=FIRST, report=reports.append)
    model, tokenizer = AutoModelForSeq2SeqLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)
    labels = [tokenizer(each.text, add_special_tokens=False)["input_ids"] + [1] for each in ANSWERS]
    width = max(map(len, labels))
    inputs = tokenizer([each.context for each in ANSWERS], return_tensors="pt", padding=True)
    labels = torch.tensor([ids + [-100] * (width - len(ids)) for ids in labels])
    with torch.inference_mode():
        expected = model.eval()(**inputs, labels=labels).loss.item()
    assert reports[-1]["loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("kind", "params"), [("mt5", {}), ("mt5", {"sentinel": True}), ("bart", {})])
def test_a_model_that_is_trained_to_write_an_answer_ends_it(paths, tmp_path, kind, params):
    texts = [Continuation(each.context, f"{each.text}\n") for each in ANSWERS]
    trained(SEQ2SEQ, paths[kind], tmp_path / "out", (texts,), LAST, params=params)
    model = SEQ2SEQ.load(tmp_path / "out", "generate", None, params, OPTIONS)
    written = list(model.generate(Generation(each.context, ("\n",), 8) for each in ANSWERS))
    assert [text.text.strip() for text in written] == [each.text.strip() for each in ANSWERS]
    assert not any(text.cut for text in written)


def test_lines_of_tags_are_learned(paths, tmp_path):
    tags = (" LOC\n", " none\n")
    asked = [Slots(f"{each.context}\n", (Slot("a:", tags), Slot("b:", tags))) for each in ANSWERS[:8:2]]
    right = [(0, 1), (1, 1), (1, 0), (0, 0)]
    texts = [
        Slots(each.context, tuple(Slot(slot.before, (tags[tag],)) for slot, tag in zip(each.slots, own, strict=True)))
        for each, own in zip(asked, right, strict=True)
    ]
    trained(
        SEQ2SEQ, paths["mt5"], tmp_path / "out", (texts,), Tuning(**{**vars(LAST), "epochs": 70, "learning_rate": 1e-2})
    )
    model = SEQ2SEQ.load(tmp_path / "out", "fill_slots", None, {}, OPTIONS)
    assert [filled.choices for filled in model.fill_slots(iter(asked))] == right


def test_updates_are_a_folder_of_peft_that_names_its_base(paths, tmp_path):
    report = trained(SEQ2SEQ, paths["bart"], tmp_path / "out", tuning=FIRST, lora=LORA)
    declared = json.loads((tmp_path / "out" / "adapter_config.json").read_text("utf-8"))
    assert (declared["task_type"], declared["base_model_name_or_path"]) == ("SEQ_2_SEQ_LM", str(paths["bart"]))
    assert set(declared["target_modules"]) == {"q_proj", "v_proj"} and declared["modules_to_save"] is None
    assert 0 < report["trained_share"] < 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of peft, which reads deprecated properties of transformers
        base = AutoModelForSeq2SeqLM.from_pretrained(paths["bart"])
        PeftModel.from_pretrained(base, tmp_path / "out").merge_and_unload().save_pretrained(tmp_path / "merged")
    AutoTokenizer.from_pretrained(paths["bart"]).save_pretrained(tmp_path / "merged")
    assert scores(SEQ2SEQ, tmp_path / "out") == pytest.approx(scores(SEQ2SEQ, tmp_path / "merged"), abs=1e-4)


def test_tasks_of_a_mixture_train_one_model(paths, tmp_path):
    parts = (ANSWERS[:4], ANSWERS[4:])
    trained(SEQ2SEQ, paths["mt5"], tmp_path / "out", parts, LAST, mixing=Mixing())
    assert chosen(scores(SEQ2SEQ, tmp_path / "out")) == RIGHT


def wish(path, **more):
    own = {"model": str(path), "tasks": ["xnli"], "languages": ["sw"], "source": "mini", "limit": 6}
    return api.build({**own, "dtype": "float32", **more})


def test_without_a_way_in_words_a_recipe_that_trains_says_how_to_train_in_words(paths, registry):
    with pytest.raises(BadRequest, match="in words with --way loglikelihood, or use --recipe as-is"):
        api.plan(wish(paths["mt5"]), registry=registry)


def test_two_phases_with_updates_run_and_are_scored_in_words(paths, tmp_path, registry):
    params = {"intermediate": "squad_v1", "epochs": "1", "selection": "last", "intermediate_selection": "last"}
    request = wish(paths["mt5"], way="loglikelihood", recipe="lora", params=params)
    results = api.run(request, registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [cell] = results["cells"]
    assert (cell["status"], cell["way"]["name"]) == ("ok", "loglikelihood"), cell["reason"]
    assert [stage["kind"] for stage in results["run"]["plan"]] == ["pretrained", "finetune", "finetune", "predict"]
