"""CCG supertagging: CCGbank's own files and words with their tags, and tags that only the training split tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from xharness import BadRequest, DataError, DataOptions, LoadOptions, TaskTraining, Training, Tuning
from xharness.metrics.chunks import token_accuracy
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.labels import order
from xharness_plugins.models.loading import load as load_model
from xharness_plugins.models.training import train
from xharness_plugins.sources.hub import HUB
from xharness_plugins.sources.local import LOCAL
from xharness_tasks.ccg import CCG
from xharness_tasks.mini import NANO


def load(split, root, source=LOCAL):
    return source.load(CCG, "en", split, DataOptions(root=root)).to_list()


def derivations(path, *sentences):
    """Write a file of CCGbank, sentences of (word, category) pairs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, sentence in enumerate(sentences, 1):
        words = " ".join(f"(<L {category} NN NN {word} {category}_1>)" for word, category in sentence)
        lines.append(f"ID=wsj_0001.{number} PARSER=GOLD NUMPARSE=1\n(<T S[dcl] 0 {len(sentence)}> {words} )\n")
    path.write_text("".join(lines), "utf-8")
    return path


@pytest.mark.parametrize("folder", ["ccgbank_1_1/", "ccgbank/", "ccg/", ""])
def test_ccgbank_is_read_in_the_sections_of_jiant(tmp_path, folder):
    for section in range(25):
        sentence = [(f"w{section}", "N/N"), (".", "."), ("-LRB-", "S[dcl]\\NP")]
        derivations(tmp_path / f"{folder}data/AUTO/{section:02}/wsj_{section:02}01.auto", sentence)
    words = {split: [row["tokens"][0] for row in load(split, tmp_path)] for split in ("train", "dev", "test")}
    assert words == {
        "train": [f"w{n}" for n in range(19)], "dev": ["w19", "w20", "w21"], "test": ["w22", "w23", "w24"]
    }  # fmt: skip
    assert load("dev", tmp_path)[0]["tags"] == ["N/N", ".", "S[dcl]\\NP"]


def test_a_line_of_ccgbank_without_words_is_named(tmp_path):
    path = derivations(tmp_path / "data/AUTO/22/wsj_2201.auto", [("a", "N")], [])
    with pytest.raises(DataError) as caught:
        load("test", tmp_path)
    assert str(caught.value).startswith(f"{path}:4: not a derivation of CCGbank")


def test_a_word_that_cannot_be_read_is_not_left_out(tmp_path):
    path = derivations(tmp_path / "data/AUTO/22/wsj_2201.auto", [("a", "N"), ("b", "N")])
    path.write_text(path.read_text("utf-8").replace(" b ", " "), "utf-8")
    with pytest.raises(DataError, match=":2: not a derivation of CCGbank"):
        load("test", tmp_path)


def test_supertags_are_read_from_words_and_tags_whatever_these_are(tmp_path):
    (tmp_path / "ccg").mkdir()
    (tmp_path / "ccg/train.tsv").write_text("She\tNP\nsings\tS[dcl]\\NP\n\nRain\tN\n", "utf-8")
    assert load("train", tmp_path) == [
        {"tokens": ["She", "sings"], "tags": ["NP", "S[dcl]\\NP"]},
        {"tokens": ["Rain"], "tags": ["N"]},
    ]


def test_where_ccgbank_is_missing_the_error_names_the_card_that_says_what_to_do(tmp_path):
    for source in (LOCAL, HUB):
        with pytest.raises(DataError, match="xharness show task ccg"):
            load("test", tmp_path, source)
    assert any("LDC2005T13 from the LDC" in note and "--source local" in note for note in CCG.notes)


def test_the_tags_of_the_training_split_are_kept_in_the_checkpoint(tmp_path):
    rows = list(CCG.data_for("mini").rows("en", "train", 40))
    tuning = Tuning(epochs=1, selection="last", learning_rate=1e-3)
    train(
        Training(
            path=NANO,
            tasks=(TaskTraining(task=CCG, tuning=tuning, train=rows),),
            tuning=tuning,
            seed=1,
            head="ccg",
            out=tmp_path / "out",
            scratch=tmp_path,
            options=LoadOptions(device="cpu"),
            report=lambda _: None,
        )
    )
    tags = tuple(dict.fromkeys(tag for row in rows for tag in row["tags"]))
    assert Folder.read(Path(tmp_path / "out")).labels == tags
    model = load_model(tmp_path / "out", "tag", CCG, {}, LoadOptions(device="cpu"))
    result = [row["prediction"] for row in model.tag(rows)]
    assert {tag for row in result for tag in row} <= set(tags)
    assert token_accuracy(result, [row["tags"] for row in rows]).values["token_accuracy"] > 100 / len(tags)


def test_tags_that_differ_in_case_alone_are_kept_apart_where_the_head_has_the_same():
    assert order(("IN", "in", "NP"), ("IN", "in", "NP"), "ccg") == [0, 1, 2]
    assert order(("np", "N"), ("N", "NP"), "ccg") == [1, 0]
    with pytest.raises(BadRequest, match="are not those of task 'ccg'"):
        order(("np",), ("N", "NP"), "ccg")
