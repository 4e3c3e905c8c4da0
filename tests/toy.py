"""A third party's plugin with parts of every sort, small enough to be run hundreds of times; tests run on it.

Its model counts words: it learns which tag or label goes with a word, and embeds a text by its letters. It trains in
visible steps and keeps its progress, so that it can be killed half-way. `TOY_PAUSE` (seconds) slows each step and each
prediction; `TOY_LOG` names a file that gets a line for each training step and each predicted example.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from pathlib import Path

from xharness import (
    BitextMining,
    BitextRetrieval,
    Classification,
    DataError,
    Model,
    ModelInfo,
    Param,
    PassageRetrieval,
    Source,
    SpanQA,
    Suite,
    Tagging,
    Train,
    Tuning,
    hookimpl,
)

LANGUAGES = ("en", "sw", "zh")
STEPS = 12


def pause(what: str) -> None:
    time.sleep(float(os.environ.get("TOY_PAUSE", "0")))
    if os.environ.get("TOY_LOG"):
        with Path(os.environ["TOY_LOG"]).open("a", encoding="utf-8") as file:
            file.write(what + "\n")


def words(rng: random.Random, language: str, n: int) -> list[str]:
    return [f"{language[0]}{rng.choice('abcdefgh')}{rng.randrange(9)}" for _ in range(n)]


def rows(task, language: str, split: str) -> list[dict]:
    if task.kind.name == "passage-retrieval":
        return passages(task, language, split)
    rng = random.Random(f"{task.name}:{language}:{split}")
    made = []
    for number in range(30):
        text = words(rng, language, 6)
        if task.kind.name == "classification":
            label = "even" if sum(int(word[-1]) for word in text) % 2 == 0 else "odd"
            made.append({"text": " ".join(text), "text_pair": None, "label": label})
        elif task.kind.name == "tagging":
            made.append({"tokens": text, "tags": ["LOW" if int(word[-1]) < 5 else "HIGH" for word in text]})
        elif task.kind.name == "span-qa":
            answer = {"text": text[3], "start": sum(len(word) + 1 for word in text[:3])}
            made.append({"id": f"q{number}", "question": "which?", "context": " ".join(text), "answers": [answer]})
        elif task.kind.name == "bitext-retrieval":
            made.append({"query": " ".join(text), "document": " ".join(reversed(text)), "gold": number})
        else:
            for side in ("source", "target"):
                ordered = text if side == "source" else text[::-1]
                gold = [f"t{number}"] if side == "source" and number % 2 else []
                noise = [] if number % 2 else words(rng, side, 6)
                made.append(
                    {"side": side, "id": f"{side[0]}{number}", "text": " ".join(noise or ordered), "gold": gold}
                )
    return made


def passages(task, language: str, split: str) -> list[dict]:
    """Queries that share most letters with the candidates of their number, in every language; 7 and 8 are alike."""
    made = []
    for number in range(30):
        letters = " ".join(words(random.Random(7 if number == 8 else number), "xyz", 6))
        gold = [f"{code}:{number}" for code in task.pool] if split == "test" else []
        name = f"q{number}" if split == "test" else f"{language}:{number}"
        made.append({"id": name, "text": letters if gold else letters + language, "gold": gold, "positive": ""})
    return made


def load(task, language, split, options):
    from datasets import Dataset
    from datasets.table import InMemoryTable

    if (task.name, language) == ("toy-tags", "zh") and options.root and (options.root / "broken").exists():
        raise DataError.at("toy/zh.tsv", 3, "expected 2 columns, got 1")
    # With a fingerprint of its own the rows are not hashed, which takes longer than all the rest.
    table = InMemoryTable.from_pylist(rows(task, language, split))
    return Dataset(table, fingerprint=fingerprint(task, language, split, options).replace(":", "-"))


def fingerprint(task, language, split, options):
    return f"toy:{task.name}:{language}:{split}"


def label_of(example: dict) -> list[tuple[str, str]]:
    if "tokens" in example:
        return list(zip(example["tokens"], example["tags"], strict=True))
    return [(word, example["label"]) for word in example["text"].split()]


class Loaded:
    def __init__(self, path: Path, params, on_tokens=None, labels=()) -> None:
        self.labels = labels
        self.counts = json.loads((path / "toy.json").read_text("utf-8"))["counts"]
        self.letters = params.get("letters") or 26
        self.on_tokens = on_tokens or (lambda n: None)

    def describe(self):
        return {"letters": self.letters}

    def token_ids(self, texts):
        return [[int.from_bytes(word.encode()) for word in text.lower().split()] for text in texts]

    def guess(self, word: str, default: str) -> str:
        return self.counts.get(word[1:], default)

    def tag(self, examples):
        for example in examples:
            pause("tag")
            self.on_tokens(len(example["tokens"]))
            yield {"prediction": [self.guess(word, "LOW") for word in example["tokens"]]}

    def classify(self, examples):
        for example in examples:
            pause("classify")
            self.on_tokens(len(example["text"].split()))
            found = Counter(self.guess(word, "odd") for word in example["text"].split())
            scores = [found[label] / found.total() for label in self.labels]
            yield {"prediction": found.most_common(1)[0][0], "scores": scores}

    def answer(self, examples):
        for example in examples:
            pause("answer")
            self.on_tokens(len(example["context"].split()))
            yield {"id": example["id"], "prediction": example["context"].split()[3], "score": 1.0}

    def embed(self, texts, max_length=None):
        import numpy as np

        for text in texts:
            pause("embed")
            self.on_tokens(len(text.split()))
            row = np.zeros((1, 36), dtype=np.float32)
            for letter in text[:max_length]:
                if letter.isalnum():
                    row[0, int(letter, 36)] += 1
            yield row


def train(training):
    progress = training.scratch / "progress.json"
    done = json.loads(progress.read_text("utf-8")) if progress.exists() else {"step": 0, "counts": {}}
    examples = [row for each in training.tasks for row in each.train]
    for step in range(done["step"], STEPS):
        for example in examples[step::STEPS]:
            for word, label in label_of(example):
                done["counts"][word[1:]] = label
        done["step"] = step + 1
        temporary = progress.with_suffix(".tmp")
        temporary.write_text(json.dumps(done), encoding="utf-8")
        temporary.replace(progress)
        pause(f"step {step + 1}")
        training.report({"step": step + 1, "total_steps": STEPS, "loss": 1.0 / (step + 1)})
    training.out.mkdir()
    written = {"counts": done["counts"], "seed": training.seed}
    (training.out / "toy.json").write_text(json.dumps(written), encoding="utf-8")
    seen = sorted({example["language"] for example in examples})
    report = {"steps": STEPS, "languages": seen, "examples": len(examples)}
    return report | mixture(training) if training.mixing else report


def mixture(training):
    names = [each.task.name for each in training.tasks]
    return {"tasks": names, "mixing": vars(training.mixing), "head": training.head}


def merge(*, path, others, method, scale, density, out, options):
    counts = [json.loads((each / "toy.json").read_text("utf-8"))["counts"] for each in others]
    out.mkdir()
    together = {word: label for each in counts for word, label in each.items()}
    (out / "toy.json").write_text(json.dumps({"counts": together}), encoding="utf-8")
    return {"words": len(together)}


def inspect(path, reference, revision, options):
    return ModelInfo(
        reference=reference,
        adapter="toy",
        path=path,
        revision=revision,
        fingerprint=(path / "toy.json").read_text("utf-8"),
        architecture="Toy",
        hidden_size=36,
        layers=1,
        parameters=1000,
        bytes=4000,
        max_length=128,
    )


def checkpoint(folder: Path) -> Path:
    """Write an untrained toy checkpoint."""
    folder.mkdir(parents=True)
    (folder / "toy.json").write_text('{"counts": {}}', encoding="utf-8")
    return folder


@hookimpl
def xharness_models():
    yield Model(
        name="toy",
        summary="counts words",
        capabilities=frozenset({"classify", "tag", "answer", "embed"}),
        claims=lambda path: (path / "toy.json").exists(),
        inspect=inspect,
        load=lambda path, capability, task, params, options: Loaded(
            path, params, options.on_tokens, getattr(task, "labels", ())
        ),
        train=train,
        trainings=frozenset({"finetune", "multitask"}),
        merge=merge,
        params={"letters": Param(type=int, help="how many letters count", capability="embed")},
    )


@hookimpl
def xharness_sources():
    yield Source(name="toy", summary="made up on the spot", fingerprint=fingerprint, load=load, offline=True)


@hookimpl
def xharness_tasks():
    tuning = Tuning(selection="last", epochs=1)
    own = Train(languages=("sw",))
    yield Tagging(name="toy-tags", languages=LANGUAGES, labels=("LOW", "HIGH"), train=own, tuning=tuning)
    yield Classification(name="toy-parity", languages=LANGUAGES, labels=("even", "odd"), train="en", tuning=tuning)
    yield SpanQA(name="toy-train-qa", languages=("en",), train="en", tuning=tuning)
    yield SpanQA(name="toy-qa", languages=LANGUAGES, train=Train(task="toy-parity"), tuning=tuning)
    yield SpanQA(name="toy-qa-too", languages=LANGUAGES, train=Train(task="toy-parity"), tuning=tuning)
    yield BitextRetrieval(name="toy-pairs", languages=LANGUAGES, sizes=dict.fromkeys(LANGUAGES, 30))
    yield PassageRetrieval(name="toy-passages", languages=LANGUAGES, pool_size=90)
    yield BitextMining(name="toy-mining", languages=("sw", "zh"), sizes={"sw": 7})


@hookimpl
def xharness_suites():
    yield Suite(
        name="toys",
        tasks={"toy-tags": (), "toy-parity": (), "toy-qa": (), "toy-qa-too": (), "toy-pairs": (), "toy-mining": ()},
        groups={"words": ("toy-tags", "toy-parity"), "search": ("toy-pairs", "toy-mining")},
    )
