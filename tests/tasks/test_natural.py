"""Tasks with natural errors: their files, hand-written in the form of the release, and their clean counterparts."""

from __future__ import annotations

import json

import pytest

import xharness_tasks
from xharness import DataError, DataOptions
from xharness_plugins.sources.local import LOCAL

TASKS = {task.name: task for task in xharness_tasks.TASKS}
HEADER = "language\tgold_label\tsentence1\tsentence2\n"


@pytest.fixture
def folder(tmp_path):
    def put(path, content):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
        return tmp_path

    return put


def load(task, language, folder):
    return [dict(row) for row in LOCAL.load(TASKS[task], language, "test", DataOptions(root=folder))]


def natural_pairs(*rows):
    return "premise\thypothesis\tlabel\n" + "".join("\t".join(row) + "\n" for row in rows)


def clean_pairs(*rows):
    return HEADER + "".join("\t".join(("de", label, one, two)) + "\n" for one, two, label in rows)


def sentences(*rows):
    return "".join(json.dumps({"tokens": words, "ner_tags": tags, "langs": []}) + "\n" for words, tags in rows)


def archive(*rows):
    return "\n".join("".join(f"de:{word}\t{tag}\n" for word, tag in row) for row in rows)


PAIRS = natural_pairs(
    ("'Es regnet heute in der Statd.'", "'Die Strasse ist nas.'", "0"),
    ("'Er sagt 'ja' dazu.'", "'Das ist ganz annders.'", "2"),
)


@pytest.mark.parametrize("below", ["paper_data/", ""])
def test_pairs_lose_their_quotes_and_get_their_labels(folder, below):
    data = folder(f"{below}xnli/test_de_typos_0.05.tsv", PAIRS)
    assert load("xnli_natural", "de", data) == [
        {"text": "Es regnet heute in der Statd.", "text_pair": "Die Strasse ist nas.", "label": "entailment"},
        {"text": "Er sagt 'ja' dazu.", "text_pair": "Das ist ganz annders.", "label": "contradiction"},
    ]


def test_the_clean_pairs_are_those_that_were_changed(folder):
    folder("paper_data/xnli/test_de_typos_0.05.tsv", PAIRS)
    data = folder(
        "xnli/XNLI-1.0/xnli.test.tsv",
        clean_pairs(
            ("Die Katze schläft.", "Ein Tier ruht.", "entailment"),
            ("Es regnet heute in der Stadt.", "Die Straße ist nass.", "neutral"),
            ("Es regnet heute in der Stadt.", "Die Strasse ist nass.", "entailment"),
            ("Niemand kam zum Fest.", "Alle kamen.", "contradiction"),
        ),
    )
    assert load("xnli_natural_clean", "de", data) == [
        {"text": "Es regnet heute in der Stadt.", "text_pair": "Die Strasse ist nass.", "label": "entailment"}
    ]


def test_a_clean_pair_is_taken_once_and_the_order_is_kept(folder):
    same = ("Es regnet heute in der Stadt.", "Die Strasse ist nass.", "entailment")
    noisy = ("'Es regnet heute in der Statd.'", "'Die Strasse ist nass.'", "0")
    folder("xnli/test_de_typos_0.05.tsv", natural_pairs(noisy, noisy, noisy))
    data = folder("XNLI-1.0/xnli.test.tsv", clean_pairs(same, same))
    assert len(load("xnli_natural_clean", "de", data)) == 2


def test_an_unknown_label_is_an_error_with_its_line(folder):
    data = folder("xnli/test_de_typos_0.05.tsv", natural_pairs(("'A.'", "'B.'", "3")))
    with pytest.raises(DataError, match=r"test_de_typos_0\.05\.tsv:2: unknown label '3', expected 0, 1 or 2"):
        load("xnli_natural", "de", data)


def test_sentences_get_their_tags(folder):
    data = folder("paper_data/panx/test_de_typos_0.2.jsonl", sentences((["Ada", "sinkt"], [1, 0])))
    assert load("panx_natural", "de", data) == [{"tokens": ["Ada", "sinkt"], "tags": ["B-PER", "O"]}]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (sentences((["Ada"], [1, 0])), "1 tokens but 2 tags"),
        (sentences((["Ada"], [7])), "unknown tag 7, expected an index from 0 to 6"),
        ('{"words": ["Ada"]}\n', "expected the lists 'tokens' and 'ner_tags'"),
    ],
)
def test_a_sentence_of_another_form_is_an_error_with_its_line(folder, content, problem):
    data = folder("panx/test_de_typos_0.2.jsonl", content)
    with pytest.raises(DataError, match=rf"test_de_typos_0\.2\.jsonl:1: {problem}"):
        load("panx_natural", "de", data)


def test_the_clean_sentences_have_the_same_tags_and_nearly_the_same_words(folder):
    noisy = sentences((["Ada", "Lovelace", "rechnnete"], [1, 2, 0]), (["Paris", "leuchtet"], [5, 0]))
    folder("paper_data/panx/test_de_typos_0.2.jsonl", noisy)
    data = folder(
        "panx_dataset/de/test",
        archive(
            [("Emmy", "B-PER"), ("Noether", "I-PER"), ("lehrte", "O")],
            [("Paris", "B-ORG"), ("leuchtet", "O")],
            [("Ada", "B-PER"), ("Lovelace", "I-PER"), ("rechnete", "O")],
        ),
    )
    assert load("panx_natural_clean", "de", data) == [
        {"tokens": ["Ada", "Lovelace", "rechnete"], "tags": ["B-PER", "I-PER", "O"]}
    ]


@pytest.mark.parametrize("name", ["xnli", "panx"])
def test_both_sets_of_a_task_are_trained_as_the_task_and_have_one_size(name):
    natural, clean = TASKS[f"{name}_natural"], TASKS[f"{name}_natural_clean"]
    assert natural.training.task == clean.training.task == name
    assert natural.tuning == TASKS[name].tuning
    assert natural.sizes == clean.sizes
    assert natural.languages == tuple(natural.sizes)
    assert set(natural.languages) <= set(TASKS[name].languages)
