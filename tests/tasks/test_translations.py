"""Published translations: what each task declares, reads from files in the published forms, and makes up."""

from __future__ import annotations

import json

import pytest

import xharness_tasks
from tests.plugins.sources.repos import NUMBER, TEXT, class_label, repository
from xharness import DataError, DataOptions
from xharness_plugins.sources.hub import HUB
from xharness_plugins.sources.local import LOCAL
from xharness_plugins.sources.mini import MINI

TASKS = {task.name: task for task in xharness_tasks.TASKS}
NONE = DataOptions()
MADE = [name for name, task in TASKS.items() if "translated-test" in getattr(task.data_for("mini"), "sizes", {})]


def load(root, task, language, split):
    return LOCAL.load(TASKS[task], language, split, DataOptions(root=root)).to_list()


def write(root, name, *lines):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


def made(task, language, split):
    return MINI.load(TASKS[task], language, split, DataOptions(params={"size": 30})).to_list()


def gold(rows):
    return [row["label"] if "label" in row else (row["id"], len(row["answers"])) for row in rows]


def texts(rows):
    return [row.get("text") or row["context"] for row in rows]


def test_the_tasks_with_published_translations():
    into = {name: len(task.training.translations) for name, task in TASKS.items() if task.training}
    assert {name: count for name, count in into.items() if count} == {
        "xnli": 14, "mnli": 14, "pawsx": 6, "squad_v1": 10, "tydiqa": 8,
    }  # fmt: skip
    assert {name: len(task.translated) for name, task in TASKS.items() if task.translated} == {
        "xnli": 14, "pawsx": 6, "xquad": 10, "mlqa": 6, "tydiqa": 8, "xcopa": 10,
    }  # fmt: skip
    for task in TASKS.values():
        assert "en" not in task.translated
        assert set(task.translated) <= set(task.languages)
    assert set(TASKS["mlqa"].languages) <= {"en", *TASKS["squad_v1"].training.translations}
    assert set(TASKS["xquad"].languages) - {"en", "ro"} == set(TASKS["squad_v1"].training.translations)


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.data_for("local")])
def test_what_a_task_declares_has_files_and_nothing_else_has(name):
    task = TASKS[name]
    splits = {split for layout in task.data_for("local").layouts for split in layout.files}
    assert ("translated-train" in splits) == bool(task.training and task.training.translations)
    assert ("translated-test" in splits) == bool(task.translated)


@pytest.mark.parametrize("folder", ["", "xtreme_translations/"])
def test_xtremes_translated_pairs_are_the_third_and_fourth_column(tmp_path, folder):
    rain = ("It rains.", 'It is "wet".', "Es regnet.", 'Es ist "nass".')
    dry = ("It rains.", "It is dry.", "Es regnet.", "Es ist trocken.", "contradictory")
    write(tmp_path, f"{folder}XNLI/translate-train/en-de-translated.tsv", (*rain, "entailment"), dry)
    expected = [
        {"text": "Es regnet.", "text_pair": 'Es ist "nass".', "label": "entailment"},
        {"text": "Es regnet.", "text_pair": "Es ist trocken.", "label": "contradiction"},
    ]
    assert load(tmp_path, "xnli", "de", "translated-train") == expected
    assert load(tmp_path, "mnli", "de", "translated-train") == expected  # whose training pairs they are
    write(tmp_path, f"{folder}XNLI/translate-test/test-de-en-translated.tsv", (*rain[2:], *rain[:2], "entailment"))
    assert load(tmp_path, "xnli", "de", "translated-test") == [
        {"text": "It rains.", "text_pair": 'It is "wet".', "label": "entailment"}
    ]
    write(tmp_path, f"{folder}XNLI/translate-test/test-sw-en-translated.tsv", ("Moja.", "Mbili.", "One.", "Two."))
    assert load(tmp_path, "xnli", "sw", "translated-test")[0]["label"] is None


def test_damaged_rows_of_translated_paraphrases_are_left_out(tmp_path):
    good = ("A b.", "B a.", '"A ""b""."', "B a.", "1")
    write(tmp_path, "PAWSX/translate-train/en-ko-translated.tsv", good, ("A.", "B.", "C.", "D.", "E."))
    assert load(tmp_path, "pawsx", "ko", "translated-train") == [{"text": 'A "b".', "text_pair": "B a.", "label": "1"}]
    write(tmp_path, "PAWSX/translate-test/test-ko-en-translated.tsv", ("A.", "B.", "C.", "D.", "E."))
    with pytest.raises(DataError, match=r"test-ko-en-translated\.tsv:1: unknown label 'E\.'"):
        load(tmp_path, "pawsx", "ko", "translated-test")


@pytest.mark.parametrize(
    ("task", "split", "name"),
    [
        ("squad_v1", "train", "SQuAD/translate-train/squad.translate.train.en-ar.json"),
        ("xquad", "test", "XQuAD/translate-test/xquad.translate.test.ar-en.json"),
        ("mlqa", "test", "MLQA/translate-test/mlqa.translate.test.ar-en.json"),
        ("tydiqa", "train", "TyDiQA-GoldP/translate-train/tydiqa.translate.train.en-ar.json"),
        ("tydiqa", "test", "TyDiQA-GoldP/translate-test/tydiqa.translate.test.ar-en.json"),
    ],
)
def test_translated_questions_are_read_as_squad_writes_them(tmp_path, task, split, name):
    asked = {"id": "q1", "question": "Wer?", "answers": [{"text": "Ada", "answer_start": 4}]}
    document = {"data": [{"paragraphs": [{"context": "Das Ada.", "qas": [asked]}]}]}
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
    (row,) = load(tmp_path, task, "ar", f"translated-{split}")
    assert (row["id"], row["context"], row["answers"]) == ("q1", "Das Ada.", [{"text": "Ada", "start": 4}])


def test_hub_repositories_of_translations():
    def result(name, split):
        declared = TASKS[name].data_for("hub")
        parts = [part for part in (declared, *declared.also) if split in part.splits]
        return [(part.id, part.configs.get(split, part.config), part.splits[split]) for part in parts]

    for name in ("xnli", "mnli"):
        assert result(name, "translated-train") == [("facebook/xnli", "{lang}", "train")]
    assert result("pawsx", "translated-train") == [("google-research-datasets/paws-x", "{lang}", "train")]
    assert result("xcopa", "translated-test") == [("cambridgeltl/xcopa", "translation-{lang}", "test")]
    assert result("xnli", "train") == [("facebook/xnli", "{lang}", "train")]


def test_translations_are_read_from_copies_of_their_repositories(tmp_path):
    pair = {"premise": TEXT, "hypothesis": TEXT, "label": class_label("entailment", "neutral", "contradiction")}
    rows = [{"premise": "Mvua.", "hypothesis": "Kavu.", "label": 2}]
    repository(tmp_path / "facebook/xnli", {"sw": {"train": rows}}, pair)
    for name in ("xnli", "mnli"):
        assert HUB.load(TASKS[name], "sw", "translated-train", DataOptions(root=tmp_path)).to_list() == [
            {"text": "Mvua.", "text_pair": "Kavu.", "label": "contradiction"}
        ]
    choice = dict.fromkeys(("premise", "question", "choice1", "choice2"), TEXT) | {"label": NUMBER}
    fall = {"premise": "He fell.", "question": "cause", "choice1": "He ran.", "choice2": "He ate.", "label": 0}
    repository(tmp_path / "cambridgeltl/xcopa", {"translation-sw": {"test": [fall]}}, choice)
    options = DataOptions(root=tmp_path)
    (row,) = HUB.load(TASKS["xcopa"], "sw", "translated-test", options).to_list()
    assert row == {"context": "He fell. What was the cause?", "choices": ["He ran.", "He ate."], "label": 0}
    with pytest.raises(DataError, match="no config 'translation-qu'; available: translation-sw"):
        HUB.fingerprint(TASKS["xcopa"], "qu", "translated-test", options)


@pytest.mark.parametrize("name", MADE)
def test_made_up_translations_say_the_same_with_the_same_gold(name):
    task = TASKS[name]
    language = next((code for code in task.languages if code != "en"), "de")
    if "train" in task.data_for("mini").sizes:
        english, other = made(name, "en", "train"), made(name, language, "translated-train")
        assert gold(english) == gold(other)
        assert not set(texts(english)) & set(texts(other))
    own, english = made(name, language, "test"), made(name, language, "translated-test")
    assert gold(own) == gold(english)
    assert not set(texts(own)) & set(texts(english))
    assert [row.get("context", "").count(" What was the ") for row in own] == [
        row.get("context", "").count(" What was the ") for row in english
    ]


@pytest.mark.parametrize("name", ["copa", "xcopa"])
def test_the_question_of_copa_is_english_in_every_language(name):
    ends = {next(end for end in TASKS[name].english if row["context"].endswith(end)) for row in made(
        name, "sw", "test")}  # fmt: skip
    assert ends == set(TASKS[name].english) == {"What was the cause?", "What was the effect?"}


def test_made_up_translations_keep_the_facts_of_the_language():
    english = made("tydiqa", "en", "test")
    assert made("tydiqa", "sw", "translated-test") != english
    assert {row["id"].split("-")[0] for row in made("tydiqa", "sw", "translated-test")} == {"swahili"}
    assert {row["id"].split("-")[0] for row in made("tydiqa", "sw", "translated-train")} == {"english"}
    for row in made("tydiqa", "sw", "translated-train"):
        (answer,) = row["answers"]
        assert row["context"][answer["start"] :].startswith(answer["text"])


def test_labels_of_words_and_retrieval_have_no_made_up_translations():
    kinds = {TASKS[name].kind.name for name in MADE}
    assert kinds == {"classification", "multiple-choice", "span-qa"}
    with pytest.raises(DataError, match="udpos sw translated-train: no synthetic examples for this split"):
        MINI.load(TASKS["udpos"], "sw", "translated-train", NONE)


@pytest.mark.shared
def test_real_translations_of_choices_have_the_labels_of_the_originals(shared_data):
    for code in TASKS["xcopa"].translated:
        for split, size in (("dev", 100), ("test", 500)):
            own, english = (load(shared_data, "xcopa", code, name) for name in (split, f"translated-{split}"))
            assert len(english) == size
            assert gold(own) == gold(english), code
            assert own[3]["context"] != english[3]["context"]


@pytest.mark.shared
def test_real_translations_of_pairs(shared_data):
    root = shared_data / "layout_samples"
    for code in TASKS["xnli"].translated:
        assert len(load(root, "xnli", code, "translated-train")) == 4
    english, other = (load(root, "mnli", code, split) for code, split in (("en", "train"), ("sw", "translated-train")))
    assert {row["label"] for row in other} <= {row["label"] for row in english} | {"neutral", "entailment"}
    (row, *_) = load(root, "xnli", "ar", "translated-test")
    assert row["text"].startswith("Well, I wasn't")
    for code in TASKS["pawsx"].translated:
        assert len(load(root, "pawsx", code, "translated-train")) == 4
