"""Compare fine-tuning on text pairs with transformers' Trainer: same data, steps, batch size, learning rate and seed.

    python benchmarks/finetune.py [DATA] [--pairs 320] [--model FOLDER]

DATA holds MultiNLI in the format of its release or of GLUE (`multinli_1.0/` or `MNLI/`), or the MultiNLI pairs of
TaxiNLI (`taxinli10k.tsv`, Joshi et al. 2020; the last pairs are the dev set). Defaults: synthetic pairs and the
embedded checkpoint. Compared are:

    Trainer     every pair padded to 128 tokens, in batches of 32, like run_classify.py of google-research/xtreme
    ours        the `hf` adapter: batches of similar length under a token budget

Speed is in real tokens (no padding) a second and covers the training steps only, not loading, tokenising and dev
scores. Both are warmed up. Both run in float32, whatever the checkpoint is stored in, unless `--dtype auto` lets ours
use bf16 where the processor multiplies it natively. Each creates its own new head and shuffles with its own generator,
so dev accuracies agree up to the noise between seeds; `--seeds` repeats both.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import tempfile
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from xharness import DataOptions, LoadOptions, TaskTraining, Training
from xharness.data.tsv import read_tsv
from xharness.registry import Registry
from xharness_tasks.mini import NANO

LENGTH = 128


@dataclass
class Trained:
    """The result of one training: steps, real tokens, seconds, and the dev accuracy in percent."""

    steps: int
    tokens: int
    seconds: float
    accuracy: float


@dataclass
class Setting:
    """What both train: pairs, a checkpoint, hyper-parameters and load options."""

    registry: Registry
    task: Any
    train: list[dict]
    dev: list[dict]
    model: Path
    tuning: Any
    options: LoadOptions


def pairs(args: argparse.Namespace, registry: Registry) -> tuple[list[dict], list[dict]]:
    """Return training and dev pairs, the same ones each time."""
    task, counts = registry.get("tasks", "mnli"), {"train": args.pairs, "dev": args.dev}
    taxi = args.data and args.data / "taxinli10k.tsv"
    if taxi and taxi.is_file():
        columns = ("prem", "hyp", "label")
        rows = [
            dict(zip(("text", "text_pair", "label"), (row[name] for name in columns)))
            for _, row in read_tsv(taxi, columns, header=True)
        ]
        random.Random(0).shuffle(rows)
        return rows[: -args.dev][: args.pairs], rows[-args.dev :]
    source = registry.get("sources", "local" if args.data else "mini")
    found = []
    for split, count in counts.items():
        options = DataOptions(root=args.data) if args.data else DataOptions(params={"size": count})
        rows = source.load(task, "en", split, options).shuffle(seed=0)
        found.append(list(rows.select(range(min(count, len(rows))))))
    return found[0], found[1]


def setting(args: argparse.Namespace) -> Setting:
    registry = Registry.load()
    task = registry.get("tasks", "mnli")
    tuning = replace(
        task.tuning,
        epochs=args.epochs,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        warmup_steps=0,
        weight_decay=0.0,
        max_length=LENGTH,
        selection="last",
    )
    options = LoadOptions(device="cpu", dtype=args.dtype)
    return Setting(registry, task, *pairs(args, registry), args.model, tuning, options)


def ours(what: Setting, seed: int, folder: Path) -> Trained:
    adapter, out, scratch = what.registry.get("models", "hf"), folder / "out", folder / "scratch"
    scratch.mkdir()
    done = adapter.train(
        Training(
            path=what.model,
            tasks=(TaskTraining(task=what.task, tuning=what.tuning, train=what.train),),
            tuning=what.tuning,
            seed=seed,
            head=what.task.name,
            out=out,
            scratch=scratch,
            options=what.options,
            report=lambda _: None,
        )
    )
    loaded = adapter.load(out, "classify", what.task, {"max_length": LENGTH}, what.options)
    predicted = [row["prediction"] for row in loaded.classify(what.dev)]
    return Trained(done["steps"], done["tokens"], done["training_seconds"], accuracy(predicted, what.dev))


def trainer(what: Setting, seed: int, folder: Path) -> Trained:
    import numpy as np
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        PrinterCallback,
        Trainer,
        TrainerCallback,
        TrainingArguments,
        set_seed,
    )

    class Clock(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            self.began = time.perf_counter()

        def on_train_end(self, *_: Any, **__: Any) -> None:
            self.seconds = time.perf_counter() - self.began

    labels, tuning = what.task.labels, what.tuning
    tokenizer = AutoTokenizer.from_pretrained(what.model)

    def encoded(rows: list[dict]) -> list[dict]:
        sides = ([row["text"] for row in rows], [row["text_pair"] for row in rows])
        found = tokenizer(*sides, padding="max_length", truncation=True, max_length=LENGTH)
        return [
            {"labels": labels.index(row["label"]), **{name: values[place] for name, values in found.items()}}
            for place, row in enumerate(rows)
        ]

    set_seed(seed)
    model = AutoModelForSequenceClassification.from_pretrained(what.model, num_labels=len(labels), dtype="float32")
    train, dev = encoded(what.train), encoded(what.dev)
    made = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(folder),
            num_train_epochs=tuning.epochs,
            per_device_train_batch_size=tuning.batch_size,
            per_device_eval_batch_size=tuning.batch_size,
            learning_rate=tuning.learning_rate,
            weight_decay=tuning.weight_decay,
            max_grad_norm=1.0,
            seed=seed,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            logging_strategy="no",
        ),
        train_dataset=train,
        callbacks=[clock := Clock()],
    )
    made.remove_callback(PrinterCallback)
    steps = made.train().global_step
    predicted = [labels[place] for place in np.argmax(made.predict(dev).predictions, axis=1)]
    tokens = round(tuning.epochs * sum(sum(row["attention_mask"]) for row in train))
    return Trained(steps, tokens, clock.seconds, accuracy(predicted, what.dev))


def accuracy(predicted: list[str], rows: list[dict]) -> float:
    return 100 * mean(label == row["label"] for label, row in zip(predicted, rows, strict=True))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("data", type=Path, nargs="?", help="a folder with MultiNLI (default: synthetic pairs)")
    add("--pairs", type=int, default=320, help="training pairs (default: 320)")
    add("--dev", type=int, default=500, help="dev pairs (default: 500)")
    add("--model", type=Path, default=NANO, metavar="FOLDER", help="a checkpoint (default: the embedded one)")
    add("--epochs", type=int, default=1, help="epochs (default: 1)")
    add("--batch-size", type=int, default=32, help="pairs per optimiser step (default: 32)")
    add("--learning-rate", type=float, default=2e-5, help="peak learning rate (default: 2e-5)")
    add("--seeds", type=int, default=1, help="number of seeds, starting at 1 (default: 1)")
    add("--dtype", default="float32", choices=("float32", "bfloat16", "auto"), help="of ours (default: float32)")
    return parser.parse_args()


def main() -> None:
    args = parsed()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    what = setting(args)
    print(f"{len(what.train):,} training and {len(what.dev):,} dev pairs, {args.epochs} epochs of {args.batch_size}")
    form = "{:<8} {:>5} {:>6} {:>12} {:>9} {:>9} {:>13}"
    print(form.format("way", "seed", "steps", "real tokens", "seconds", "tokens/s", "dev accuracy"))
    speeds: dict[str, list[float]] = {"Trainer": [], "ours": []}
    ways = {"Trainer": trainer, "ours": ours}
    few = replace(what, train=what.train[:8], dev=what.dev[:8])
    for way in ways.values():
        with tempfile.TemporaryDirectory() as folder:
            way(few, 1, Path(folder))
    for seed in range(1, args.seeds + 1):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                done = way(what, seed, Path(folder))
            speeds[name].append(done.tokens / done.seconds)
            row = (f"{done.seconds:.1f}", f"{speeds[name][-1]:,.0f}", f"{done.accuracy:.1f} %")
            print(form.format(name, seed, done.steps, f"{done.tokens:,}", *row), flush=True)
    ratio = mean(speeds["ours"]) / mean(speeds["Trainer"])
    print(f"ours: {ratio:.2f} times the real tokens a second")


if __name__ == "__main__":
    main()
