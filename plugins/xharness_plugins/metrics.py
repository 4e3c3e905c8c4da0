"""The built-in metrics: those of the official evaluators, and better ones beside them under other names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from xharness import Metric, Scored
from xharness.metrics.accuracy import accuracy
from xharness.metrics.base import Measured
from xharness.metrics.canonical_nll import canonical_nll
from xharness.metrics.checklist import checklist_error
from xharness.metrics.chunks import chunk_f1, token_accuracy
from xharness.metrics.mining import mining_f1
from xharness.metrics.mlqa import mlqa
from xharness.metrics.pass_at_k import pass_at_k
from xharness.metrics.ranking import choice_rank, map_at_20, map_uncut, mrr
from xharness.metrics.retrieval import retrieval_accuracy, retrieval_accuracy_reverse
from xharness.metrics.snippets import bleu, bleu_13a, chrf, code_exact_match, syntax_rate
from xharness.metrics.squad import squad
from xharness.metrics.squad_native import squad_native
from xharness.metrics.squad_v2 import squad_v2


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


_SACREBLEU = _installed("sacrebleu")


def _metric(
    function: Callable[[Any, Any, str], Measured],
    kinds: tuple[str, ...],
    signature: str,
    summary: str,
    *,
    name: str = "",
    higher_is_better: bool = True,
    correct: str = "",
) -> Metric:
    def compute(predictions: Any, gold: Any, language: str) -> Scored:
        return Scored(**vars(function(predictions, gold, language)))

    return Metric(
        name=name or function.__name__,
        kinds=kinds,
        compute=compute,
        signature=signature,
        summary=summary,
        higher_is_better=higher_is_better,
        correct=correct,
    )


METRICS = (
    _metric(
        accuracy,
        ("classification", "multiple-choice"),
        "accuracy|v:1",
        "share of examples with the right label, or the right choice",
        correct="accuracy",
    ),
    _metric(
        chunk_f1,
        ("tagging",),
        "chunk_f1|rule:seqeval<=0.0.13|average:micro|v:1",
        "F1 of chunks, official for NER and for UPOS tags, whose chunks are runs of equal tags",
    ),
    _metric(token_accuracy, ("tagging",), "token_accuracy|v:1", "share of tokens with the right tag"),
    _metric(
        squad,
        ("span-qa",),
        "squad|norm:squad-1.1|tokens:whitespace|v:1",
        "exact match and F1 of SQuAD v1.1, with English articles and ASCII punctuation in every language",
        correct="exact_match",
    ),
    _metric(
        squad_native,
        ("span-qa",),
        "squad_native|norm:unicode-14-punctuation,articles:en|tokens:whitespace,characters:zh+ja+th+my|v:1",
        "exact match and F1 that are fair to every script; not official",
    ),
    _metric(
        squad_v2,
        ("span-qa",),
        "squad_v2|norm:squad-1.1|tokens:whitespace|threshold:0,best:own|v:2",
        "exact match and F1 of SQuAD v2.0, where no answer may be the right one; and each kind of question by itself",
        correct="exact_match",
    ),
    _metric(
        mlqa,
        ("span-qa",),
        "mlqa|norm:mlqa-v1,unicode:14|tokens:whitespace,mixed:zh|v:1",
        "exact match and F1 of MLQA, with the articles of each language and Chinese in characters",
        correct="exact_match",
    ),
    _metric(
        retrieval_accuracy,
        ("bitext-retrieval",),
        "accuracy|dir:en-xx|v:1",
        "share of sentences whose nearest neighbour is the translation, from English as officially scored",
        correct="accuracy",
    ),
    _metric(
        retrieval_accuracy_reverse,
        ("bitext-retrieval",),
        "accuracy|dir:xx-en|v:1",
        "the same in the other direction, to English; not official",
    ),
    _metric(mining_f1, ("bitext-mining",), "mining_f1|sets|v:1", "F1 of the set of mined pairs against the gold pairs"),
    _metric(
        map_at_20,
        ("passage-retrieval",),
        "map|cut:20|divisor:min(gold,20)|v:1",
        "average precision of the first 20 candidates; the reciprocal rank where a query has one gold candidate",
    ),
    _metric(
        map_uncut,
        ("passage-retrieval",),
        "map|cut:none|v:1",
        "average precision over all candidates, as in the paper on LAReQA; not official",
        name="map",
    ),
    _metric(
        checklist_error,
        ("span-qa",),
        "checklist_error|norm:multichecklist-articles,strip:comma+stop+space,case:kept|unit:sample|average:tests|v:1",
        "share of failed samples, averaged over the tests of MultiCheckList, and by test",
        higher_is_better=False,
    ),
    _metric(
        canonical_nll,
        ("generation",),
        "canonical_nll|unit:nats/100-characters|average:corpus|v:1",
        "negative log-likelihood of the reference code, in nats per 100 characters",
        higher_is_better=False,
    ),
    _metric(
        bleu,
        ("generation",),
        f"bleu|pretok:conala|nrefs:1|case:mixed|eff:no|tok:none|smooth:exp|version:{_SACREBLEU}",
        "BLEU of sacrebleu on the code tokens of CoNaLa",
    ),
    _metric(
        bleu_13a,
        ("generation",),
        f"bleu_13a|newline:escaped|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:{_SACREBLEU}",
        "BLEU of sacrebleu with its default tokenizer, as in the first evaluations of MCoNaLa",
    ),
    _metric(
        chrf,
        ("generation",),
        f"chrf|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:{_SACREBLEU}",
        "chrF of sacrebleu on the code as it is",
    ),
    _metric(
        code_exact_match,
        ("generation",),
        "exact_match|tok:conala|v:1",
        "share of codes that have the tokens of the reference",
        correct="exact_match",
    ),
    _metric(
        syntax_rate,
        ("generation",),
        f"syntax_rate|with:prompt,suffix|python:{sys.version_info.major}.{sys.version_info.minor}|v:1",
        "share of codes that are valid Python after the prompt",
    ),
    _metric(
        pass_at_k,
        ("generation",),
        "pass_at_k|estimator:unbiased|v:1",
        "probability that one of k programs passes the tests",
        correct="pass@1",
    ),
    _metric(
        mrr,
        ("ranking", "passage-retrieval"),
        "mrr|cut:none|v:1",
        "reciprocal rank of the best gold candidate, and the share of queries with one among the first 1 and 5",
        correct="recall@1",
    ),
    _metric(
        choice_rank,
        ("reranking",),
        "choice_rank|ties:worst|v:1",
        "mrr: reciprocal rank of the right candidate by the scores of all, and recall@1, recall@5",
        correct="recall@1",
    ),
)
