"""Mewsli-X: entity linking by retrieval from a million entities, in 11 languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xharness import NoisePolicy, PassageRetrieval, Tuning, hub, local
from xharness.data.lines import Row
from xharness.data.mewslix import read_mewslix
from xharness_tasks.layouts import Files, layouts, per_split
from xharness_tasks.mini import synthetic

SIZES = {
    "ar": 1501, "de": 1551, "en": 1490, "es": 1552, "fa": 458, "ja": 1519, "pl": 1562, "ro": 672, "ta": 1567,
    "tr": 1215, "uk": 1537,
}  # fmt: skip


# A query is `mention: left { mention } right`; the mention stays in both places.
MENTION, BRACED = r"^(?P<mention>.+?): (?=.*\{ (?P=mention) \})", r"\{ .* \}"


def _files(*patterns: str) -> Files:
    return {
        "train": ("mewslix/wikipedia_pairs-train.jsonl",),
        **per_split(*(f"mewslix/{pattern}" for pattern in patterns), dev="dev", test="test"),
        "candidates": ("mewslix/candidate_set_entities.jsonl",),
    }


def _read_hub(rows: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield entities, pairs or mentions; the texts of the repository are already in the encoded form."""
    for number, row in enumerate(rows):
        if "mention" not in row:
            yield {"id": row["entity_id"], "text": row["description"], "gold": [], "positive": ""}
            continue
        name = row.get("example_id") or f"{language}-{number}"
        positive = row.get("entity")
        gold = [row["entity_id"]] if positive is None else []
        yield {"id": name, "text": row["mention"], "gold": gold, "positive": positive or ""}


MEWSLIX = PassageRetrieval(
    name="mewslix",
    languages=tuple(SIZES),
    metrics=("map_at_20",),
    pools=("en",),
    pool_size=1_003_893,
    query_length=64,
    candidate_length=64,
    data=(
        hub(
            "izhx/mewsli-x",
            config="{lang}",
            configs={"train": "wikipedia_pairs", "candidates": "candidate_entities"},
            splits={"train": "train", "dev": "validation", "test": "test", "candidates": "test"},
            read=_read_hub,
        ),
        local(
            *layouts(
                "XTREME-R",
                _files("wikinews_mentions/{split}-{lang}.jsonl", "wikinews_labels/{split}-{lang}.json"),
                read_mewslix,
            ),
            *layouts("XTREME-R without labels", _files("wikinews_mentions/{split}-{lang}.jsonl"), read_mewslix),
            *layouts("XTREME-R download", _files("wikinews_mentions-{split}.jsonl"), read_mewslix),
        ),
        synthetic("passages", "linked", dev=0, candidates=16),
    ),
    train="en",
    noise=NoisePolicy(protected=(MENTION, BRACED)),
    tuning=Tuning(
        epochs=2,
        learning_rate=2e-5,
        large_learning_rate=1e-5,
        batch_size=256,
        negatives=64,
        max_length=64,
        selection="last",
    ),
    sizes=SIZES,
    train_size=167_719,
    summary="Retrieve the entity mentioned in a WikiNews sentence from 1,003,893 entity descriptions in 50 languages.",
    licence="Apache 2.0",
    citation="Ruder et al. 2021, XTREME-R: Towards More Challenging and Nuanced Multilingual Evaluation, EMNLP",
    homepage="https://github.com/google-research/google-research/blob/master/"
    "dense_representations_for_entity_retrieval/mel/mewsli-x.md",
    notes=(
        "Scores on the released data (20220518_6) are not comparable with the paper, which used an earlier build "
        "(mewsli-x.md).",
        "The released files lack the WikiNews texts; the script get-mewsli-x.sh adds them. The fields are documented "
        "in mewsli-x.md and schema.py.",
        "Without labels and entity ids, mentions can be predicted but not scored.",
        "The column names of the hub copy (izhx/mewsli-x) are taken from the scripts of its author, "
        "github.com/izhx/nlu-evals (scripts of Mewsli-X and engine/run_retrieval.py).",
        "The official script for XLM-R Large contrasts 8 candidates (8 x 4), the one for mBERT 64 (64 x 4); xharness "
        "contrasts 64 of a batch of 256 for all models.",
    ),
)
