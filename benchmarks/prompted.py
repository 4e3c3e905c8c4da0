"""Examples a second of choices by log-likelihood, against lm-evaluation-harness on the same requests in the same run.

    python benchmarks/prompted.py MODEL [--examples 100] [--threads 2]

MODEL is the folder of a causal language model. The requests are those of a multiple choice task with two short endings
(as XCOPA) and with four long ones (as HellaSwag), on synthetic texts. Without `lm_eval` only ours is timed. The largest
difference of a log-likelihood is printed too.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

from xharness import Continuation, LoadOptions
from xharness_plugins.models.causal import CAUSAL

WORDS = (
    "the old harbour lies quiet in morning and fishermen mend their nets before sun is high my neighbour bought three "
    "tickets for concert but she could not go who wrote letter that was found under floor of station nobody knows"
).split()


def requests(examples: int, context: int, choices: int, length: int) -> list[Continuation]:
    rng = random.Random(1)

    def text(words: int) -> str:
        return " ".join(rng.choice(WORDS) for _ in range(max(1, round(rng.gauss(words, words / 4)))))

    contexts = [text(context) for _ in range(examples)]
    return [Continuation(each, f" {text(length)}") for each in contexts for _ in range(choices)]


def ours(model: Path, asked: list[Continuation]) -> tuple[list[float], float]:
    loaded = CAUSAL.load(model, "loglikelihood", None, {}, LoadOptions(device="cpu", dtype="float32"))
    began = time.perf_counter()
    return list(loaded.loglikelihood(iter(asked))), time.perf_counter() - began


def theirs(model: Path, asked: list[Continuation], batch: int) -> tuple[list[float], float]:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    loaded = HFLM(pretrained=str(model), device="cpu", dtype="float32", batch_size=batch)
    instances = [
        Instance(request_type="loglikelihood", doc={}, arguments=(each.context, each.text), idx=number)
        for number, each in enumerate(asked)
    ]
    began = time.perf_counter()
    found = loaded.loglikelihood(instances, disable_tqdm=True)
    return [value for value, _ in found], time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--batch", type=int, default=8, help="batch size of lm-evaluation-harness")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    shapes = {"two short endings": (12, 2, 8), "four long endings": (60, 4, 25)}
    print(f"{'requests':<20}{'ours, examples/s':>18}{'lm-eval':>10}{'ratio':>8}{'difference':>12}")
    for name, (context, choices, length) in shapes.items():
        asked = requests(args.examples, context, choices, length)
        values, seconds = ours(args.model, asked)
        row = f"{name:<20}{args.examples / seconds:>18.1f}"
        try:
            other, slower = theirs(args.model, asked, args.batch)
        except ImportError:
            print(f"{row}{'-':>10}")
            continue
        difference = max(abs(one - two) for one, two in zip(values, other, strict=True))
        print(f"{row}{args.examples / slower:>10.1f}{slower / seconds:>8.2f}{difference:>12.1e}")


if __name__ == "__main__":
    main()
