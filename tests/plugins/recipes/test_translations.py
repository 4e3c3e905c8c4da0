"""Which splits the recipes on translations train and predict on, whoever made the translations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plugins.recipes.test_recipes import PAIRS, POS, stage, wish
from xharness import (
    BadRequest,
    Classification,
    DataRef,
    MultipleChoice,
    SpanQA,
    Train,
    TrainingData,
    Translate,
    Tuning,
    finetune,
    pretrained,
    translate,
)
from xharness_plugins.recipes.intermediate import INTERMEDIATE
from xharness_plugins.recipes.intermediate_translated import INTERMEDIATE_TRANSLATED
from xharness_plugins.recipes.translate_test import TRANSLATE_TEST
from xharness_plugins.recipes.translate_train import TRANSLATE_TRAIN, TRANSLATE_TRAIN_ALL

NLI = Classification(
    name="nli", languages=("en", "sw", "de", "yo"), labels=("yes", "no"), train=Train(translations=("de", "sw")),
    translated=("sw",),
)  # fmt: skip
SQUAD = SpanQA(name="squad", languages=("en",), train=Train(translations=("sw",)))
QA = SpanQA(name="qa", languages=("en", "sw", "yo"), train=Train(task="squad"), translated=("sw",))
TALES = MultipleChoice(name="tales", languages=("en",), train="en")
TASKS = {task.name: task for task in (NLI, SQUAD, QA, TALES, POS)}


def asked(task, trainer, recipe, head="translate", **given):
    found = wish(task, trainer, recipe, **given)
    mt = replace(found.model, reference="mt", fingerprint="mt00", ready=frozenset({head}))
    return replace(found, find=TASKS.__getitem__, find_model={"mt": mt}.__getitem__)


def checkpoint(*args, recipe, **given):
    return recipe.checkpoint(asked(*args, recipe, **given))


def refs(found, role="train"):
    return [(ref.task, ref.language, ref.split) for ref in found.refs(role)]


def test_each_language_is_trained_on_its_translation():
    found = checkpoint(NLI, NLI, recipe=TRANSLATE_TRAIN, language="sw", seed=3)
    assert refs(found) == [("nli", "sw", "translated-train")]
    assert refs(found, "dev") == [("nli", "sw", "dev")]
    assert (found.params.key()["languages"], found.params.key()["seed"]) == (["sw"], 3)
    assert found != checkpoint(NLI, NLI, recipe=TRANSLATE_TRAIN, language="de", seed=3)
    assert refs(checkpoint(QA, SQUAD, recipe=TRANSLATE_TRAIN, language="sw")) == [("squad", "sw", "translated-train")]


def test_english_is_trained_on_as_zero_shot_does():
    assert checkpoint(NLI, NLI, recipe=TRANSLATE_TRAIN, language="en") == stage(NLI, NLI)
    assert checkpoint(PAIRS, None, recipe=TRANSLATE_TRAIN).kind == "pretrained"


def test_all_languages_together_serve_every_language():
    found = [checkpoint(NLI, NLI, recipe=TRANSLATE_TRAIN_ALL, language=code) for code in ("en", "de", "sw")]
    assert found[1:] == found[:-1]
    assert refs(found[0]) == [
        ("nli", "de", "translated-train"), ("nli", "en", "train"), ("nli", "sw", "translated-train"),
    ]  # fmt: skip
    assert refs(found[0], "dev") == [("nli", "en", "dev")]
    assert found[0].params.key()["languages"] == ["de", "en", "sw"]


def test_english_may_be_left_out_and_rows_be_fewer():
    last = {"recipe": TRANSLATE_TRAIN_ALL, "include_source": False, "selection": "last", "rows": 7}
    found = checkpoint(NLI, NLI, **last)
    assert [code for _, code, _ in refs(found)] == ["de", "sw"]
    assert found.params.key()["rows"] == 7
    assert refs(checkpoint(QA, SQUAD, **last)) == [("squad", "sw", "translated-train")]
    with pytest.raises(BadRequest, match="include_source=false leaves out English"):
        checkpoint(NLI, NLI, recipe=TRANSLATE_TRAIN_ALL, include_source=False)
    with pytest.raises(BadRequest, match="selection=dev needs its dev split"):
        checkpoint(QA, SQUAD, **last | {"selection": "dev"})


@pytest.mark.parametrize("text", ["maybe", "", "2"])
def test_what_is_neither_yes_nor_no_is_refused(text):
    param = TRANSLATE_TRAIN_ALL.params["include_source"]
    assert [param.type(given) for given in ("true", "No", "0")] == [True, False, False]
    with pytest.raises(ValueError, match="must be true or false"):
        param.type(text)


@pytest.mark.parametrize("recipe", [TRANSLATE_TRAIN, TRANSLATE_TRAIN_ALL])
@pytest.mark.parametrize(
    ("task", "trainer", "message"),
    [
        (NLI, NLI, "training split of task 'nli' are published only in de, sw, not in yo; add --param translations"),
        (QA, SQUAD, "training split of task 'squad' are published only in sw, not in yo"),
        (TALES, TALES, "training split of task 'tales' are published in no language, not in yo"),
        (POS, POS, "'pos': examples of kind tagging cannot be translated"),
    ],
)
def test_a_language_without_a_published_translation_is_refused(recipe, task, trainer, message):
    with pytest.raises(BadRequest, match=message):
        checkpoint(task, trainer, recipe=recipe, language="yo")


def test_a_checkpoint_translates_what_is_trained_on():
    given = {"translations": "mt", "beams": 2, "translation_length": 64, "rows": 9}
    found = checkpoint(QA, SQUAD, recipe=TRANSLATE_TRAIN, language="yo", **given)
    (ref,) = found.refs("train")
    assert (ref.task, ref.language, ref.split) == ("squad", "yo", "translated-train")
    mt = asked(QA, SQUAD, TRANSLATE_TRAIN).find_model("mt")
    english = DataRef("squad", "en", "train")
    about = {"source": "en", "target": "yo", "beams": 2, "max_length": 64, "rows": 9, "located": True}
    assert ref.made == translate(mt, english, Translate(**about))
    assert (ref.made.kind, ref.made.params.key()) == ("translate", about)
    assert (ref.made.inputs, dict(ref.made.data)) == ((pretrained(mt),), {"examples": english})
    assert ref.made == checkpoint(QA, SQUAD, recipe=TRANSLATE_TRAIN_ALL, **given).refs("train")[-1].made
    assert "located" not in checkpoint(
        NLI, NLI, recipe=TRANSLATE_TRAIN, language="yo", translations="mt"
    ).refs("train")[0].made.params.key()  # fmt: skip


def test_with_a_checkpoint_all_languages_are_those_of_the_task():
    found = checkpoint(NLI, NLI, recipe=TRANSLATE_TRAIN_ALL, translations="mt")
    assert [code for _, code, _ in refs(found)] == ["de", "en", "sw", "yo"]


def test_a_checkpoint_that_does_not_translate_is_refused():
    with pytest.raises(BadRequest, match="translations=mt: BertModel cannot translate"):
        checkpoint(NLI, NLI, recipe=TRANSLATE_TRAIN, translations="mt", head="classify")


def test_evaluated_examples_are_translated_and_english_is_trained_on():
    found = asked(NLI, NLI, TRANSLATE_TEST)
    assert TRANSLATE_TEST.checkpoint(found) == stage(NLI, NLI)
    inputs = TRANSLATE_TEST.inputs(found, DataRef("nli", "sw", "test"))
    assert (inputs.ref, inputs.language) == (DataRef("nli", "sw", "translated-test"), "en")
    assert TRANSLATE_TEST.inputs(found, DataRef("nli", "sw", "dev")).ref.split == "translated-dev"
    english = DataRef("nli", "en", "test")
    assert TRANSLATE_TEST.inputs(found, english) is None
    with pytest.raises(BadRequest, match="test data of task 'nli' are published only from sw, not from yo"):
        TRANSLATE_TEST.inputs(found, DataRef("nli", "yo", "test"))
    with pytest.raises(BadRequest, match="'pairs': examples of kind bitext-retrieval cannot be"):
        TRANSLATE_TEST.inputs(asked(PAIRS, None, TRANSLATE_TEST), DataRef("pairs", "sw", "test"))


def test_a_checkpoint_translates_what_is_evaluated():
    wish = asked(QA, SQUAD, TRANSLATE_TEST, translations="mt")
    inputs = TRANSLATE_TEST.inputs(wish, DataRef("qa", "yo", "test")).ref
    assert (inputs.task, inputs.language, inputs.split) == ("qa", "yo", "translated-test")
    assert dict(inputs.made.data) == {"examples": DataRef("qa", "yo", "test")}
    assert (inputs.made.params.key()["source"], inputs.made.params.key()["target"]) == ("yo", "en")
    assert "located" not in inputs.made.params.key()  # no evaluated question is dropped


def test_a_question_that_is_english_is_not_translated():
    tales = replace(TALES, english=("Why?",))
    found = checkpoint(tales, tales, recipe=TRANSLATE_TRAIN, language="yo", translations="mt")
    assert found.refs("train")[0].made.params.key()["kept"] == ["Why?"]
    found = checkpoint(TALES, TALES, recipe=TRANSLATE_TRAIN, language="yo", translations="mt")
    assert "kept" not in found.refs("train")[0].made.params.key()


def test_an_intermediate_task_is_mixed_with_its_translations_for_all_targets():
    given = {"intermediate": "nli", "intermediate_epochs": 2.0, "intermediate_selection": "last", "rows": 50}
    first = checkpoint(PAIRS, None, recipe=INTERMEDIATE_TRANSLATED, **given)
    assert refs(first) == [
        ("nli", "de", "translated-train"), ("nli", "en", "train"), ("nli", "sw", "translated-train"),
    ]  # fmt: skip
    assert (first.params.key()["exponent"], first.params.key()["rows"], first.params.key()["tuning"]["epochs"]) == (
        0,
        50,
        2,
    )
    for target, trainer in ((POS, POS), (QA, SQUAD)):
        found = checkpoint(target, trainer, recipe=INTERMEDIATE_TRANSLATED, **given)
        assert found.inputs == (first,)
        assert refs(found) == [(trainer.name, "en", "train")]


def test_the_languages_of_an_intermediate_task_can_be_chosen():
    given = {"recipe": INTERMEDIATE_TRANSLATED, "intermediate": "nli"}
    found = checkpoint(PAIRS, None, languages=" swahili, en,sw", **given)
    assert found.params.key()["languages"] == ["en", "sw"]
    english = stage(PAIRS, recipe=INTERMEDIATE, intermediate="nli")
    assert english.params.key()["languages"] == ["en"]
    made = checkpoint(PAIRS, None, languages="yo", translations="mt", **given)
    assert [ref.made is not None for ref in made.refs("train")] == [False, True]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "'intermediate-translated' needs a task to train on first; add --param intermediate=mnli"),
        ({"intermediate": "tales"}, "needs the languages to translate 'tales' into; add --param languages=sw,de"),
        ({"intermediate": "nli", "translations": "mt"}, "needs the languages to translate 'nli' into"),
        ({"intermediate": "nli", "languages": "yo"}, "published only in de, sw, not in yo"),
        ({"intermediate": "qa"}, "intermediate=qa: it is trained on squad"),
        ({"intermediate": "pos", "languages": "sw"}, "'pos': examples of kind tagging cannot be translated"),
    ],
)
def test_what_cannot_be_mixed_with_translations_is_refused(given, message):
    with pytest.raises(BadRequest, match=message):
        checkpoint(PAIRS, None, recipe=INTERMEDIATE_TRANSLATED, **given)


def test_a_training_takes_other_splits_in_the_order_of_its_languages():
    start, tuning = pretrained(wish(NLI).model), Tuning(selection="last")
    splits = (DataRef("nli", "en", "train"), DataRef("nli", "sw", "translated-train"))
    data = TrainingData(languages=("en", "sw"), train=splits)
    found = finetune(start, NLI, tuning, data, seed=1)
    assert dict(found.data) == {"train.en": splits[0], "train.sw": splits[1]}
    with pytest.raises(ValueError, match="zip"):
        finetune(start, NLI, tuning, replace(data, train=splits[:1]), seed=1)
