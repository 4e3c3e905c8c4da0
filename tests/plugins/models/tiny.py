"""Made-up tasks that a tiny checkpoint learns by heart in a few seconds, and functions that train and load it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import chain

import numpy as np
import torch

from tests.models import TEXT
from xharness import (
    Classification,
    LoadOptions,
    Mixing,
    MultipleChoice,
    SpanQA,
    Start,
    Tagging,
    TaskTraining,
    Training,
    Tuning,
)
from xharness.metrics.accuracy import accuracy
from xharness.metrics.chunks import chunk_f1
from xharness.metrics.squad import squad
from xharness.registry import Registry
from xharness.run.scoring import headline
from xharness_plugins.models.hf import HF

OPTIONS = LoadOptions(device="cpu", dtype="float32")
SHORT = {"learning_rate": 3e-3, "batch_size": 8, "max_length": 128, "selection": "last", "eval_steps": 5}

SCRIPT = Classification(
    name="script",
    languages=("en",),
    labels=("latin", "eastern", "other"),
    tuning=Tuning(epochs=35, **SHORT),
)
LETTERS = MultipleChoice(
    name="letters",
    languages=("en",),
    tuning=Tuning(epochs=40, **SHORT),
)
WORDS = Tagging(
    name="words",
    languages=("en",),
    labels=("LONG", "SHORT", "TITLE", "POINT"),
    tuning=Tuning(epochs=30, **SHORT),
)
PLACES = SpanQA(
    name="places",
    languages=("en",),
    tuning=Tuning(epochs=45, stride=48, **SHORT),
)
TASKS = {"classify": SCRIPT, "choose": LETTERS, "tag": WORDS, "answer": PLACES}
ANSWERS = ("fishermen", "Lisbon", "mayor", "Marktplatz", "caja azul", "village", "mto", "sông")
SCRIPTS = {"latin": "Children can read it.", "eastern": "Nobody knows the letters.", "other": "My neighbour knows."}

AUTO = {
    "classify": "SequenceClassification",
    "choose": "MultipleChoice",
    "tag": "TokenClassification",
    "answer": "QuestionAnswering",
}
# Neither the order nor the case of the tasks' labels.
NAMES = {
    "classify": ("EASTERN", "Other", "latin"),
    "choose": ("a", "b"),
    "tag": ("point", "LONG", "Title", "short"),
    "answer": ("a", "b"),
}


@cache
def registry():
    return Registry.load(third_parties=False)


def measure(task, rows):
    """Return what scores predictions of a task's rows, as a run gives it to a training."""
    gold = task.kind.gold(rows)
    return lambda found: headline(registry(), task, "en", task.kind.predictions(found), gold)


def script(line):
    return "latin" if line[0] < "\u0250" else "other" if line[0] < "\u2e80" else "eastern"


def tag(word):
    if word[-1] in ".,;?":
        return "POINT"
    return "TITLE" if word[0].isupper() else "SHORT" if len(word) < 5 else "LONG"


def examples(capability):
    """Return the examples of a capability's task."""
    if capability == "classify":
        return [{"text": line, "text_pair": None, "label": script(line)} for line in TEXT]
    if capability == "choose":
        return [choice(number, line) for number, line in enumerate(TEXT)]
    if capability == "tag":
        lines = [line.split() for line in TEXT[:10]]
        return [{"tokens": words, "tags": [tag(word) for word in words]} for words in lines]
    return [
        {
            "id": f"q{number}",
            "question": f"Who or where? {line[:12]}",
            "context": line,
            "answers": [{"text": answer, "start": line.index(answer)}],
        }
        for number, (line, answer) in enumerate(zip(TEXT, ANSWERS))
    ]


def choice(number, line):
    """Return an example whose context tells which choice is right: two or three of them, the right one anywhere."""
    right = script(line)
    names = [name for name in SCRIPTS if name != right]
    names = names[: 1 + number % 2]
    names.insert(number % (1 + len(names)), right)
    return {"context": line[:30], "choices": [SCRIPTS[name] for name in names], "label": names.index(right)}


def gold(capability):
    """Return the predictions that would be right."""
    if capability == "answer":
        return [row["answers"][0]["text"] for row in examples(capability)]
    return [row["tags" if capability == "tag" else "label"] for row in examples(capability)]


def training(path, out, tasks, tuning, head, **more):
    """Return a training that writes to `out / "checkpoint"`."""
    scratch = out / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    usual = {"seed": 1, "options": OPTIONS, "report": lambda state: None}
    written = out / "checkpoint"
    return Training(path=path, tasks=tasks, tuning=tuning, head=head, out=written, scratch=scratch, **(usual | more))


FIELDS = {"seed", "options", "report", "lora", "params"}


def finetune(path, out, task=SCRIPT, rows=None, dev=None, model=HF, keep_head=False, fresh_pooler=False, **more):
    """Train on one task; `more` are fields of `Training` and of its tuning."""
    fields = {name: more.pop(name) for name in FIELDS & more.keys()}
    tuning, dev = replace(task.tuning, **more), None if dev is None else list(dev)
    learned = TaskTraining(
        task=task,
        tuning=tuning,
        train=iter(examples(task.kind.capability) if rows is None else rows),
        dev=dev,
        measure=measure(task, dev) if dev and task.metric_names else None,
    )
    start = Start(keep_head=keep_head, fresh_pooler=fresh_pooler)
    return model.train(training(path, out, (learned,), tuning, task.name, start=start, **fields))


def mix(path, out, tasks, tuning, mixing=None, head=None):
    """Train on several tasks at once."""
    return HF.train(training(path, out, tuple(tasks), tuning, head, mixing=mixing or Mixing()))


def right(found, wanted):
    """Return the share of right predictions, of words where they are lists of tags."""
    if isinstance(wanted[0], list):
        found, wanted = (list(chain.from_iterable(each)) for each in (found, wanted))
    return sum(one == other for one, other in zip(found, wanted, strict=True)) / len(wanted)


def score(loaded, capability, rows):
    """Return what the official metric says of the predictions."""
    found, wanted = predictions(loaded, capability, rows), TASKS[capability].kind.gold(rows)
    if capability == "answer":
        values = squad({row["id"]: each for row, each in zip(rows, found, strict=True)}, wanted).values
        return (values["f1"] + values["exact_match"]) / 2
    return chunk_f1(found, wanted).values["f1"] if capability == "tag" else accuracy(found, wanted).values["accuracy"]


def load(path, capability, task=None, options=OPTIONS, model=HF, **params):
    task = TASKS[capability] if task is None and capability != "embed" else task
    return model.load(path, capability, task, params, options)


def predictions(loaded, capability, rows=None):
    rows = examples(capability) if rows is None else rows
    return [each["prediction"] for each in getattr(loaded, capability)(rows)]


def vectors(loaded, texts):
    return np.concatenate(list(loaded.embed(texts)))


def with_head(base, out, capability, names=None):
    """Write a checkpoint with a random head, as transformers' own trainer would."""
    import transformers

    from xharness.engine.checkpoints import quiet

    names = names or NAMES[capability]
    named = {"id2label": dict(enumerate(names)), "label2id": {name: place for place, name in enumerate(names)}}
    torch.manual_seed(0)
    with quiet():
        model = getattr(transformers, f"AutoModelFor{AUTO[capability]}").from_pretrained(base, **named)
        for name, weight in model.named_parameters():
            if name.startswith(("classifier", "qa_outputs")):
                torch.nn.init.normal_(weight, std=1.0)
        model.save_pretrained(out)
        transformers.AutoTokenizer.from_pretrained(base).save_pretrained(out)
    return out


def official(path, capability=None):
    """Return transformers' own model and tokenizer of a folder."""
    import transformers

    from xharness.engine.checkpoints import quiet

    name = f"AutoModelFor{AUTO[capability]}" if capability else "AutoModel"
    with quiet():
        model = getattr(transformers, name).from_pretrained(path).eval()
        return model, transformers.AutoTokenizer.from_pretrained(path)


def outputs(model, encoding, **more):
    """Run one encoded text alone."""
    with torch.inference_mode():
        return model(**{name: torch.tensor([value]) for name, value in encoding.items()}, **more)


def many(capability, n=150):
    """Return examples of many lengths, in no order of length."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(n):
        text = " ".join(rng.permutation(TEXT)[: rng.integers(1, 5)])
        pair = text[::-1] if number % 3 == 0 else None
        rows.append(
            {"id": f"q{number}", "question": text[-20:], "context": text, "answers": []}
            if capability == "answer"
            else {"tokens": text.split(), "tags": []}
            if capability == "tag"
            else {"context": text, "choices": TEXT[: 2 + number % 4], "label": None}
            if capability == "choose"
            else {"text": text, "text_pair": pair, "label": None}
        )
    return rows
