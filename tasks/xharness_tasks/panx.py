"""PAN-X (WikiANN): named entity recognition in 48 languages."""

from __future__ import annotations

from xharness import Tagging, Train, Tuning, hub, local
from xharness.data.tagged import prefixed_reader, tagged_reader, write_tagged
from xharness_tasks.layouts import layouts, per_split
from xharness_tasks.mini import synthetic

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
        hub(
            "unimelb-nlp/wikiann",
            revision="f0a3be6dc5564c0cc4150bb660144800a1f539d4",
            config="{lang}",
            columns={"tokens": "tokens", "tags": "ner_tags"},
        ),
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
                write=write_tagged,
            ),
        ),
        synthetic("tagging", "entities"),
    ),
    train=Train(languages=tuple(code for code in LANGUAGES if code != "en")),
    tuning=Tuning(epochs=10, learning_rate=2e-5, eval_steps=1000),
    sizes=dict.fromkeys(LANGUAGES, 10_000) | _SMALL | _SMALLEST,
    train_size=20_000,
    summary="Tag persons, organisations and locations in Wikipedia sentences; trained on English WikiANN.",
    licence="not stated; texts from Wikipedia (CC BY-SA 3.0)",
    citation="Pan et al. 2017, Cross-lingual Name Tagging and Linking for 282 Languages, ACL; splits of Rahimi et al. "
    "2019, Massively Multilingual Transfer for NER, ACL",
    homepage="https://github.com/afshinrahimi/mmner",
    notes=(
        "The official archive, AmazonPhotos.zip, is no longer available (google-research/xtreme issue 101); the hub "
        "has the same sentences.",
        "Some words are empty or only white space. They are kept, since the score needs one tag per word "
        "(google-research/xtreme issues 16, 34). For the same reason long sentences are split into pieces, not "
        "truncated.",
        "Test files of the XTREME download have no tags, and an empty word splits its sentence.",
        "The labels were created automatically. Chinese, Japanese and Thai are split almost into characters; low "
        "scores in these languages are expected (google-research/xtreme issue 84).",
        "jv, yo, my, qu, pa and gu have 100 test sentences each: check the confidence intervals.",
        "The XTREME-R paper proposes entity recognition in raw text, without given words. No official code does so; "
        "the evaluator expects one tag per given word, as here.",
    ),
)
