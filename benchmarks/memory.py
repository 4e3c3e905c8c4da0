"""Measure the peak resident memory of predictions for 1,000 to 100,000 synthetic examples of four kinds.

    python benchmarks/memory.py [--counts 1000 10000 100000] [--kinds tag answer classify embed]

Every measurement is a process of its own, with an encoder of one layer of size 32, random weights and two threads.
Examples are generated and predictions written one by one, as in a run, so memory should not depend on their number once
a window of 65,536 tokens is full: between 10,000 and 100,000 examples. The vectors of `embed` are written as those of a
pool are. The peak is `ru_maxrss`; `loaded` is the peak before the first example. `--long` measures instead, for each
kind, 100 examples, and the same with one long example: a text of 1 MB, for `answer` a context of about 100,000 tokens.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from xharness import LoadOptions
from xharness.registry import Registry
from xharness_tasks.mini import NANO

KINDS = {"tag": "udpos", "answer": "xquad", "classify": "xnli", "embed": "tatoeba"}
CLASSES = {
    "tag": "AutoModelForTokenClassification",
    "answer": "AutoModelForQuestionAnswering",
    "classify": "AutoModelForSequenceClassification",
    "embed": "AutoModel",
}
WORDS = "the old baker meets a young fisher by river in spring and paints new boats for children of village".split()
LONG = {"tag": 180_000, "answer": 42_000, "classify": 180_000, "embed": 180_000}


def example(kind: str, number: int, draw: random.Random, long: bool) -> Any:
    words = draw.choices(WORDS, k=LONG[kind] if long else 20)
    if kind == "tag":
        return {"tokens": words, "tags": []}
    if kind == "answer":
        context = words if long else draw.choices(WORDS, k=40)
        return {"id": str(number), "question": " ".join(words[:8]), "context": " ".join(context), "answers": []}
    if kind == "classify":
        return {"text": " ".join(words), "text_pair": " ".join(words[:10]), "label": None}
    return " ".join(words)


def make_checkpoint(folder: Path, kind: str, labels: tuple[str, ...]) -> None:
    import torch
    import transformers

    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    named = {"id2label": dict(enumerate(labels)), "label2id": {label: n for n, label in enumerate(labels)}}
    config = transformers.AutoConfig.from_pretrained(NANO, **size, **(named if labels else {}))
    getattr(transformers, CLASSES[kind]).from_config(config).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(NANO).save_pretrained(folder)


def measure(kind: str, count: int, long: bool) -> dict[str, float]:
    """Return peaks in MB and seconds, for predictions of this process."""
    import torch

    torch.set_num_threads(2)
    registry = Registry.load()
    task = registry.get("tasks", KINDS[kind])
    with tempfile.TemporaryDirectory() as scratch:
        make_checkpoint(Path(scratch), kind, tuple(getattr(task, "labels", ())))
        params = {"layer": None, "pooling": "mean", "max_length": None}
        options = LoadOptions(device="cpu", dtype="float32")
        model = registry.get("models", "hf").load(
            Path(scratch), kind, None if kind == "embed" else task, params, options
        )
        loaded, start = peak(), time.perf_counter()
        draw = random.Random(0)
        rows = (example(kind, number, draw, long and number == count // 2) for number in range(count))
        write(getattr(model, kind), rows, Path(scratch) / "output")
    return {"loaded": loaded, "peak": peak(), "seconds": time.perf_counter() - start}


def write(predict: Callable[[Iterator[Any]], Iterator[Any]], rows: Iterator[Any], path: Path) -> None:
    with path.open("wb") as file:
        for result in predict(rows):
            file.write(json.dumps(result).encode() + b"\n" if isinstance(result, dict) else result.tobytes())


def peak() -> float:
    """Return the highest resident memory of this process so far, in MB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def child(kind: str, count: int, long: bool) -> dict[str, float]:
    words = [sys.executable, __file__, "--child", kind, str(count), *(["--long"] if long else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(measure(asked.child[0], int(asked.child[1]), asked.long)))
        return
    runs = [(100, False), (100, True)] if asked.long else [(count, False) for count in asked.counts]
    print(f"{'kind':10}{'examples':>12}{'loaded, MB':>12}{'peak, MB':>10}{'more, MB':>10}{'seconds':>9}")
    for kind in asked.kinds:
        for count, long in runs:
            got = child(kind, count, long)
            name = f"{count:,}{' + long' if long else ''}"
            more = got["peak"] - got["loaded"]
            print(f"{kind:10}{name:>12}{got['loaded']:12,.0f}{got['peak']:10,.0f}{more:10,.0f}{got['seconds']:9.0f}")


if __name__ == "__main__":
    main()
