"""The built-in noises, one file each; a new noise is a file beside these and a line here."""

from __future__ import annotations

from xharness_plugins.noises.bidi_control import BIDI_CONTROL
from xharness_plugins.noises.case import CASE
from xharness_plugins.noises.char_delete import CHAR_DELETE
from xharness_plugins.noises.char_insert import CHAR_INSERT
from xharness_plugins.noises.char_substitute import CHAR_SUBSTITUTE
from xharness_plugins.noises.char_swap import CHAR_SWAP
from xharness_plugins.noises.code_switch import CODE_SWITCH
from xharness_plugins.noises.distractor import DISTRACTOR
from xharness_plugins.noises.error_table import ERROR_TABLE
from xharness_plugins.noises.homoglyph import HOMOGLYPH
from xharness_plugins.noises.homophone import HOMOPHONE
from xharness_plugins.noises.invisible import INVISIBLE
from xharness_plugins.noises.mark_strip import MARK_STRIP
from xharness_plugins.noises.nf_form import NF_FORM
from xharness_plugins.noises.ocr import OCR
from xharness_plugins.noises.ortho_variant import ORTHO_VARIANT
from xharness_plugins.noises.punct import PUNCT
from xharness_plugins.noises.romanise import ROMANISE
from xharness_plugins.noises.typo_keyboard import TYPO_KEYBOARD
from xharness_plugins.noises.typo_mix import TYPO_MIX
from xharness_plugins.noises.vowel_drop import VOWEL_DROP
from xharness_plugins.noises.whitespace import WHITESPACE
from xharness_plugins.noises.word_drop import WORD_DROP
from xharness_plugins.noises.word_order import WORD_ORDER

NOISES = (
    CHAR_SWAP,
    CHAR_DELETE,
    CHAR_INSERT,
    CHAR_SUBSTITUTE,
    TYPO_KEYBOARD,
    TYPO_MIX,
    MARK_STRIP,
    VOWEL_DROP,
    ORTHO_VARIANT,
    HOMOGLYPH,
    INVISIBLE,
    BIDI_CONTROL,
    NF_FORM,
    CASE,
    PUNCT,
    WHITESPACE,
    ROMANISE,
    CODE_SWITCH,
    ERROR_TABLE,
    HOMOPHONE,
    OCR,
    WORD_DROP,
    WORD_ORDER,
    DISTRACTOR,
)
"""All built-in noises."""
