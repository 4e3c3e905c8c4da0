"""The languages that a checkpoint saw in pre-training, from its model card and a table of model families."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness import LANGUAGES, canonical

# CC-100: Conneau et al. 2020, Unsupervised Cross-lingual Representation Learning at Scale, table 6; the same list in
# examples/xlmr/README.md of facebookresearch/fairseq. Of XTREME-R's languages it lacks ht, qu, wo and yo.
_CC100 = (
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it "
    "ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq "
    "sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
# The largest Wikipedias: multilingual.md of google-research/bert. Of XTREME-R's languages they lack qu, wo and th; the
# cased model has th too.
_WIKIPEDIA = (
    "af an ar ast az azb ba bar be bg bn bpy br bs ca ce ceb cs cv cy da de el en es et eu fa fi fr fy ga gl gu he hi "
    "hr ht hu hy id io is it ja jv ka kk kn ko ky la lb lmo lt lv mg min mk ml mr ms my nb nds ne new nl nn oc pa pl "
    "pms pnb pt ro ru scn sco sh sk sl sq sr su sv sw ta te tg tl tr tt uk ur uz vi vo war yo zh"
)
# By model type and size of the vocabulary. A model that started from another one's weights keeps its vocabulary.
_FAMILIES = {
    ("xlm-roberta", 250_002): _CC100,
    ("xlm-roberta-xl", 250_880): _CC100,
    ("bert", 250_037): _CC100,  # Multilingual-MiniLM, distilled from XLM-R
    ("bert", 105_879): _WIKIPEDIA,  # mBERT, uncased
    ("bert", 119_547): f"{_WIKIPEDIA} mn th",  # mBERT, cased
    ("distilbert", 119_547): f"{_WIKIPEDIA} mn th",
}
_LONGEST_FRONT = 2**20
_FRONT = re.compile(r"\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_LANGUAGE = re.compile(r"^language:(.*(?:\n[ \t-].*)*)", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]+)*", re.IGNORECASE)


def seen(folder: Path, config: Mapping[str, Any]) -> frozenset[str] | None:
    """Return codes of the languages that a checkpoint saw in pre-training; None if they are not known.

    `folder` holds its model card, `config` is the content of config.json. A known family's languages count whatever the
    model card says, since the card of a fine-tuned checkpoint names those that it was fine-tuned on.
    """
    family = _FAMILIES.get((str(config.get("model_type")), config.get("vocab_size", 0)), "")
    return frozenset([*family.split(), *card_languages(folder / "README.md")]) or None


def card_languages(card: Path) -> frozenset[str]:
    """Return the languages in the front matter of a model card; none if there is no card or it names none.

    `language:` holds one code or a list in either form of YAML; `multilingual` and other words are ignored.
    """
    try:
        if not card.is_file():
            return frozenset()
        with card.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LONGEST_FRONT)
    except OSError:
        return frozenset()
    front = _FRONT.match(text)
    entry = _LANGUAGE.search(front[1]) if front else None
    lines = [_COMMENT.sub("", line) for line in entry[1].splitlines()] if entry else []
    words = [canonical(word.strip(" \t-[]\"'")) for line in lines for word in line.split(",")]
    return frozenset(word for word in words if word in LANGUAGES or _CODE.fullmatch(word))
