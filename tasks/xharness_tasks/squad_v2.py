"""SQuAD v2.0: English questions, some of which the paragraph does not answer; an intermediate task."""

from __future__ import annotations

from xharness import Overlap, SpanQA, hub, local
from xharness.data.squad import read_squad
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import made
from xharness_tasks.squad import TRAINING_QUESTIONS, read_hub

SQUAD_V2 = SpanQA(
    name="squad_v2",
    languages=("en",),
    unanswerable=True,
    data=(
        hub(
            "rajpurkar/squad_v2",
            # the commit of the Parquet files, which public evaluations of SQuAD v2.0 pin
            revision="3ffb306f725f7d2ce8394bc1873b24868140c412",
            splits={"train": "train", "dev": "validation"},
            read=read_hub,
        ),
        local(
            *layouts(
                "SQuAD v2.0",
                per_split("{split}-v2.0.json", train="train", dev="dev"),
                read_squad,
                folders=("squad/", "squad_v2/", ""),
            ),
        ),
        made("questions", "possible", "squad_v2"),
    ),
    train="en",
    test_split="dev",
    metrics=("squad_v2",),
    sizes={"en": 11_873},
    train_size=130_319,
    overlaps=(
        Overlap(split="train", task="squad_v1", other="train", what=TRAINING_QUESTIONS),
        Overlap(split="dev", task="squad_v1", other="dev", what="questions of the dev set of SQuAD v1.1"),
    ),
    summary="English questions on Wikipedia paragraphs, some of them without an answer; an intermediate task.",
    licence="CC BY-SA 4.0",
    citation="Rajpurkar et al. 2018, Know What You Don't Know: Unanswerable Questions for SQuAD, ACL",
    homepage="https://rajpurkar.github.io/SQuAD-explorer/",
    notes=(
        "Overlap: nearly all training questions of SQuAD v1.1, which xquad and mlqa train on, are among its own, so a "
        "target phase there is a second pass over them. XQuAD's test questions are translations of dev questions of "
        "SQuAD v1.1, on paragraphs that its dev set has too: do not choose a checkpoint for xquad by it.",
        "No answer is predicted where the first token scores higher than the best span, a threshold of 0, as in "
        "jiant. best_exact_match and best_f1 are those of the official script, at the threshold that serves best on "
        "the very questions that are scored, but of the best spans whatever was predicted at 0.",
        "The test set is not public; dev is evaluated.",
        "Training questions without an answer are learnt as pointing to the first token of every window.",
    ),
)
