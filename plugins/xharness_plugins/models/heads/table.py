"""The table of heads by capability. A new head is one file beside this one, and one entry here."""

from __future__ import annotations

from xharness_plugins.models.heads.answer import ANSWER
from xharness_plugins.models.heads.choose import CHOOSE
from xharness_plugins.models.heads.classify import CLASSIFY
from xharness_plugins.models.heads.embed import EMBED
from xharness_plugins.models.heads.fill import FILL
from xharness_plugins.models.heads.head import Head
from xharness_plugins.models.heads.tag import TAG

HEADS: dict[str, Head] = {head.capability: head for head in (CLASSIFY, CHOOSE, TAG, ANSWER, EMBED, FILL)}


def fine_tuned_head(architecture: str) -> Head | None:
    """Return the fine-tuned head that a class of transformers has, as BertForTokenClassification; None if it has none.

    A head without a predictor is one of pre-training, and pooling has no weights of its own.
    """
    heads = (head for head in HEADS.values() if head.predictor and not head.pooling)
    name = architecture.removesuffix("Simple")  # XLMForQuestionAnsweringSimple
    return next((head for head in heads if name.endswith(head.auto.removeprefix("AutoModel"))), None)
