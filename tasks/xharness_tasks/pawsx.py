"""PAWS-X: paraphrase identification in 7 languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xharness import Classification, NoisePolicy, Train, Tuning, hub, local
from xharness.data.lines import Row, nonempty
from xharness.data.tsv import TRANSLATED, pair_row, read_tsv, write_pairs
from xharness_tasks.layouts import TRANSLATIONS, layouts, per_split
from xharness_tasks.mini import synthetic

LANGUAGES = ("de", "en", "es", "fr", "ja", "ko", "zh")
OTHERS = tuple(code for code in LANGUAGES if code != "en")
LABELS = ("0", "1")
_COLUMNS = ("sentence1", "sentence2", "label")


@nonempty
def _release(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    path = paths[0]
    for line, row in read_tsv(path, _COLUMNS, header=True):
        yield pair_row(path, line, row["sentence1"], row["sentence2"], row["label"], LABELS)


@nonempty
def _processed(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    path = paths[0]
    for line, row in read_tsv(path, _COLUMNS, optional="label", quoted=True):
        yield pair_row(path, line, row["sentence1"], row["sentence2"], row.get("label"), LABELS)


@nonempty
def _translations(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    path = paths[0]
    for line, row in read_tsv(path, TRANSLATED, optional="label", quoted=True):
        # Some rows are damaged: their last column is not a label.
        if split == "translated-test" or row.get("label") in LABELS:
            yield pair_row(path, line, row["sentence1"], row["sentence2"], row.get("label"), LABELS)


PAWSX = Classification(
    name="pawsx",
    languages=LANGUAGES,
    labels=LABELS,
    text_pair="text_pair",
    noise=NoisePolicy(
        refused={
            "lexical": "other words, or another order of words, make or end a paraphrase",
            "sentence": "a sentence that is added to one side makes it no paraphrase of the other",
        },
        tied=True,
    ),
    data=(
        hub(
            "google-research-datasets/paws-x",
            config="{lang}",
            # the commit of the Parquet files, which public evaluations of PAWS-X pin
            revision="4cd8187c404bda33cb1f62b49b001115862acf37",
            splits={"train": "train", "dev": "validation", "test": "test", "translated-train": "train"},
            columns={"text": "sentence1", "text_pair": "sentence2", "label": "label"},
        ),
        local(
            *layouts(
                "PAWS-X release",
                per_split("x-final/{lang}/{split}.tsv", train="train", dev="dev_2k", test="test_2k"),
                _release,
                folders=("paws-x/", "pawsx/", ""),
            ),
            *layouts(
                "PAWS-X release, machine-translated",
                {"translated-train": ("x-final/{lang}/translated_train.tsv",)},
                _release,
                folders=("paws-x/", "pawsx/", ""),
            ),
            *layouts(
                "XTREME download",
                per_split("pawsx/{split}-{lang}.tsv", train="train", dev="dev", test="test"),
                _processed,
                write=write_pairs,
            ),
            *layouts(
                "XTREME translations",
                {
                    "translated-train": ("PAWSX/translate-train/en-{lang}-translated.tsv",),
                    "translated-test": ("PAWSX/translate-test/test-{lang}-en-translated.tsv",),
                },
                _translations,
                folders=TRANSLATIONS,
            ),
        ),
        synthetic("pairs", "paraphrases", "paraphrase", LABELS),
    ),
    train=Train(translations=OTHERS),
    tuning=Tuning(epochs=5, learning_rate=2e-5, eval_steps=200),
    sizes=dict.fromkeys(LANGUAGES, 2000),
    train_size=49_401,
    parallel=True,
    translated=OTHERS,
    summary="Decide whether two sentences with high word overlap are paraphrases; trained on English PAWS.",
    licence="free for any purpose; acknowledgement of Google LLC as the source is appreciated",
    citation="Yang et al. 2019, PAWS-X: A Cross-lingual Adversarial Dataset for Paraphrase Identification, EMNLP",
    homepage="https://github.com/google-research-datasets/paws/tree/master/pawsx",
    notes=(
        "Some translations are the placeholder NS; they are scored, as officially.",
        "The copy in google/xtreme lacks rows because of csv quoting (Korean test: 1,999 of 2,000; English train: "
        "49,175 of 49,401) and is not used.",
        "Test files of the XTREME download have no labels: an accuracy near 50 comes from placeholders "
        "(google-research/xtreme issues 24, 27, 29). The release and the hub have the labels.",
        "csv quotes in files of the XTREME download are removed; the official baseline kept them.",
        "Until September 2021 the official script read the first test line as a header: older prediction files have "
        "one line too few (google-research/xtreme commit 712450f).",
        "Published scores often cannot be reproduced, because of hyperparameters and seeds (google-research/xtreme "
        "issues 65, 87; jiant issue 1327); run several seeds.",
    ),
)
