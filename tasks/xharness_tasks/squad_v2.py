"""SQuAD v2.0: English questions, some of them unanswerable; an intermediate task."""

from __future__ import annotations

from xharness import Overlap, SpanQA, hub, local
from xharness.data.squad import read_squad
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic
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
        synthetic("questions", "possible", "squad_v2"),
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
    summary="English questions on Wikipedia paragraphs, some of them unanswerable; intermediate task.",
    licence="CC BY-SA 4.0",
    citation="Rajpurkar et al. 2018, Know What You Don't Know: Unanswerable Questions for SQuAD, ACL",
    homepage="https://rajpurkar.github.io/SQuAD-explorer/",
    notes=(
        "Overlap: it contains almost all training questions of SQuAD v1.1, on which xquad and mlqa train, so a target "
        "phase on these is a second pass over them. The test questions of XQuAD are translated from SQuAD v1.1 dev, "
        "whose paragraphs are also in this dev set: do not select a checkpoint for xquad by it.",
        "No answer is predicted if the score of the first token is higher than that of the best span (threshold 0), as "
        "in jiant. best_exact_match and best_f1 follow the official script: the threshold is tuned on the scored "
        "questions. They use the best span even if no answer was predicted.",
        "The test set is not public; dev is evaluated.",
        "In training, the target of an unanswerable question is the first token of every window.",
    ),
)
