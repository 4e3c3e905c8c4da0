"""Code that a model wrote, compared with reference code: BLEU, chrF, exact match, and whether it is valid Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xharness.errors import StageError
from xharness.extras import needs
from xharness.metrics.accuracy import same_length, shared
from xharness.metrics.base import Measured
from xharness.metrics.code_tokens import code_tokens
from xharness.metrics.corpus_scores import bleu_of_sums, chrf_of_sums
from xharness.metrics.valid_python import parsed

if TYPE_CHECKING:
    pass

Rows = Sequence[Mapping[str, Any]]
_ORDERS = 6


def bleu(predictions: Rows, gold: Rows, language: str = "") -> Measured:
    """Return `bleu` of sacrebleu on the tokens of CoNaLa: corpus BLEU-4 with exponential smoothing.

    StageError if lengths differ or sacrebleu is not installed.
    """
    return _bleu("bleu", "none", lambda code: " ".join(code_tokens(code)), predictions, gold)


def bleu_13a(predictions: Rows, gold: Rows, language: str = "") -> Measured:
    """Return `bleu_13a`: corpus BLEU of sacrebleu with its default tokenizer, a newline written as a backslash and n.

    Source: zorazrw/multilingual-conala, baseline/mbart.
    """
    return _bleu("bleu_13a", "13a", lambda code: code.replace("\n", "\\n"), predictions, gold)


def chrf(predictions: Rows, gold: Rows, language: str = "") -> Measured:
    """Return `chrf` of sacrebleu: corpus chrF with its defaults, on the code as it is."""
    import numpy as np

    metrics = _sacrebleu()
    written, true = _texts(predictions, gold)
    stats = np.array([_chrf_counts(one, other) for one, other in zip(written, true, strict=True)], dtype=float)
    value = metrics.CHRF(char_order=_ORDERS).corpus_score(written, [true]).score
    return Measured(values={"chrf": value}, n=len(true), stats=stats, combine={"chrf": chrf_of_sums})


def code_exact_match(predictions: Rows, gold: Rows, language: str = "") -> Measured:
    """Return `exact_match`: the share of codes that have the tokens of the reference."""
    written, true = _texts(predictions, gold)
    hits = [code_tokens(one) == code_tokens(other) for one, other in zip(written, true, strict=True)]
    return shared("exact_match", hits)


def syntax_rate(predictions: Rows, gold: Rows, language: str = "") -> Measured:
    """Return `syntax_rate`: the share of codes that are valid Python between the prompt and what follows.

    The notes are the examples of which the prompt shows test cases (`visible_tests`) and the repaired rows
    (`repaired_rows`).
    """
    written, _ = _texts(predictions, gold)
    programs = [example["prompt"] + code + (example.get("suffix") or "") for code, example in zip(written, gold)]
    found = shared("syntax_rate", [parsed(program) is not None for program in programs])
    return Measured(**{**vars(found), "notes": notes(gold)})


def notes(gold: Rows) -> dict[str, int]:
    """Return how many of the examples show test cases in their prompt, and how many rows were repaired."""
    return {
        "visible_tests": sum(">>>" in example["prompt"] for example in gold),
        "repaired_rows": sum(bool(example.get("repairs")) for example in gold),
    }


def _bleu(name: str, tokens: str, prepared: Callable[[str], str], predictions: Rows, gold: Rows) -> Measured:
    import numpy as np

    metrics = _sacrebleu()
    written, true = ([prepared(text) for text in texts] for texts in _texts(predictions, gold))
    sentence = metrics.BLEU(tokenize=tokens, force=True, effective_order=True)
    counted = [sentence.sentence_score(one, [other]) for one, other in zip(written, true, strict=True)]
    stats = np.array([[each.sys_len, each.ref_len, *each.counts, *each.totals] for each in counted], dtype=float)
    value = metrics.BLEU(tokenize=tokens, force=True).corpus_score(written, [true]).score
    return Measured(values={name: value}, n=len(true), stats=stats, combine={name: bleu_of_sums})


def _texts(predictions: Rows, gold: Rows) -> tuple[list[str], list[str]]:
    same_length(predictions, gold, "predictions")
    for row, example in zip(predictions, gold, strict=True):
        if not isinstance(row["prediction"], str):
            raise StageError(f"the prediction for problem {example['id']!r} is {row['prediction']!r}, not code")
    return [row["prediction"] for row in predictions], [example["target"].rstrip() for example in gold]


def _chrf_counts(written: str, true: str) -> list[int]:
    """Return for each order of character n-grams how many the code and the reference have, and how many they share."""
    from sacrebleu.metrics.helpers import extract_all_char_ngrams

    counts = []
    pairs = zip(extract_all_char_ngrams(written, _ORDERS), extract_all_char_ngrams(true, _ORDERS), strict=True)
    for one, other in pairs:
        counts += [one.total() if other else 0, other.total(), (one & other).total()]
    return counts


def _sacrebleu() -> Any:
    try:
        from sacrebleu import metrics
    except ImportError:
        problem = needs("a score of BLEU or chrF", ["sacrebleu"], "codegen")
        raise StageError(f"{problem}, then xharness rescore") from None
    return metrics
