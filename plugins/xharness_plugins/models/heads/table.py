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
