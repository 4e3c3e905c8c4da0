"""The built-in noises, one file each; a new noise is a file beside these and a line here."""

from __future__ import annotations

from xharness_plugins.noises.char_delete import CHAR_DELETE
from xharness_plugins.noises.char_insert import CHAR_INSERT
from xharness_plugins.noises.char_substitute import CHAR_SUBSTITUTE
from xharness_plugins.noises.char_swap import CHAR_SWAP
from xharness_plugins.noises.typo_keyboard import TYPO_KEYBOARD
from xharness_plugins.noises.typo_mix import TYPO_MIX

NOISES = (
    CHAR_DELETE,
    CHAR_INSERT,
    CHAR_SUBSTITUTE,
    CHAR_SWAP,
    TYPO_KEYBOARD,
    TYPO_MIX,
)
"""All built-in noises."""
