"""A decoder is trained in words, saved as an ordinary folder or as updates of peft, and asked again."""

from __future__ import annotations

import json
import warnings

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.models import TEXT, tiny_decoder
from tests.plugins.models import word_trainings
from tests.plugins.models.word_trainings import ANSWERS, ASKED, LORA, OPTIONS, RIGHT, TUNING, chosen
from xharness import (
    BadRequest,
    LoadOptions,
    Mixing,
    Slot,
    Slots,
    Tuning,
    api,
)
from xharness_plugins.models.causal import CAUSAL


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tiny_decoder(tmp_path_factory.mktemp("models") / "decoder")


def trained(*given, **more):
    return word_trainings.trained(CAUSAL, *given, **more)


def scores(*given, **more):
    return word_trainings.scores(CAUSAL, *given, **more)


@pytest.mark.parametrize("lora", [None, LORA], ids=["all weights", "updates"])
def test_what_is_saved_has_learned_all_answers_and_scores_as_in_memory(path, tmp_path, lora):
    seen = []

    def dev_score(model):
        seen.append(list(model.loglikelihood(iter(ASKED))))
        return 1.0

    tuning = TUNING if lora is None else Tuning(**{**vars(TUNING), "epochs": 60, "learning_rate": 2e-2})
    report = trained(path, tmp_path / "out", dev_score=dev_score, tuning=tuning, lora=lora)
    found = scores(tmp_path / "out")
    assert chosen(found) == RIGHT != chosen(scores(path))
    assert found == pytest.approx(seen[-1], abs=1e-4)
    assert report["examples"] == report["inputs"] == 8
    assert report["heads_dropped"] == report["heads_created"] == []


def plain(model, tokenizer, asked):
    before, whole = tokenizer.encode(asked.context), tokenizer.encode(asked.context + asked.text)
    with torch.inference_mode():
        logits = model(torch.tensor([whole])).logits[0].log_softmax(-1)
    return sum(logits[place - 1, whole[place]].item() for place in range(len(before), len(whole)))


def test_a_folder_is_one_of_transformers_with_the_settings_for_generation(path, tmp_path):
    source = tiny_decoder(tmp_path / "model")
    (source / "generation_config.json").write_text(json.dumps({"eos_token_id": [1, 2]}), "utf-8")
    trained(source, tmp_path / "out", tuning=Tuning(epochs=1, selection="last"))
    model, tokenizer = (auto.from_pretrained(tmp_path / "out") for auto in (AutoModelForCausalLM, AutoTokenizer))
    assert scores(tmp_path / "out") == pytest.approx([plain(model, tokenizer, each) for each in ASKED], abs=1e-4)
    assert json.loads((tmp_path / "out" / "generation_config.json").read_text("utf-8")) == {"eos_token_id": [1, 2]}
    assert json.loads((tmp_path / "out" / "config.json").read_text("utf-8"))["use_cache"] is True


def test_updates_are_a_folder_of_peft_that_names_its_base_and_no_layer_is_trained_in_full(path, tmp_path):
    report = trained(path, tmp_path / "out", tuning=Tuning(epochs=1, selection="last"), lora=LORA)
    declared = json.loads((tmp_path / "out" / "adapter_config.json").read_text("utf-8"))
    assert (declared["task_type"], declared["base_model_name_or_path"]) == ("CAUSAL_LM", str(path))
    assert declared["modules_to_save"] is None
    assert 0 < report["trained_share"] < 0.1
    assert not (tmp_path / "out" / "config.json").exists()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of peft, which reads deprecated properties of transformers
        model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(path), tmp_path / "out").eval()
    tokenizer = AutoTokenizer.from_pretrained(path)
    assert scores(tmp_path / "out") == pytest.approx([plain(model, tokenizer, each) for each in ASKED], abs=1e-4)


def test_updates_of_updates_are_loaded_with_both_bases(path, tmp_path):
    rate = Tuning(epochs=3, learning_rate=1e-2, selection="last")
    one, two = tmp_path / "one", tmp_path / "two"
    trained(path, one, tuning=rate, lora=LORA)
    seen = []

    def dev_score(model):
        seen.append(list(model.loglikelihood(iter(ASKED))))
        return 1.0

    selecting = Tuning(**{**vars(rate), "selection": "dev"})
    options = LoadOptions(device="cpu", dtype="float32", bases=(path,))
    trained(one, two, (ANSWERS[:3],), selecting, dev_score, options, lora=LORA)
    found = scores(two, options=LoadOptions(device="cpu", dtype="float32", bases=(one, path)))
    assert found == pytest.approx(seen[-1], abs=1e-4)
    assert found != pytest.approx(scores(one), abs=1e-4)


def test_lines_of_tags_are_learned_where_only_tags_count(path, tmp_path):
    tags = (" LOC\n", " O\n")
    asked = [Slots(f"{line}\n", (Slot("a:", tags), Slot("b:", tags))) for line in TEXT[:4]]
    right = [(0, 1), (1, 1), (1, 0), (0, 0)]
    texts = [
        Slots(each.context, tuple(Slot(slot.before, (tags[tag],)) for slot, tag in zip(each.slots, own, strict=True)))
        for each, own in zip(asked, right, strict=True)
    ]
    trained(path, tmp_path / "out", (texts,), Tuning(**{**vars(TUNING), "selection": "last", "epochs": 60}))
    model = CAUSAL.load(tmp_path / "out", "fill_slots", None, {}, OPTIONS)
    assert [filled.choices for filled in model.fill_slots(iter(asked))] == right


def test_tasks_of_a_mixture_train_one_model_that_is_saved_whole(path, tmp_path):
    tuning = Tuning(**{**vars(TUNING), "selection": "last"})
    report = trained(path, tmp_path / "out", (ANSWERS[:4], ANSWERS[4:]), tuning, mixing=Mixing())
    assert {name: each["inputs"] for name, each in report["tasks"].items()} == {"xnli": 4, "pawsx": 4}
    assert chosen(scores(tmp_path / "out")) == RIGHT


def jobs(path, registry, **wishes):
    """Return the parameters of the trainings that a plan for Swahili XNLI has, as in their keys."""
    request = api.build({"model": str(path), "tasks": ["xnli"], "languages": ["sw"], "source": "mini"} | wishes)
    found = api.plan(request, registry=registry).jobs.values()
    return [job.stage.params.key() for job in found if job.kind in ("finetune", "multitask")]


def test_a_way_in_words_makes_every_training_one_in_words_and_its_prompt_is_in_the_key(path, registry):
    [head] = jobs(path, registry)
    assert "words" not in head
    [plain] = jobs(path, registry, way="loglikelihood")
    assert plain["words"]["way"] == {"name": "loglikelihood", "version": 1}
    prompt = plain["words"]["prompts"]["en"]
    assert (prompt["name"], prompt["version"]) == ("xnli.english", 1)
    given = {"recipe": "intermediate", "params": {"intermediate": "squad_v1"}}
    first, second = jobs(path, registry, way="loglikelihood", **given)
    assert first["words"]["way"]["name"] == "generate"  # questions on a text have no choices
    assert second == plain
    [mixed, _] = jobs(
        path, registry, way="generate", recipe="intermediate-multi", params={"intermediate": "mnli,squad_v1"}
    )
    assert {name: each["way"]["name"] for name, each in mixed["words"].items()} == {
        "mnli": "generate",
        "squad_v1": "generate",
    }
    assert jobs(path, registry, way="head", **given)[1] == head


def test_updates_can_be_trained_in_both_phases(path, registry):
    given = {"recipe": "lora", "params": {"intermediate": "mnli", "intermediate_epochs": "1"}}
    first, second = jobs(path, registry, way="loglikelihood", **given)
    assert first["lora"] == second["lora"]
    assert (first["tuning"]["epochs"], first["tuning"]["learning_rate"]) == (1, 3e-4)


def test_a_task_without_words_is_refused_before_any_work(path, registry):
    given = {"recipe": "intermediate", "params": {"intermediate": "ccg"}}
    with pytest.raises(
        BadRequest, match=r"task 'ccg' \(tagging\) cannot be trained in words, because it has no prompt"
    ):
        jobs(path, registry, way="loglikelihood", **given)


def test_three_phases_with_updates_run_and_are_scored_in_words(path, tmp_path, registry):
    wishes = {"model": str(path), "tasks": ["xnli", "panx", "xquad"], "languages": ["de"], "source": "mini", "limit": 6}
    params = {"intermediate": "mnli", "epochs": "1", "selection": "last", "intermediate_selection": "last"}
    for task, way in {"xnli": "loglikelihood", "panx": "lines", "xquad": "generate"}.items():
        own = {**wishes, "tasks": [task], "way": way, "recipe": "lora", "params": params, "dtype": "float32"}
        out = tmp_path / way
        results = api.run(api.build(own), registry=registry, out=out, store=tmp_path / "store")
        [cell] = results["cells"]
        assert (cell["status"], cell["way"]["name"]) == ("ok", way), cell["reason"]
        assert [stage["kind"] for stage in results["run"]["plan"]] == ["pretrained", "finetune", "finetune", "predict"]


def test_a_dev_split_selects_by_its_score_in_words(path, tmp_path, registry):
    wishes = {"model": str(path), "tasks": ["xnli"], "languages": ["sw"], "source": "mini", "limit": 12}
    params = {"epochs": "4", "batch_size": "6", "eval_steps": "3", "selection": "dev"}
    own = {**wishes, "way": "loglikelihood", "params": params, "dtype": "float32"}
    results = api.run(api.build(own), registry=registry, out=tmp_path / "out", store=tmp_path / "store")
    [report] = [stage["report"] for stage in results["run"]["plan"] if stage["kind"] == "finetune"]
    assert [step for step, _ in report["dev"]] == [3, 6, 8]
    assert report["selected_step"] == max(report["dev"], key=lambda each: each[1])[0]
