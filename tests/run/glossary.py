"""A plugin that translates word by word with a glossary, and small tasks for it.

The folder of its model holds glossary.json: `words` maps a word to another, `loses` names a word whose sentences lose
their square brackets. `TOY_LOG` names a file that gets a line for each sentence, and `TOY_STOP` ends the process, as a
kill does, after so many.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from xharness import Classification, Model, ModelInfo, Source, SpanQA, Tagging, Train, Tuning, hookimpl

SIZE = 12
_said = 0


def rows(task, language, split):
    """Return made rows: words begin with the first letter of their language, `e` in English and `s` in Swahili."""
    letter = "s" if split == "translated-train" or (language == "sw" and split != "translated-test") else "e"
    for number in range(SIZE):
        label = "even" if number % 2 == 0 else "odd"
        if task.kind.name == "classification":
            yield {"text": f"{letter}{number} {letter}{label}.", "text_pair": None, "label": label}
        elif task.kind.name == "tagging":
            yield {"tokens": [f"{letter}{number}"], "tags": ["X"]}
        else:
            context = f"{letter}a {letter}b {letter}c {letter}d{number}. {letter}z {letter}{label}."
            answer = {"text": f"{letter}d{number}", "start": context.index(f"{letter}d{number}")}
            asked = {"id": f"q{number}", "question": f"{letter}q?", "context": context, "answers": [answer]}
            yield {**asked, "text": context, "label": label}  # what the toy model learns from


def load(task, language, split, options):
    from datasets import Dataset

    found = list(rows(task, language, split))
    return Dataset.from_list(found[::-1] if split == "translated-test" and task.name == "shuffled" else found)


def fingerprint(task, language, split, options):
    return f"glossary:{task.name}:{language}:{split}"


class Loaded:
    def __init__(self, path: Path, params) -> None:
        self.told = json.loads((path / "glossary.json").read_text("utf-8"))
        self.params = dict(params)

    def describe(self):
        return {**self.params, "remarks": self.told.get("remarks", [])}

    def word(self, word, target):
        return self.told["words"].get(word, target[0] + word[1:])

    def translate(self, texts, source, target):
        global _said
        for text in texts:
            if _said == int(os.environ.get("TOY_STOP", "-1")):
                os._exit(9)
            _said += 1
            with Path(os.environ["TOY_LOG"]).open("a", encoding="utf-8") as file:
                file.write(f"{source}-{target} {text}\n")
            said = re.sub(r"\b[es]\w+", lambda word: self.word(word[0], target), text)
            yield said.replace("[", "").replace("]", "") if self.told.get("loses", "?") in text else said


def inspect(path, reference, revision, options):
    content = (path / "glossary.json").read_text("utf-8")
    return ModelInfo(
        reference=reference, adapter="glossary", path=path, revision=None, fingerprint=f"glossary:{content}",
        architecture="Glossary", hidden_size=1, layers=0, parameters=1000, bytes=len(content), max_length=9,
        ready=frozenset({"translate"}),
    )  # fmt: skip


def checkpoint(folder: Path, **told) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "glossary.json").write_text(json.dumps({"words": {}, **told}), encoding="utf-8")
    return str(folder)


@hookimpl
def xharness_models():
    yield Model(
        name="glossary",
        summary="word by word",
        capabilities=frozenset({"translate"}),
        claims=lambda path: (path / "glossary.json").is_file(),
        inspect=inspect,
        load=lambda path, capability, task, params, options: Loaded(path, params),
    )


@hookimpl
def xharness_sources():
    yield Source(name="glossary", summary="made of numbers", fingerprint=fingerprint, load=load, offline=True)


@hookimpl
def xharness_tasks():
    last = Tuning(selection="last")
    train = Train(translations=("sw",))
    for name in ("parity", "shuffled"):
        yield Classification(
            name=name, languages=("en", "sw"), labels=("even", "odd"), tuning=last, train=train, translated=("sw",)
        )
    yield SpanQA(name="asked", languages=("en", "sw"), train=Train(task="parity"), translated=("sw",))
    yield SpanQA(name="told", languages=("en", "sw"), train="en")
    yield Tagging(name="words", languages=("en", "sw"), labels=("X",), tuning=last, train="en")
