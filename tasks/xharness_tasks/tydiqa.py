"""TyDiQA-GoldP: information-seeking questions in 9 languages, not translated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import DataError, SpanQA, Train, hub, language, local
from xharness.data.lines import Row, nonempty
from xharness.data.squad import hub_questions, read_squad, write_squad
from xharness_tasks.layouts import TRANSLATIONS, layouts
from xharness_tasks.mini import synthetic

SIZES = {"en": 440, "ar": 921, "bn": 113, "fi": 782, "id": 565, "ko": 276, "ru": 812, "sw": 499, "te": 669}
OTHERS = tuple(code for code in SIZES if code != "en")


def _read_hub(rows: Iterable[Mapping[str, Any]], code: str) -> Iterator[Row]:
    return hub_questions(_of_language(code, rows))


@nonempty
def _read_all(paths: tuple[Path, ...], code: str, split: str) -> Iterator[Row]:
    yield from _of_language(code, read_squad(paths, code, split))


@nonempty
def _read_one(paths: tuple[Path, ...], code: str, split: str) -> Iterator[Row]:
    """Yield the rows of a file of one language; jiant wrote all nine languages into the English file."""
    others = {language(each).name.lower(): each for each in SIZES if each != code}
    for row in read_squad(paths, code, split):
        other = others.get(row["id"].partition("-")[0])
        if other:
            raise DataError.at(
                paths[0], None, f"question {row['id']} is in language '{other}', expected '{code}' by the file name"
            )
        yield row


def _of_language(code: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of a language; ids of the release start with its name, for example `finnish-...`."""
    prefix = f"{language(code).name.lower()}-"
    return (dict(row) for row in rows if row["id"].startswith(prefix))


TYDIQA = SpanQA(
    name="tydiqa",
    languages=tuple(SIZES),
    data=(
        hub(
            "google-research-datasets/tydiqa",
            revision="da78f23f9119363459acbaf46bf89426ff26c259",
            config="secondary_task",
            splits={"train": "train", "test": "validation"},
            read=_read_hub,
        ),
        local(
            *layouts(
                "TyDiQA release, one file for all languages",
                {"train": ("tydiqa-goldp-v1.1-train.json",), "test": ("tydiqa-goldp-v1.1-dev.json",)},
                _read_all,
                folders=("tydiqa/", "tydiqa_goldp/", "tydiqa/tydiqa-goldp-v1.1-train/"),
            ),
            *layouts(
                "TyDiQA release, one file a language",
                {"test": ("tydiqa-goldp-v1.1-dev/tydiqa-goldp-dev-{lower}.json",)},
                _read_one,
                folders=("tydiqa/", "tydiqa_goldp/"),
            ),
            *layouts(
                "TyDiQA by language",
                {"test": ("tydiqa_goldp/{lower}/{lower}_tydiqa_dev.json",)},
                _read_one,
            ),
            *layouts(
                "XTREME download",
                {
                    "train": ("tydiqa/tydiqa-goldp-v1.1-train/tydiqa.goldp.{lang}.train.json",),
                    "test": ("tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.{lang}.dev.json",),
                },
                _read_one,
                write=write_squad,
            ),
            *layouts(
                "XTREME translations",
                {
                    "translated-train": ("TyDiQA-GoldP/translate-train/tydiqa.translate.train.en-{lang}.json",),
                    "translated-test": ("TyDiQA-GoldP/translate-test/tydiqa.translate.test.{lang}-en.json",),
                },
                read_squad,
                folders=TRANSLATIONS,
            ),
        ),
        synthetic("questions", "separate", "tydiqa", dev=0, apart=True),
    ),
    train=Train(languages=OTHERS, translations=OTHERS),
    sizes=SIZES,
    train_size=3696,
    translated=OTHERS,
    summary="Find the answer to a question as a span of a Wikipedia paragraph; no translated data.",
    licence="Apache 2.0",
    citation="Clark et al. 2020, TyDi QA: A Benchmark for Information-Seeking Question Answering in Typologically "
    "Diverse Languages, TACL",
    homepage="https://github.com/google-research-datasets/tydiqa",
    notes=(
        "XTREME's test set is the dev set of TyDiQA. There is no other held-out data, so the last checkpoint is "
        "evaluated. The 634 English dev questions in the table of the paper were not released.",
        "The XTREME download shortens the ids of training questions to their last part.",
        "The official training script expects tydiqa.en.train.json, but the file is tydiqa.goldp.en.train.json "
        "(utils_preprocess.py of google-research/xtreme).",
        "The hub copy strips paragraphs without adjusting the answer offsets; answers are located by their text.",
        "The official score removes English articles in every language; squad_native only in English.",
        "Test files of the XTREME download have no answers; they can be predicted but not scored.",
    ),
)
