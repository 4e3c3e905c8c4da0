"""Mini examples of every task: in the right languages, of the right form, the same each time, and not too easy."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

import pytest

import xharness_tasks
from xharness import LANGUAGES, DataOptions
from xharness_plugins.sources.mini import MINI
from xharness_tasks.mini import bitext, causes, pairs, passages, questions, tagging
from xharness_tasks.mini.grammar import grammar
from xharness_tasks.mini.sentences import say

TASKS = {task.name: task for task in xharness_tasks.TASKS}
UNSPACED = ("zh", "ja", "th", "my")
LABELS = ("follows", "open", "denied")


def cells():
    return [(task.name, code) for task in xharness_tasks.TASKS for code in task.languages]


@pytest.mark.parametrize(("task", "language"), cells())
def test_every_task_has_examples_in_every_language(task, language):
    declared = TASKS[task].data_for("mini")
    for split, size in declared.sizes.items():
        rows = MINI.load(TASKS[task], language, split, DataOptions(params={"size": min(size, 12)}))
        assert len(rows) >= min(size, 12)
    assert TASKS[task].test_split in declared.sizes


@pytest.mark.parametrize("name", TASKS)
def test_a_task_that_is_trained_has_an_english_training_split(name):
    training = TASKS[name].training
    if training:
        sizes = TASKS[training.task].data_for("mini").sizes
        assert "train" in sizes
        assert "dev" in sizes or TASKS[training.task].tuning.selection == "last"


@pytest.mark.parametrize("name", TASKS)
def test_examples_are_the_same_each_time_and_more_are_the_same_and_more(name):
    task = TASKS[name]
    code, split = task.languages[-1], task.test_split
    rows = list(task.data_for("mini").rows(code, split, 8))
    assert rows == list(task.data_for("mini").rows(code, split, 8))
    if task.kind.name not in ("bitext-retrieval", "bitext-mining"):
        assert rows == list(islice(task.data_for("mini").rows(code, split, 20), 8))


@pytest.mark.parametrize(
    "name", [name for name in TASKS if TASKS[name].training and name in ("xnli", "pawsx", "udpos")]
)
def test_splits_do_not_hold_each_other(name):
    made = TASKS[name].data_for("mini").rows
    train, test = ([str(row) for row in made("en", split, 200)] for split in ("train", "test"))
    shared = set(train) & set(test)
    # Sentences without a slot are few, and are in every split.
    assert len([row for row in test if row in shared]) < (60 if name == "udpos" else 3)


@pytest.mark.parametrize("code", LANGUAGES)
def test_answers_stand_at_their_offsets(code):
    for row in questions.parallel("some", code, "test", 30):
        (answer,) = row["answers"]
        assert answer["text"]
        assert row["context"][answer["start"] :].startswith(answer["text"])


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_third_of_some_questions_has_no_answer_and_its_paragraph_does_not_show_it(code):
    rows = list(questions.possible("some", code, "test", 300))
    hidden = [row for row in rows if not row["answers"]]
    assert 70 < len(hidden) < 130
    for row in rows:
        for answer in row["answers"]:
            assert row["context"][answer["start"] :].startswith(answer["text"])
    if code == "en":
        assert {row["context"].count(".") for row in rows} == {3}


@pytest.mark.parametrize("code", LANGUAGES)
def test_entity_tags_are_whole_and_name_what_they_say(code):
    tags = Counter()
    for row in tagging.entities(code, "test", 60):
        before = "O"
        for token, tag in zip(row["tokens"], row["tags"], strict=True):
            assert token.strip() == token != ""
            if tag.startswith("I-"):
                assert before[2:] == tag[2:]
            before = tag
            tags[tag] += 1
        if code in UNSPACED:
            assert max(map(len, row["tokens"])) < 6
    assert all(tags[f"B-{entity}"] for entity in ("PER", "LOC", "ORG"))


def test_what_languages_say_is_the_same():
    """A Spanish text and an English one with equal ids ask for the same fact of the same paragraph."""
    english, spanish = (list(questions.parallel("some", code, "test", 20)) for code in ("en", "es"))
    years = [(one["answers"][0]["text"], two["answers"][0]["text"]) for one, two in zip(english, spanish, strict=True)]
    dated = [pair for pair in years if pair[0].isdecimal()]
    assert dated
    assert all(one == two for one, two in dated)
    separate = [list(questions.separate("some", code, "test", 20)) for code in ("en", "es")]
    assert [row["answers"][0]["text"] for row in separate[0]] != [row["answers"][0]["text"] for row in separate[1]]


def test_labels_of_inference_are_balanced_and_right():
    rows = list(pairs.inference("nli", LABELS, "en", "test", 600))
    assert min(Counter(row["label"] for row in rows).values()) > 150
    negated = Counter(row["label"] for row in rows if " not " in row["text_pair"])
    assert negated["follows"] == 0
    assert negated["denied"] > 50
    assert negated["open"] > 50, "a negation alone must not give the label away"
    for row in rows:
        if row["label"] == "follows":
            words = set(row["text"].strip(".").split())
            assert set(row["text_pair"].strip(".").split()) <= words | {"was", "born", "to", "in", "at"}
        assert row["text"] != row["text_pair"]


def test_paraphrases_say_the_same_and_the_others_do_not():
    rows = list(pairs.paraphrases("paraphrase", ("no", "yes"), "en", "test", 600))
    assert min(Counter(row["label"] for row in rows).values()) > 250
    for row in rows:
        one, other = (sorted(row[side].lower().replace(",", "").strip(".").split()) for side in ("text", "text_pair"))
        if row["label"] == "yes":
            assert one == other
        elif "moved" not in one:
            assert one != other
        assert row["text"] != row["text_pair"]


def test_a_changed_value_is_another_one_whatever_was_drawn():
    facts = {"place": "rome", "place2": "lima", "year": "1950", "org": ("bank", "rome")}
    for slot in facts:
        assert pairs._changed(facts, facts, slot)[slot] != facts[slot]


def test_translations_have_one_right_answer():
    rows = list(bitext.translations("fi", "test", 300))
    assert [row["query"] for row in rows] == sorted(row["query"] for row in rows)
    assert sorted(row["gold"] for row in rows) == list(range(300))
    assert len({row["document"] for row in rows}) > 295


def test_half_of_a_pool_has_its_translation_in_the_other():
    rows = list(bitext.pools("fr", "test", 101))
    source, target = ([row for row in rows if row["side"] == side] for side in ("source", "target"))
    texts = {row["id"]: row["text"] for row in target}
    assert len(source) == len(target) == len(texts) == 101
    golds = [row for row in source if row["gold"]]
    assert len(golds) == 51
    year = [(row["text"], texts[row["gold"][0]]) for row in golds if any(map(str.isdecimal, row["text"]))]
    assert year
    for french, english in year:
        assert [w for w in french if w.isdecimal()] == [w for w in english if w.isdecimal()]


def test_a_sentence_begins_with_a_capital_in_its_own_script():
    facts = {"org": ("bank", "rome"), "place": "rome"}
    assert say("en", "questions", "founder", facts).text[0].isupper()
    georgian = say("ka", "questions", "country", facts).text[0]
    assert georgian == georgian.lower(), "Georgian sentences begin with no capital"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_right_choice_belongs_to_the_premise(code):
    rules = {
        name: say(code, "causes", name, {"person": ("omar", "kim")}).text for name in grammar(code).templates["causes"]
    }
    assert len(set(rules.values())) == 10
    for ours, english in zip(causes.choices(code, "test", 20), causes.choices("en", "test", 20), strict=True):
        assert (ours["question"], ours["label"]) == (english["question"], english["label"])
        assert len({ours["premise"], *ours["choices"]}) == 3
    assert {row["label"] for row in causes.choices(code, "test", 20)} == {0, 1}


def test_causes_and_effects_in_english():
    pairs = {("It rained all night.", "The street was wet."), ("The sun was shining.", "The snow melted.")}
    seen = set()
    for row in causes.choices("en", "test", 300):
        one, other = row["premise"], row["choices"][row["label"]]
        seen.add((one, other) if row["question"] == "effect" else (other, one))
    assert pairs <= seen


@pytest.mark.parametrize("task", [task for task in xharness_tasks.TASKS if task.kind.name == "multiple-choice"])
def test_choices_differ_and_each_place_is_right_as_often(task):
    count = {"siqa": 3, "hellaswag": 4, "cosmosqa": 4, "commonsenseqa": 5}.get(task.name, 2)
    rows = list(task.data_for("mini").rows(task.languages[0], task.test_split, 1200))
    assert all(len({row["context"], *row["choices"]}) == count + 1 == len(row["choices"]) + 1 for row in rows)
    right = Counter(row["label"] for row in rows)
    assert set(right) == set(range(count))
    assert min(right.values()) > 960 / count


def test_choices_are_of_the_same_facts_in_every_language_and_asked_in_english():
    rows = {code: list(TASKS["xcopa"].data_for("mini").rows(code, "test", 50)) for code in TASKS["xcopa"].languages}
    for code, ours in rows.items():
        assert [row["label"] for row in ours] == [row["label"] for row in rows["et"]]
        asked = [row["context"].rpartition(" What was the ") for row in ours]
        assert {end for _, _, end in asked} == {"cause?", "effect?"}
        assert [end for _, _, end in asked] == [row["question"] + "?" for row in causes.choices(code, "test", 50)]


@pytest.mark.parametrize("code", LANGUAGES)
def test_mentions_name_a_place_that_is_described(code):
    described = {row["entity"]: row for row in passages.entities(code)}
    assert len({row["title"] for row in described.values()}) == len(described) == 16
    for row in passages.mentions(code, "test", 30):
        assert row["entity"] in described
        assert row["text"][row["start"] : row["end"]].strip() == row["text"][row["start"] : row["end"]] != ""


def test_mentions_and_answers_in_english():
    titles = {row["entity"]: row["title"] for row in passages.entities("en")}
    for row in passages.mentions("en", "test", 50):
        assert row["text"][row["start"] : row["end"]] == titles[row["entity"]]
    for row in passages.answers("en", "test", 50):
        answering = row["sentences"][row["answer"]]
        asked = set(row["question"].strip("?").split()) & set(answering.strip(".").split())
        assert any(word[0].isupper() for word in asked), "the answer is about whom or what the question names"


def test_the_candidates_of_all_languages_say_the_same_in_the_same_order():
    codes = ("en", "es")
    english, spanish = (list(passages.pooled(codes, code, "candidates", 30)) for code in codes)
    years = [[re.findall(r"[0-9]{4}", row["text"]) for row in rows] for rows in (english, spanish)]
    assert years[0] == years[1]
    assert sum(map(bool, years[0])) > 20
    for row in passages.pooled(codes, "en", "test", 30):
        answer, other = (next(each for each in rows if each["id"] in row["gold"]) for rows in (english, spanish))
        assert answer["id"].partition(":")[2] == other["id"].partition(":")[2]


def test_a_training_query_and_a_test_question_are_answered_by_such_a_candidate():
    """The positive of a training query is a sentence and at once its paragraph, as the candidates of the pool are."""
    for row, raw in zip(passages.answered("th", "train", 20), passages.answers("th", "train", 20), strict=True):
        assert row["positive"] == raw["sentences"][raw["answer"]] + "".join(raw["sentences"])
    pool = {row["id"]: row["text"] for row in passages.pooled(("en",), "en", "candidates", 20)}
    for row, raw in zip(passages.pooled(("en",), "en", "test", 20), passages.answers("en", "test", 20), strict=True):
        (gold,) = row["gold"]
        assert row["text"] == raw["question"]
        assert pool[gold].startswith(raw["sentences"][raw["answer"]] + raw["sentences"][0])


def test_a_mention_to_be_linked_is_described_in_training():
    for row in passages.linked("en", "train", 30):
        place = row["text"].partition(":")[0]
        assert f"{{ {place} }}" in row["text"]
        assert row["positive"].startswith(place)
