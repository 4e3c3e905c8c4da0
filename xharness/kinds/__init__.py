"""The built-in kinds of task, one file each, with the class that declares tasks of the kind."""

from __future__ import annotations

from collections.abc import Mapping

from xharness.kinds.bitext_mining import BITEXT_MINING, BitextMining
from xharness.kinds.bitext_retrieval import BITEXT_RETRIEVAL, BitextRetrieval
from xharness.kinds.classification import CLASSIFICATION, Classification
from xharness.kinds.generation import GENERATION, CodeGeneration
from xharness.kinds.multiple_choice import MULTIPLE_CHOICE, MultipleChoice
from xharness.kinds.passage_retrieval import PASSAGE_RETRIEVAL, PassageRetrieval
from xharness.kinds.ranking import RANKING, Ranking
from xharness.kinds.reranking import RERANKING, Reranking
from xharness.kinds.span_qa import SPAN_QA, SpanQA
from xharness.kinds.tagging import TAGGING, Tagging
from xharness.kinds.text import TEXT, Corpus
from xharness.specs.kinds import Kind

_ALL = (
    CLASSIFICATION,
    MULTIPLE_CHOICE,
    TAGGING,
    SPAN_QA,
    BITEXT_RETRIEVAL,
    BITEXT_MINING,
    PASSAGE_RETRIEVAL,
    TEXT,
    GENERATION,
    RANKING,
    RERANKING,
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""The built-in kinds by name."""

__all__ = [
    "KINDS",
    "BitextMining",
    "BitextRetrieval",
    "Classification",
    "CodeGeneration",
    "Corpus",
    "MultipleChoice",
    "PassageRetrieval",
    "Ranking",
    "Reranking",
    "SpanQA",
    "Tagging",
]
