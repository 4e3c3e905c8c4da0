"""Caveats: every code has a sentence, and every sentence a code that is written somewhere."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import xharness
import xharness_leaderboard
import xharness_plugins
import xharness_tasks
from xharness.specs.caveats import GRAVE, SENTENCES, by_language, caveat, in_short, of_training, sort_of

TRAINED = {"stage": "finetune", "tasks": "xnli"}
SAID = {
    "synthetic_data": ({"source": "mini"}, "synthetic data of source 'mini': the score does not measure a model"),
    "translated_inputs": ({"into": "en"}, "predicted on a machine translation of the examples into English"),
    "gold_of_inputs": ({}, "scored against the answers of the inputs, not of the evaluated split"),
    "other_split": ({"split": "dev", "official": "test"}, "split dev instead of test"),
    "limited": ({"limit": 1}, "limited to the first 1 example of each split"),
    "test_size": ({"n": 150, "official": 4250}, "scored 150 examples; the official test set has 4,250"),
    "pool_size": ({"n": 90, "official": 13014}, "searched 90 candidates; the official pool has 13,014"),
    "lone_surrogates": (
        {"where": "xquad de test (a.json)", "rows": [2, 7]},
        "xquad de test (a.json): lone surrogates were replaced by U+FFFD in 2 rows: 2, 7 (from 0)",
    ),
    "threshold_on_evaluated_split": ({}, "the threshold was tuned on the evaluated split"),
    "trained_on_evaluated_split": ({}, "the checkpoint was trained on the evaluated split"),
    "selected_on_evaluated_split": ({}, "the checkpoint was selected on the evaluated split"),
    "shares_examples": (
        {"role": "train", "split": ["mnli", "en", "train"], "shared": "its pairs"},
        "the checkpoint was trained on mnli train, which shares with the evaluated split: its pairs",
    ),
    "trained_twice": (
        {"shared": "its pairs", "phases": [{"task": "mnli", "epochs": 0.5}, {"task": "xnli", "epochs": None}]},
        "trained on more than once: its pairs (mnli for 0.5 epochs, xnli in a mixture)",
    ),
    "oracle_selection": (
        {"tasks": ["xnli", "pawsx"], "languages": 15},
        "oracle selection: the checkpoint was selected on the dev splits of xnli, pawsx in 15 languages",
    ),
    "shuffled_labels": (
        {"tasks": ["mnli", "qqp"]},
        "control condition: trained on mnli, qqp with shuffled labels, not on the task itself",
    ),
    "failed_run": (
        {**TRAINED, "loss": 1.0912, "chance": 1.0986},
        "finetune on xnli stayed at chance level (loss 1.09, chance 1.10)",
    ),
    "restarted_run": (
        {**TRAINED, "seed": 7, "dev_accuracy": 35.31, "chance": 100 / 3},
        "finetune on xnli was restarted with another seed: with seed 7 it stayed at chance level (dev accuracy 35.3, "
        "chance 33.3)",
    ),
    "short_warmup": (
        {**TRAINED, "step": 90, "warmup": 1500},
        "finetune on xnli ended within its warm-up, after 90 of 1,500 steps",
    ),
    "pad_token_missing": (
        {"token": "</s>"},
        "the tokenizer has no pad token; its end-of-text token '</s>' pads the batches",
    ),
    "label_risk": (
        {"noise": "mark_strip:3", "language": "vi"},
        "noise mark_strip:3 often changes the meaning in Vietnamese: some labels may no longer hold",
    ),
    "noise_undone": (
        {"noise": "invisible:3", "effective": 4, "changed": 5010},
        "the tokenizer undoes noise invisible:3: token ids change in 4 of the 5,010 examples that it changes, so the "
        "score says little about robustness",
    ),
    "prefix_removed": (
        {"prefix": "module."},
        "the names of all weights begin with 'module.', which the architecture does not have; it was removed",
    ),
    "unknown_weights": (
        {"count": 5, "names": ["a", "b", "c"]},
        "5 weights of the checkpoint are unknown to its architecture and left out: a, b, c and 2 more",
    ),
    "other_vectors": (
        {"row": "layer 8, pooling mean", "baseline": "layer 12, pooling mean"},
        "vectors are read in another way (layer 8, pooling mean) than those of the baseline (layer 12, pooling mean): "
        "scores differ for that reason too",
    ),
    "other_similarity": (
        {"declared": "dot"},
        "the checkpoint declares that its vectors are compared by dot; the search used their cosine",
    ),
    "token_types_left_out": (
        {"tokenizer": 2, "model": 1},
        "the tokenizer gives 2 token types and the model has 1: they are left out, only separators divide the texts of "
        "a pair",
    ),
}


@pytest.mark.parametrize("code", SENTENCES)
def test_every_code_has_its_sentence(code):
    facts, text = SAID[code]
    found = caveat(code, **facts)
    assert found.record() == {"code": code, "grave": code in GRAVE, "text": text, "facts": facts}
    assert json.loads(json.dumps(found.record())) == found.record()


def test_every_code_that_is_written_has_a_sentence_and_none_is_idle():
    calls, literals = set(), set()
    for package in (xharness, xharness_plugins, xharness_tasks, xharness_leaderboard):
        for path in Path(package.__file__).parent.rglob("*.py"):
            if path.name in ("caveats.py", "schema_1_0.py") and path.parent.name == "specs":
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    literals.add(node.value)
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("caveat", "_remark"):
                    calls |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant)}
    assert len(calls) > 10
    assert calls <= SENTENCES.keys()
    assert SENTENCES.keys() <= literals
    assert SENTENCES.keys() >= GRAVE


def test_a_remark_of_a_plugin_has_its_own_words():
    own = {"code": "odd_loss", "text": "the loss rose", "grave": True, "facts": {"loss": 9.0}}
    found = of_training(own, "finetune", "xnli")
    assert (found.code, found.text, found.grave) == ("odd_loss", "finetune on xnli: the loss rose", True)
    assert found.facts == {**TRAINED, "loss": 9.0}
    bare = of_training({"code": "odd_loss", "facts": {"loss": 9.0}}, "finetune", "xnli")
    assert bare.text == "finetune on xnli: odd_loss {'loss': 9.0}"


@pytest.mark.parametrize(
    ("facts", "text"),
    [({}, " stayed at chance level"), ({"loss": 1.0}, ": failed_run {'loss': 1.0}"), ({"loss": "x", "chance": 1}, "")],
)
def test_a_failed_run_is_told_whatever_its_facts(facts, text):
    found = of_training({"code": "failed_run", "facts": facts}, "finetune", "xnli")
    assert found.text.startswith(f"finetune on xnli{text}")
    assert (found.code, found.grave) == ("failed_run", True)


def test_caveats_of_cells_are_listed_once_with_their_languages():
    limited, size = caveat("limited", limit=5).record(), caveat("test_size", n=5, official=9).record()
    cells = [
        {"language": code, "caveats": each} for code, each in (("en", [limited]), ("sw", [limited, size]), ("en", []))
    ]
    assert by_language(cells) == [{**limited, "languages": ["en", "sw"]}, {**size, "languages": ["sw"]}]


def test_caveats_of_one_sort_differ_in_numbers_alone():
    one, other = (caveat("test_size", n=n, official=9).record() for n in (5, 6))
    assert sort_of(one) == sort_of(other)
    assert in_short([one, other, one]) == f"{one['text']}; and 1 more of this kind"
    assert in_short([one, one]) == one["text"]
    assert sort_of(one) != sort_of(caveat("pool_size", n=5, official=9).record())
    flags = [{"code": "own", "grave": False, "text": "x", "facts": {"found": found}} for found in (True, False, 1)]
    assert len({sort_of(flag) for flag in flags}) == 3
