"""CommonsenseQA: English questions on everyday knowledge; an intermediate task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xharness import MultipleChoice, hub, local
from xharness.data.choices import choices_reader, label_index, texts
from xharness.data.lines import Row
from xharness_tasks.intermediate import tuning
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    return map(_flat, rows)


def _flat(row: Mapping[str, Any]) -> Row:
    """Return the example of a hub row: {question, choices: {label, text}, answerKey}."""
    choices = row.get("choices")
    if not isinstance(choices, Mapping) or not {"label", "text"} <= set(choices):
        raise ValueError("choices is not {label: [...], text: [...]}")
    return _example(texts(row, "question")[0], choices["label"], choices["text"], row.get("answerKey"))


def _nested(row: Mapping[str, Any]) -> Row:
    """Return the example of a row of the release: {question: {stem, choices: [{label, text}]}, answerKey}."""
    question = row.get("question")
    if not isinstance(question, Mapping):
        return _flat(row)
    choices = [texts(choice, "label", "text") for choice in question.get("choices", ())]
    letters, answers = [letter for letter, _ in choices], [answer for _, answer in choices]
    return _example(texts(question, "stem")[0], letters, answers, row.get("answerKey"))


def _example(question: str, letters: Iterable[str], answers: Iterable[str], key: str | None) -> Row:
    indices = {letter: number for number, letter in enumerate(letters)}
    return {"context": question, "choices": list(answers), "label": label_index(key or None, indices)}


COMMONSENSEQA = MultipleChoice(
    name="commonsenseqa",
    languages=("en",),
    number=5,
    data=(
        hub(
            "tau/commonsense_qa",
            # the commit of the Parquet files, which public evaluations of CommonsenseQA pin
            revision="94630fe30dad47192a8546eb75f094926d47e155",
            splits={"train": "train", "dev": "validation"},
            read=_read_hub,
        ),
        local(
            *layouts(
                "CommonsenseQA release",
                per_split(
                    "{split}.jsonl", train="train_rand_split", dev="dev_rand_split", test="test_rand_split_no_answers"
                ),
                choices_reader(_nested),
                folders=("commonsense_qa/", "commonsenseqa/", ""),
            ),
        ),
        synthetic("causes", "answers", "causes", 5),
    ),
    train="en",
    test_split="dev",
    tuning=tuning(epochs=5),
    sizes={"en": 1221},
    train_size=9741,
    summary="Choose the answer to a question on everyday knowledge from five words; English intermediate task.",
    licence="MIT",
    citation="Talmor et al. 2019, CommonsenseQA: A Question Answering Challenge Targeting Commonsense Knowledge, NAACL",
    homepage="https://www.tau-nlp.sites.tau.ac.il/commonsenseqa",
    notes=(
        "The test labels are not public; dev is used for both evaluation and checkpoint selection. The split is the "
        "random split of version 1.11, not the question token split.",
        "Files named as in the release may also have the flat columns of the hub.",
        "The training set is small: a large encoder sometimes stays at chance (20); run several seeds.",
        "Overlap: none with a test set of XTREME or XTREME-R.",
    ),
)
