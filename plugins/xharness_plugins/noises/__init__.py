"""The built-in noises, one file each; a new noise is a file beside these and a line here."""

from __future__ import annotations

from xharness_plugins.noises.char_swap import CHAR_SWAP

NOISES = (CHAR_SWAP,)
"""All built-in noises."""
