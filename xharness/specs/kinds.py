"""The kinds of task: what an example holds, what a model must be able to do, and which metrics apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Example = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """What a kind of task asks of a model.

    `columns` maps each column of an example to its meaning; `capability` is what an adapter must be able to do, with a
    method of that name where examples are predicted; `gold` turns the examples of a split into the form that the kind's
    metrics compare with; `metrics` are the defaults, the official ones first, none where examples are for training
    alone. A score of the kind is the mean of its `headline` values. `trained` says whether a checkpoint is fine-tuned
    for it, `tuned` whether predicting reads the dev split, to tune a threshold, `pooled` whether answers are looked for
    in a pool of candidates, which is a split of its own, `gold_follows_inputs` whether the gold of changed inputs is
    their own, as answers that are spans of a translated context. `tokens` is about how many tokens an example costs,
    all its choices but no candidate, for estimates.
    """

    name: str
    capability: str
    columns: Mapping[str, str]
    gold: Callable[[Iterable[Example]], Any]
    metrics: tuple[str, ...]
    headline: tuple[str, ...]
    trained: bool = True
    tuned: bool = False
    pooled: bool = False
    gold_follows_inputs: bool = False
    tokens: int = 50


def _labels(examples: Iterable[Example]) -> list[str]:
    return [example["label"] for example in examples]


def _tags(examples: Iterable[Example]) -> list[list[str]]:
    return [list(example["tags"]) for example in examples]


def _answers(examples: Iterable[Example]) -> list[tuple[str, list[str]]]:
    return [(example["id"], [answer["text"] for answer in example["answers"]]) for example in examples]


def _relevant(examples: Iterable[Example]) -> list[tuple[str, list[str]]]:
    return [(example["id"], list(example["gold"])) for example in examples]


def _targets(examples: Iterable[Example]) -> list[int]:
    return [example["gold"] for example in examples]


def _texts(examples: Iterable[Example]) -> list[str]:
    return [example["text"] for example in examples]


def _pairs(examples: Iterable[Example]) -> list[tuple[str, str]]:
    return [(example["id"], other) for example in examples if example["side"] == "source" for other in example["gold"]]


CLASSIFICATION = Kind(
    name="classification",
    capability="classify",
    columns={
        "text": "the text, or the first of a pair",
        "text_pair": "the second text of a pair, or null",
        "label": "the name of the class, or null where it is not given",
    },
    gold=_labels,
    metrics=("accuracy",),
    headline=("accuracy",),
)
MULTIPLE_CHOICE = Kind(
    name="multiple-choice",
    capability="choose",
    columns={
        "context": "what stands before every choice, the question included",
        "choices": "the choices, a list of strings",
        "label": "the place of the right choice, from 0, or null where it is not given",
    },
    gold=_labels,
    metrics=("accuracy",),
    headline=("accuracy",),
    tokens=120,
)
TAGGING = Kind(
    name="tagging",
    capability="tag",
    columns={
        "tokens": "the words of a sentence, a list of strings",
        "tags": "one tag a word, a list of strings as long; empty where they are not given",
    },
    gold=_tags,
    metrics=("chunk_f1", "token_accuracy"),
    headline=("f1",),
)
SPAN_QA = Kind(
    name="span-qa",
    capability="answer",
    columns={
        "id": "the id of the question",
        "question": "the question",
        "context": "the text that holds the answer",
        "answers": "a list of {text, start}: start is a character offset into context, or -1 where it is not known",
    },
    gold=_answers,
    metrics=("squad", "squad_native"),
    headline=("f1", "exact_match"),
    gold_follows_inputs=True,
    tokens=280,
)
BITEXT_RETRIEVAL = Kind(
    name="bitext-retrieval",
    capability="embed",
    columns={
        "query": "a sentence of the query side, in the scored order",
        "document": "the sentence on the same line of the other side",
        "gold": "the line, from 0, of the document that translates the query",
    },
    gold=_targets,
    metrics=("retrieval_accuracy", "retrieval_accuracy_reverse"),
    headline=("accuracy",),
    trained=False,
    tokens=30,
)
BITEXT_MINING = Kind(
    name="bitext-mining",
    capability="embed",
    columns={
        "side": "`source` (the foreign pool) or `target` (the English pool)",
        "id": "the id of the sentence",
        "text": "the sentence",
        "gold": "on the source side, the ids of its translations; else empty",
    },
    gold=_pairs,
    metrics=("mining_f1",),
    headline=("f1",),
    trained=False,
    tuned=True,
    tokens=40,
)
PASSAGE_RETRIEVAL = Kind(
    name="passage-retrieval",
    capability="embed",
    columns={
        "id": "the id of the query, or of the candidate",
        "text": "the query, or the candidate",
        "gold": "of a query, the ids of the candidates that answer it; else empty",
        "positive": "of a training query, the text of a candidate that answers it; else empty",
    },
    gold=_relevant,
    metrics=("map_at_20", "map"),
    headline=("map@20",),
    pooled=True,
    tokens=40,
)
TEXT = Kind(
    name="text",
    capability="fill",
    columns={"text": "a line of running text, parts of which are masked and learnt again"},
    gold=_texts,
    metrics=(),
    headline=(),
    tokens=60,
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        CLASSIFICATION,
        MULTIPLE_CHOICE,
        TAGGING,
        SPAN_QA,
        BITEXT_RETRIEVAL,
        BITEXT_MINING,
        PASSAGE_RETRIEVAL,
        TEXT,
    )
}
