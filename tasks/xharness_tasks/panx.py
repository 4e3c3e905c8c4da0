"""PAN-X (WikiANN): named entities in 48 languages."""

from __future__ import annotations

from xharness import Tagging, Train, Tuning, hub, local
from xharness.data.tagged import prefixed_reader, tagged_reader
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import made

XTREME = tuple(
    (
        "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my "
        "zh kk tr et fi hu"
    ).split()
)
LANGUAGES = (*XTREME, "qu", "pl", "uk", "az", "lt", "pa", "gu", "ro")
LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
_SMALL = dict.fromkeys("ms tl ml ta te af bn hi mr ur sw kk az".split(), 1000)
_SMALLEST = dict.fromkeys("jv yo my qu pa gu".split(), 100)

PANX = Tagging(
    name="panx",
    languages=LANGUAGES,
    labels=LABELS,
    data=(
        hub("unimelb-nlp/wikiann", config="{lang}", columns={"tokens": "tokens", "tags": "ner_tags"}),
        local(
            *layouts(
                "PAN-X archive",
                per_split("{lang}/{split}", train="train", dev="dev", test="test"),
                prefixed_reader(LABELS),
                folders=("panx_dataset/", "panx/", ""),
            ),
            *layouts(
                "PAN-X archive",
                per_split("panx_dataset/{lang}-{split}", train="train", dev="dev", test="test"),
                prefixed_reader(LABELS),
            ),
            *layouts(
                "XTREME download",
                per_split("panx/{split}-{lang}.tsv", train="train", dev="dev", test="test"),
                tagged_reader(LABELS),
            ),
        ),
        made("tagging", "entities"),
    ),
    train=Train(languages=tuple(code for code in LANGUAGES if code != "en")),
    tuning=Tuning(epochs=10, learning_rate=2e-5, eval_steps=1000),
    sizes=dict.fromkeys(LANGUAGES, 10_000) | _SMALL | _SMALLEST,
    train_size=20_000,
    summary="Persons, organisations and places in sentences of Wikipedia. Trained on English WikiANN.",
    licence="not stated; texts from Wikipedia (CC BY-SA 3.0)",
    citation="Pan et al. 2017, Cross-lingual Name Tagging and Linking for 282 Languages, ACL; splits of Rahimi et al. "
    "2019, Massively Multilingual Transfer for NER, ACL",
    homepage="https://github.com/afshinrahimi/mmner",
    notes=(
        "The official archive, AmazonPhotos.zip, is gone (google-research/xtreme issue 101); the hub has the same "
        "sentences.",
        "Some words are empty or nothing but spaces. They stay, since a score needs one tag for each; dropped, the "
        "numbers of tags no longer agree (google-research/xtreme issues 16, 34). Long sentences are read in pieces, "
        "not cut, for the same reason.",
        "The test files that the XTREME download leaves have no tags, and an empty word splits its sentence there.",
        "The labels were made automatically; Chinese, Japanese and Thai are split almost into characters, and low "
        "scores on them are usual (google-research/xtreme issue 84).",
        "jv, yo, my, qu, pa and gu have 100 test sentences each, so mind the intervals.",
        "The XTREME-R paper wants entities found in raw text, without given words; no official code does so, and the "
        "evaluator takes a tag for each given word, as here.",
    ),
)
