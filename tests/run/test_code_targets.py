"""The three phases of a decoder: checkpoint, English intermediate task, English code; then code in other languages."""

from __future__ import annotations

import pytest

from tests.models import tiny_decoder
from xharness import BadParameter, api
from xharness.registry import Registry

TARGET = {"target": "mconala_nll"}
FIRST = {**TARGET, "intermediate": "mnli", "intermediate_epochs": 1, "intermediate_selection": "last"}


@pytest.fixture(scope="module")
def registry():
    return Registry.load([], third_parties=False)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tiny_decoder(tmp_path_factory.mktemp("models") / "decoder")


def request(path, **more):
    fields = {"model": str(path), "tasks": ["humaneval_xl_nll"], "languages": ["de"], "source": "mini", "limit": 8}
    return api.build({**fields, "recipe": "intermediate", "params": FIRST, **more})


def trainings(path, registry, **more):
    jobs = api.plan(request(path, **more), registry=registry).jobs.values()
    return [(job.subject, job.stage.params) for job in jobs if job.kind in ("finetune", "multitask")]


def test_the_last_phase_is_on_english_code_in_the_words_of_the_task(path, registry):
    (first, _), (last, params) = trainings(path, registry)
    assert (first, last) == ("mnli", "mconala_nll")
    assert params.words.way[0] == "loglikelihood"
    [(alone, _)] = trainings(path, registry, recipe="zero-shot", params=TARGET)
    assert alone == "mconala_nll"


def test_with_updates_both_phases_train_updates(path, registry):
    found = trainings(path, registry, recipe="lora")
    assert [(name, params.lora.rank) for name, params in found] == [("mnli", 16), ("mconala_nll", 16)]


def test_a_mixture_comes_first_too(path, registry):
    found = trainings(path, registry, recipe="intermediate-multi", params={**TARGET, "intermediate": "mnli,squad_v1"})
    assert [name for name, _ in found] == ["mnli, squad_v1", "mconala_nll"]


def test_other_kinds_have_their_own_english(path, registry):
    asked = {"recipe": "zero-shot", "tasks": ["xnli"], "way": "loglikelihood", "params": TARGET}
    assert [name for name, _ in trainings(path, registry, **asked)] == ["xnli"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mconla", "unknown task 'mconla'; did you mean mconala"),
        ("humaneval_xl_nll", "the task has no training split"),
    ],
)
def test_a_target_that_cannot_be_trained_is_named(path, registry, name, message):
    with pytest.raises(BadParameter, match=message):
        trainings(path, registry, recipe="zero-shot", params={"target": name})


def test_code_is_learned(path, registry, tmp_path):
    where = {"registry": registry, "store": tmp_path / "store"}
    learning = {**FIRST, "learning_rate": 1e-2, "epochs": 10, "batch_size": 8, "warmup_steps": 0}

    def score(out, **more):
        found = api.run(request(path, tasks=["mconala_nll"], languages=["es"], **more), out=tmp_path / out, **where)
        [cell] = found["cells"]
        assert cell["status"] == "ok", cell["reason"]
        return cell["metrics"]["canonical_nll"]["value"], cell

    before, _ = score("before", recipe="as-is", params={})
    after, cell = score("after", params=learning)
    assert after < before / 2
    assert cell["trained_on"] == [["mnli", "en", "train"], ["mconala_nll", "en", "train"]]
