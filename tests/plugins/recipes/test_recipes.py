"""What stages the built-in recipes ask for, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xharness import (
    BadRequest,
    BitextRetrieval,
    Classification,
    ModelInfo,
    MultipleChoice,
    PassageRetrieval,
    RecipeInput,
    SpanQA,
    Tagging,
    Train,
    Tuning,
)
from xharness_plugins.recipes.as_is import AS_IS
from xharness_plugins.recipes.intermediate import INTERMEDIATE
from xharness_plugins.recipes.zero_shot import ZERO_SHOT

NLI = Classification(
    name="nli", languages=("en", "sw"), labels=("yes", "no"), train="en", tuning=Tuning(large_learning_rate=3e-5)
)
POS = Tagging(name="pos", languages=("en", "sw"), labels=("NOUN", "VERB"), train="en")
SQUAD = SpanQA(name="squad", languages=("en",), train="en")
QA = SpanQA(name="qa", languages=("en", "sw"), train=Train(task="squad"), tuning=Tuning(epochs=99))
PAIRS = BitextRetrieval(name="pairs", languages=("sw",))
SOCIAL = MultipleChoice(name="social", languages=("en",), train="en", tuning=Tuning(epochs=4))
CAUSES = MultipleChoice(name="causes", languages=("en",), train="en")
XCAUSES = MultipleChoice(name="xcauses", languages=("sw",), train=Train(task="causes", first="social"))
PASSAGES = PassageRetrieval(name="passages", languages=("en", "sw"), train="en")
SEARCH = PassageRetrieval(name="search", languages=("en", "sw"))
TASKS = (NLI, POS, SQUAD, QA, PAIRS, SOCIAL, CAUSES, XCAUSES, PASSAGES, SEARCH)


def wish(task, trainer=None, recipe=ZERO_SHOT, hidden=768, head=None, labels=(), seed=1, language="sw", **params):
    model = ModelInfo(
        reference="m", adapter="hf", path=Path("m"), revision=None, fingerprint="f00", architecture="BertModel",
        hidden_size=hidden, layers=12, parameters=1, bytes=4, max_length=512, ready=frozenset({head} if head else ()),
        labels=labels,
    )  # fmt: skip
    filled = {name: params.get(name, param.default) for name, param in recipe.params.items()}
    known = {each.name: each for each in TASKS}
    return RecipeInput(
        model=model,
        task=task,
        trainer=trainer,
        language=language,
        params=filled,
        seed=seed,
        find=known.__getitem__,
        ways=task.kind.ways,
    )


def stage(*args, recipe=ZERO_SHOT, **kwargs):
    return recipe.checkpoint(wish(*args, recipe=recipe, **kwargs))


def test_a_task_is_trained_on_its_own_english_split():
    found = stage(NLI, NLI, seed=7)
    assert found.kind == "finetune"
    assert found.params.key()["seed"] == 7
    assert found.params.key()["languages"] == ["en"]
    assert {role: (ref.task, ref.language, ref.split) for role, ref in found.data.items()} == {
        "train": ("nli", "en", "train"),
        "dev": ("nli", "en", "dev"),
    }
    assert [start.kind for start in found.inputs] == ["pretrained"]
    assert found.inputs[0].params.key() == {"adapter": "hf", "fingerprint": "f00"}


def test_tasks_with_one_trainer_share_a_checkpoint():
    assert stage(QA, SQUAD) == stage(SQUAD, SQUAD)
    assert set(stage(QA, SQUAD).data) == {"train"}
    assert stage(QA, SQUAD).params.key()["tuning"]["epochs"] == 3


def test_retrieval_takes_the_checkpoint_as_given():
    assert stage(PAIRS).kind == "pretrained"


def test_a_task_that_is_trained_on_first_leaves_its_head_to_the_next():
    found = stage(XCAUSES, CAUSES, seed=3)
    assert found.data["train"].task == "causes"
    assert found.params.key()["keep_head"] is True
    (first,) = found.inputs
    assert first == stage(SOCIAL, SOCIAL, seed=3)  # nothing of the target is in it, so that others share it
    assert "keep_head" not in first.params.key()
    assert found.params.key() == {**stage(CAUSES, CAUSES, seed=3).params.key(), "keep_head": True}


def test_parameters_hold_for_both_steps():
    found = stage(XCAUSES, CAUSES, epochs=1.0, selection="dev")
    for each in (found, *found.inputs):
        assert each.params.key()["tuning"]["epochs"] == 1
        assert set(each.data) == {"train", "dev"}
    assert [each.params.key()["tuning"]["epochs"] for each in stage(XCAUSES, CAUSES).walk() if each.data] == [4, 5]


@pytest.mark.parametrize(
    "other",
    [
        NLI,
        MultipleChoice(name="untrained", languages=("en",)),
        MultipleChoice(name="borrower", languages=("en",), train=Train(task="causes")),
    ],
)
def test_what_cannot_leave_a_head_is_refused(other):
    task = MultipleChoice(name="x", languages=("sw",), train=Train(task="causes", first=other.name))
    asked = replace(wish(task, CAUSES), find={other.name: other}.__getitem__)
    with pytest.raises(BadRequest, match=f"'x' is trained on '{other.name}' first, which must be of kind multiple-"):
        ZERO_SHOT.checkpoint(asked)


def test_vectors_that_were_trained_are_taken_as_given():
    assert stage(PASSAGES, PASSAGES, head="embed").kind == "pretrained"
    assert stage(PASSAGES, PASSAGES).kind == "finetune"
    assert stage(PASSAGES, PASSAGES, head="classify").kind == "finetune"
    assert stage(SEARCH).kind == "pretrained"
    assert stage(NLI, NLI, head="embed").kind == "finetune"
    after = stage(PASSAGES, PASSAGES, head="embed", recipe=INTERMEDIATE, intermediate="nli")
    assert after.data["train"].task == "passages"


@pytest.mark.parametrize(("hidden", "rate"), [(768, 2e-5), (1023, 2e-5), (1024, 3e-5), (1280, 3e-5)])
def test_large_models_learn_at_their_own_rate(hidden, rate):
    assert stage(NLI, NLI, hidden=hidden).params.key()["tuning"]["learning_rate"] == rate


def test_parameters_override_the_task():
    found = stage(NLI, NLI, hidden=1024, learning_rate=1e-4, epochs=0.5, selection="last", warmup_steps=0)
    tuning = found.params.key()["tuning"]
    assert (tuning["learning_rate"], tuning["epochs"], tuning["selection"], tuning["warmup_steps"]) == (
        1e-4, 0.5, "last", 0,
    )  # fmt: skip
    assert set(found.data) == {"train"}
    assert stage(POS, POS, learning_rate=2e-5) == stage(POS, POS)


def test_an_average_needs_no_dev_split():
    assert set(stage(NLI, NLI, selection="average").data) == {"train"}
    assert stage(NLI, NLI, selection="average") != stage(NLI, NLI, selection="last")


@pytest.mark.parametrize(
    ("name", "value"),
    [("selection", "best"), ("epochs", 0.0), ("batch_size", 0), ("learning_rate", -1.0), ("weight_decay", -0.1),
     ("learning_rate", float("nan")), ("epochs", float("inf"))],
)  # fmt: skip
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(BadRequest, match=f"parameter {name}="):
        stage(NLI, NLI, **{name: value})


def test_as_is_takes_a_head_that_fits():
    assert stage(NLI, NLI, recipe=AS_IS, head="classify", labels=("No", "YES")).kind == "pretrained"
    assert stage(QA, SQUAD, recipe=AS_IS, head="answer").kind == "pretrained"
    assert stage(XCAUSES, CAUSES, recipe=AS_IS, head="choose").kind == "pretrained"
    for head in (None, "embed", "classify"):
        for task in (PAIRS, PASSAGES, SEARCH):
            assert stage(task, recipe=AS_IS, head=head).kind == "pretrained"


@pytest.mark.parametrize(
    ("task", "head", "labels", "message"),
    [
        (NLI, None, (), "BertModel has no fine-tuned head"),
        (
            NLI,
            "tag",
            ("yes", "no"),
            "needs a checkpoint that can classify or compute log-likelihoods or generate without .* BertModel can tag",
        ),
        (QA, "classify", ("yes", "no"), "'qa' needs a checkpoint that can answer"),
        (CAUSES, "classify", ("yes", "no"), "'causes' needs a checkpoint that can choose"),
        (NLI, "classify", ("entailed", "not"), r"labels \(entailed, not\) are not those of task 'nli' \(yes, no\)"),
        (NLI, "classify", ("yes", "no", "maybe"), r"labels \(yes, no, maybe\) are not those of task 'nli'"),
        (NLI, "classify", ("LABEL_0", "LABEL_1"), "classes have no names"),
    ],
)
def test_as_is_refuses_what_does_not_fit(task, head, labels, message):
    with pytest.raises(BadRequest, match=message):
        stage(task, task, recipe=AS_IS, head=head, labels=labels)


def test_an_intermediate_task_is_trained_on_once_for_every_target():
    first = stage(NLI, NLI, epochs=2.0)
    params = {"recipe": INTERMEDIATE, "intermediate": "nli", "epochs": 1.0, "intermediate_epochs": 2.0}
    for target, trainer in ((POS, POS), (QA, SQUAD), (NLI, NLI)):
        found = stage(target, trainer, **params)
        assert found.data["train"].task == trainer.name
        assert found.params.key()["tuning"]["epochs"] == 1
        assert found.inputs == (first,)
    assert stage(PAIRS, **params) == first


def test_every_step_of_a_target_follows_the_intermediate_task():
    found = stage(XCAUSES, CAUSES, recipe=INTERMEDIATE, intermediate="nli")
    assert [each.data["train"].task for each in found.walk() if each.data] == ["nli", "social", "causes"]
    assert [each.params.key().get("keep_head", False) for each in found.walk() if each.data] == [False, False, True]


def test_the_seed_of_a_run_is_that_of_both_phases():
    found = stage(POS, POS, recipe=INTERMEDIATE, intermediate="nli", seed=3)
    assert [each.params.key().get("seed") for each in found.walk()] == [None, 3, 3]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "needs a task to train on first; add --param intermediate=mnli"),
        ("pairs", "intermediate=pairs: the task has no training split"),
        ("qa", r"intermediate=qa: it is trained on squad; name that task"),
    ],
)
def test_what_cannot_be_trained_on_first_is_refused(name, message):
    with pytest.raises(BadRequest, match=message):
        stage(POS, POS, recipe=INTERMEDIATE, intermediate=name)


def test_parameters_of_the_first_phase_are_checked():
    with pytest.raises(BadRequest, match=r"parameter intermediate_epochs=-1\.0: must be above 0"):
        stage(POS, POS, recipe=INTERMEDIATE, intermediate="nli", intermediate_epochs=-1.0)
