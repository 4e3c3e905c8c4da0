"""Tokens of code for BLEU and exact match, as of CoNaLa."""

from __future__ import annotations

import re

_SYMBOL = re.compile(r"([^A-Za-z0-9_])")
_CAMEL = re.compile(r"([a-z])(?=[A-Z])")
_QUOTES = str.maketrans("\"'", "``")


def code_tokens(code: str) -> list[str]:
    """Return the tokens of code: words, split in camel case, and single symbols; all quotation marks are alike.

    Source: the tokenizer of CoNaLa (Yin and Neubig 2018, TRANX), which public evaluations of it share.
    """
    return _CAMEL.sub(r"\1 ", _SYMBOL.sub(r" \1 ", code)).translate(_QUOTES).split()
