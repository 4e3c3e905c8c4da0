"""Wikipedia: plain text in 50 languages, for masked language modelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from xharness import LANGUAGES, Corpus, hub, local
from xharness.data.lines import Row
from xharness.data.texts import part, read_texts, text_rows
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic

# The first file of a large Wikipedia has some hundred thousand articles.
MOST = {"train": 100_000, "dev": 1000}


def read_train(articles: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the lines of all articles that are not held out."""
    return _lines(articles, "train")


def read_dev(articles: Iterable[Mapping[str, Any]], language: str) -> Iterator[Row]:
    """Yield the lines of the held-out articles."""
    return _lines(articles, "dev")


def _lines(articles: Iterable[Mapping[str, Any]], split: str) -> Iterator[Row]:
    return islice(text_rows(part((article["text"] for article in articles), split)), MOST[split])


_hub = partial(
    hub,
    "wikimedia/wikipedia",
    config="20231101.{lang}",
    # the commit that public projects pin
    revision="b04c8d1ceb2f5cd4588862100d08de323dccfbaa",
    files="20231101.{lang}/train-00000-of-*.parquet",
)

WIKIPEDIA = Corpus(
    name="wikipedia",
    languages=tuple(LANGUAGES),
    data=(
        _hub(splits={"train": "train"}, read=read_train, also=(_hub(splits={"dev": "train"}, read=read_dev),)),
        local(
            *layouts(
                "text, a line each",
                {"train": ("{lang}.txt",), "dev": ("{lang}.txt",)},
                read_texts,
                folders=("wikipedia/",),
            )
        ),
        synthetic("texts", "lines", test=0),
    ),
    train="en",
    train_size=MOST["train"],
    summary="Plain text, one per line, for masked language modelling in the target languages; not evaluated.",
    licence="CC BY-SA 3.0 and GFDL",
    citation="Wikimedia Foundation, Wikimedia Downloads, dump of 1 November 2023",
    homepage="https://huggingface.co/datasets/wikimedia/wikipedia",
    notes=(
        "The first file of each language is downloaded (up to about half a gigabyte), and its first 100,000 lines are "
        "read; headings count as lines. Your own files are read completely.",
        "Every fiftieth article, or line of your own files, is held out to measure perplexity.",
        "Overlap: XQuAD, MLQA, TyDiQA, PAN-X and Mewsli-X are based on Wikipedia, so the texts may contain their "
        "passages, but not their labels.",
    ),
)
