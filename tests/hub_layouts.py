"""The data sets of the suite `xtreme` in the layouts of their hub repositories, with synthetic rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.plugins.sources.repos import NUMBER, QUESTION, TEXT, TEXTS, card, class_label, class_labels, repository
from xharness import LANGUAGES, DataOptions, Task
from xharness_plugins.sources.mini import MINI
from xharness_tasks.bucc2018 import BUCC2018
from xharness_tasks.mlqa import MLQA
from xharness_tasks.panx import PANX
from xharness_tasks.pawsx import PAWSX
from xharness_tasks.squad import SQUAD
from xharness_tasks.tatoeba import TATOEBA
from xharness_tasks.tydiqa import TYDIQA
from xharness_tasks.udpos import UDPOS
from xharness_tasks.xnli import XNLI
from xharness_tasks.xquad import XQUAD

SIZE = 8
HUB_NAMES = {"dev": "validation"}
NLI = ("entailment", "neutral", "contradiction")
Shape = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def write(root: Path, languages: Iterable[str]) -> None:
    """Write the data sets below `ROOT/datasets`, for languages that all nine tasks have or that some of them lack."""
    codes, sets = list(languages), root / "datasets"
    pairs = {"premise": TEXT, "hypothesis": TEXT, "label": class_label(*NLI)}
    _write(sets / "facebook/xnli", XNLI, codes, "{code}", _pair("premise", "hypothesis", NLI), pairs)
    pairs = {"id": NUMBER, "sentence1": TEXT, "sentence2": TEXT, "label": class_label("0", "1")}
    pawsx = _pair("sentence1", "sentence2", ("0", "1"))
    _write(sets / "google-research-datasets/paws-x", PAWSX, codes, "{code}", pawsx, pairs)
    _write(sets / "google/xquad", XQUAD, codes, "xquad.{code}", _question, QUESTION, test="validation")
    _write(sets / "facebook/mlqa", MLQA, codes, "mlqa.{code}.{code}", _question, QUESTION)
    _write(sets / "rajpurkar/squad", SQUAD, ["en"], "plain_text", _question, QUESTION)
    _xtreme(sets / "google/xtreme", codes)
    _bucc(sets / "mteb/BUCC", codes)
    tags = {"tokens": TEXTS, "ner_tags": class_labels(*PANX.labels)}
    _write(sets / "unimelb-nlp/wikiann", PANX, codes, "{code}", _tagged("ner_tags", PANX.labels), tags)
    questions = {code: _splits(TYDIQA, code, _question, test="validation") for code in codes if code in _of(TYDIQA)}
    joined = {split: [row for each in questions.values() for row in each.get(split, [])] for split in HUB_SPLITS}
    repository(sets / "google-research-datasets/tydiqa", {"secondary_task": joined}, QUESTION)


HUB_SPLITS = ("train", "validation")


def _of(task: Task) -> tuple[str, ...]:
    return tuple(task.languages)


def _write(
    folder: Path, task: Task, codes: list[str], config: str, shape: Shape, columns: Mapping, test: str = "test"
) -> None:
    repository(folder, _configs(task, codes, config, shape, test), columns)


def _configs(task: Task, codes: list[str], config: str, shape: Shape, test: str = "test") -> dict:
    here = [code for code in codes if code in _of(task)]
    return {config.format(code=code): _splits(task, code, shape, test) for code in here}


def _splits(task: Task, code: str, shape: Shape, test: str = "test") -> dict[str, list]:
    wanted = ("train", "dev", "test") if code == "en" else ("dev", "test")
    sizes = task.data_for("mini").sizes
    names = {split: test if split == "test" else HUB_NAMES.get(split, split) for split in wanted}
    return {names[split]: [shape(row) for row in _rows(task, code, split)] for split in wanted if sizes.get(split)}


def _rows(task: Task, code: str, split: str) -> Iterable[Mapping[str, Any]]:
    return MINI.load(task, code, split, DataOptions(params={"size": SIZE}))


def _pair(first: str, second: str, labels: tuple[str, ...]) -> Shape:
    return lambda row: {first: row["text"], second: row["text_pair"], "label": labels.index(row["label"])}


def _tagged(column: str, labels: tuple[str, ...]) -> Shape:
    return lambda row: {"tokens": row["tokens"], column: [labels.index(tag) for tag in row["tags"]]}


def _question(row: Mapping[str, Any]) -> Mapping[str, Any]:
    answers = {
        "text": [answer["text"] for answer in row["answers"]],
        "answer_start": [answer["start"] for answer in row["answers"]],
    }
    return {"id": row["id"], "title": "", "context": row["context"], "question": row["question"], "answers": answers}


def _xtreme(folder: Path, codes: list[str]) -> None:
    """Write the repository of two tasks with different columns: its card lists them by config."""
    tags = {"tokens": TEXTS, "pos_tags": class_labels(*UDPOS.labels)}
    names = {f"udpos.{LANGUAGES[code].name}": code for code in codes if code in _of(UDPOS)}
    tagged = _tagged("pos_tags", UDPOS.labels)
    configs = {config: _splits(UDPOS, code, tagged) for config, code in names.items()}
    columns = dict.fromkeys(configs, tags)
    for code in codes:
        if code in _of(TATOEBA):
            rows = list(_rows(TATOEBA, code, "test"))
            english = [
                {"source_sentence": rows[row["gold"]]["document"], "target_sentence": row["query"]} for row in rows
            ]
            configs[f"tatoeba.{LANGUAGES[code].tatoeba}"] = {"validation": english}
            columns[f"tatoeba.{LANGUAGES[code].tatoeba}"] = dict.fromkeys(english[0], TEXT)
    repository(folder, configs, {})
    entries = [
        {"config_name": name, "data_files": [{"split": split, "path": f"{name}/{split}-*"} for split in splits]}
        for name, splits in configs.items()
    ]
    infos = [
        {"config_name": name, "features": [{"name": column, **kind} for column, kind in columns[name].items()]}
        for name in configs
    ]
    card(folder, {"dataset_info": infos, "configs": entries})


def _bucc(folder: Path, codes: list[str]) -> None:
    configs = {}
    for code in codes:
        if code in _of(BUCC2018):
            rows = list(_rows(BUCC2018, code, "test"))
            sides = {side: [row for row in rows if row["side"] == side] for side in ("source", "target")}
            places = {row["id"]: place for place, row in enumerate(sides["target"], 1)}
            gold = [[n, places[id]] for n, row in enumerate(sides["source"], 1) for id in row["gold"]]
            texts = {side: [row["text"] for row in sides[side]] for side in sides}
            configs[f"{code}-en"] = {
                "test": [{"sentence1": texts["source"], "sentence2": texts["target"], "gold": gold}]
            }
    columns = {"sentence1": TEXTS, "sentence2": TEXTS, "gold": {"sequence": {"sequence": "int64"}}}
    repository(folder, configs, columns)
