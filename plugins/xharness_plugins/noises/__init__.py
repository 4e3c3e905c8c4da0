"""The built-in noises, one file each; a new noise is a file beside these and a line here."""

from __future__ import annotations

from xharness_plugins.noises.char_swap import CHAR_SWAP
from xharness_plugins.noises.code_switch import CODE_SWITCH
from xharness_plugins.noises.distractor import DISTRACTOR
from xharness_plugins.noises.error_table import ERROR_TABLE
from xharness_plugins.noises.homophone import HOMOPHONE
from xharness_plugins.noises.romanise import ROMANISE
from xharness_plugins.noises.word_drop import WORD_DROP
from xharness_plugins.noises.word_order import WORD_ORDER

NOISES = (
    CHAR_SWAP,
    CODE_SWITCH,
    DISTRACTOR,
    ERROR_TABLE,
    HOMOPHONE,
    ROMANISE,
    WORD_DROP,
    WORD_ORDER,
)
"""All built-in noises."""
