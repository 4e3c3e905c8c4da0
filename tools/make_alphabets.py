"""Write the alphabets of the noises from the exemplar characters that the package gflanguages has from CLDR.

    pip install --no-deps --target FOLDER gflanguages==0.7.11
    python -m tools.make_alphabets FOLDER > plugins/xharness_plugins/noises/data/alphabets.tsv

Letters alone, in lower case, of one code point. Korean has the 2,350 syllables of KS X 1001.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from xharness import LANGUAGES

SPELLINGS = {"ms": "id_Latn", "tl": "fil_Latn", "zh": "zh_Hans", "ja": "ja_Jpan", "ko": "ko_Kore"}
HEADER = """\
# Letters of the languages, in lower case. Made by tools/make_alphabets.py from gflanguages 0.7.11 (Apache-2.0), which
# has the exemplar characters of CLDR (Copyright © 1991-2025 Unicode, Inc.; Unicode License v3). Korean: KS X 1001."""


def exemplars(text: str) -> Iterator[str]:
    """Yield the single characters of a set of exemplars: `a`, `x-z`, `{ab}`, several at once."""
    for item in text.split():
        if len(item) == 3 and item[1] == "-":
            yield from map(chr, range(ord(item[0]), ord(item[2]) + 1))
        elif not item.startswith("{"):
            yield from item


def hangul() -> Iterator[str]:
    """Yield the syllables of KS X 1001, which EUC-KR writes in two bytes; it spells others out."""
    for number in range(0xAC00, 0xD7A4):
        if len(chr(number).encode("euc_kr", "ignore")) == 2:
            yield chr(number)


def letters(language: str, folder: Path) -> str:
    """Return the letters of a language, in lower case."""
    if language == "ko":
        return "".join(hangul())
    name = SPELLINGS.get(language, f"{language}_{LANGUAGES[language].script}")
    about = (folder / "gflanguages/data/languages" / f"{name}.textproto").read_text("utf-8")
    found = re.search(r'^  base: "(.*)"$', about, re.MULTILINE)
    if not found:
        raise SystemExit(f"{name}.textproto has no exemplar characters")
    kept = {letter for letter in exemplars(found[1]) if unicodedata.category(letter) in ("Ll", "Lo")}
    return "".join(sorted(kept))


if __name__ == "__main__":
    print(HEADER)
    for code in LANGUAGES:
        print(f"{code}\t{letters(code, Path(sys.argv[1]))}")
