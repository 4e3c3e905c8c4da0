"""Choices by log-likelihood and generated texts, against lm-evaluation-harness on the same requests in the same run.

    python benchmarks/prompted.py MODEL [--examples 100] [--repeats 3] [--batch 1] [--threads 2]

MODEL is the folder of a causal language model. The requests are those of a multiple choice task with two short endings
(as XCOPA), also with four examples before each question, and with four long endings (as HellaSwag), and prompts to
continue by 16 tokens, all on synthetic texts. Both harnesses run in turn; examples a second are those of the fastest of
the repeats, the ratio is the median over the repeats. `tokens` is how many tokens each reads, `bare` the examples a
second of nothing but forward passes over our tokens. Without `lm_eval` only ours is timed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from xharness import Continuation, Generation, LoadOptions
from xharness_plugins.models.causal import CAUSAL

WORDS = (
    "the old harbour lies quiet in morning and fishermen mend their nets before sun is high my neighbour bought three "
    "tickets for concert but she could not go who wrote letter that was found under floor of station nobody knows"
).split()
NEW_TOKENS = 16
STOP = "\n"


@dataclass(frozen=True)
class Shape:
    """Words of the context, number of endings and their words, and examples before each question."""

    context: int
    choices: int
    length: int
    shots: int = 0


SHAPES = {
    "two short endings": Shape(12, 2, 8),
    "the same, 4 shots": Shape(12, 2, 8, shots=4),
    "four long endings": Shape(60, 4, 25),
}


def requests(examples: int, shape: Shape) -> list[Continuation]:
    rng = random.Random(1)

    def text(words: int) -> str:
        return " ".join(rng.choice(WORDS) for _ in range(max(1, round(rng.gauss(words, words / 4)))))

    shots = "".join(f"{text(shape.context)} {text(shape.length)}\n\n" for _ in range(shape.shots))
    contexts = [shots + text(shape.context) for _ in range(examples)]
    return [Continuation(each, f" {text(shape.length)}") for each in contexts for _ in range(shape.choices)]


class Ours:
    """xharness."""

    def __init__(self, model: Path, *, exact: bool = False) -> None:
        self.tokens: list[int] = []
        options = LoadOptions(device="cpu", dtype="float32", exact=exact, on_tokens=self.tokens.append)
        self.model: Any = CAUSAL.load(model, "loglikelihood", None, {}, options)
        self.writer: Any = CAUSAL.load(model, "generate", None, {}, options)

    def score(self, asked: list[Continuation]) -> list[float]:
        """Return log-likelihoods."""
        self.tokens.clear()
        return list(self.model.loglikelihood(iter(asked)))

    def write(self, contexts: list[str]) -> list[str]:
        """Return generated texts."""
        asked = (Generation(context, (STOP,), NEW_TOKENS) for context in contexts)
        return [text.text.strip() for text in self.writer.generate(asked)]


class Theirs:
    """lm-evaluation-harness."""

    def __init__(self, model: Path, batch: int) -> None:
        from lm_eval.models.huggingface import HFLM

        self.model: Any = HFLM(pretrained=str(model), device="cpu", dtype="float32", batch_size=batch)

    def score(self, asked: list[Continuation]) -> list[float]:
        """Return log-likelihoods."""
        instances = self._instances("loglikelihood", [(each.context, each.text) for each in asked])
        return [value for value, _ in self.model.loglikelihood(instances, disable_tqdm=True)]

    def write(self, contexts: list[str]) -> list[str]:
        """Return generated texts."""
        settings = {"until": [STOP], "max_gen_toks": NEW_TOKENS, "do_sample": False}
        instances = self._instances("generate_until", [(context, settings) for context in contexts])
        return [text.strip() for text in self.model.generate_until(instances, disable_tqdm=True)]

    def tokens(self, asked: list[Continuation]) -> int:
        """Return how many tokens are read."""
        return sum(len(self.model.tok_encode(each.context + each.text)) - 1 for each in asked)

    @staticmethod
    def _instances(kind: str, arguments: list[Any]) -> list[Any]:
        from lm_eval.api.instance import Instance

        return [
            Instance(request_type=kind, doc={}, arguments=each, idx=number) for number, each in enumerate(arguments)
        ]


def bare(network: Any, tokens: int, scored: int) -> float:
    """Return the seconds of forward passes over a number of tokens, with logits for those that are scored."""
    import torch

    ids = torch.zeros((16, 32), dtype=torch.int64)
    began = time.perf_counter()
    with torch.inference_mode():
        for start in range(0, tokens, ids.numel()):
            rows = -(-min(ids.numel(), tokens - start) // 32)
            hidden = network.base_model(input_ids=ids[:rows], use_cache=False)[0].flatten(0, 1)
        for start in range(0, scored, 512):
            network.get_output_embeddings()(hidden[: min(512, scored - start)])
    return time.perf_counter() - began


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    found = call()
    return found, time.perf_counter() - began


def scoring(ours: Ours, theirs: Theirs | None, args: argparse.Namespace) -> None:
    print(f"{'requests':<20}{'ours, ex/s':>12}{'lm-eval':>10}{'ratio':>8}{'bare':>8}{'difference':>12}{'tokens':>16}")
    for name, shape in SHAPES.items():
        asked = requests(args.examples, shape)
        own, other, limits = [], [], []
        difference = 0.0
        scored = sum(len(ours.model.encode.pairs([each])[0][0].continuation) for each in asked)
        for _ in range(args.repeats):
            values, seconds = timed(lambda asked=asked: ours.score(asked))
            own.append(seconds)
            limits.append(bare(ours.model.scorer.model, sum(ours.tokens), scored))
            if theirs:
                expected, seconds = timed(lambda asked=asked: theirs.score(asked))
                other.append(seconds)
                difference = max(difference, *(abs(a - b) for a, b in zip(values, expected, strict=True)))
        row = f"{name:<20}{args.examples / min(own):>12.2f}"
        limit = f"{args.examples / min(limits):>8.2f}"
        if not theirs:
            print(f"{row}{'-':>10}{'-':>8}{limit}{'-':>12}{sum(ours.tokens):>16}", flush=True)
            continue
        ratio = median(b / a for a, b in zip(own, other, strict=True))
        tokens = f"{sum(ours.tokens)} : {theirs.tokens(asked)}"
        print(
            f"{row}{args.examples / min(other):>10.2f}{ratio:>8.2f}{limit}{difference:>12.1e}{tokens:>16}", flush=True
        )


def writing(model: Path, ours: Ours, theirs: Theirs | None, args: argparse.Namespace) -> None:
    contexts = [request.context for request in requests(args.examples, Shape(20, 1, 1))]
    single = Ours(model, exact=True)
    writers = {"batches": ours.write, "one by one": single.write, **({"lm-eval": theirs.write} if theirs else {})}
    seconds: dict[str, list[float]] = {name: [] for name in writers}
    texts: dict[str, list[str]] = {}
    for _ in range(args.repeats):
        for name, write in writers.items():
            texts[name], took = timed(lambda write=write: write(contexts))
            seconds[name].append(took)
    print(f"\n{'generation':<20}{'texts/s':>12}{'ratio':>10}{'same texts':>14}")
    for name, own in seconds.items():
        ratio = median(b / a for a, b in zip(seconds["batches"], own, strict=True))
        same = sum(a == b for a, b in zip(texts["batches"], texts[name], strict=True))
        print(f"{name:<20}{args.examples / min(own):>12.2f}{ratio:>10.2f}{same:>9} / {args.examples}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", type=int, default=1, help="batch size of lm-evaluation-harness (default: 1)")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    ours = Ours(args.model)
    try:
        theirs = Theirs(args.model, args.batch)
    except ImportError:
        theirs = None
    scoring(ours, theirs, args)
    writing(args.model, ours, theirs, args)


if __name__ == "__main__":
    main()
