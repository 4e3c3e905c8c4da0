"""Write the table of homoglyphs from the file `confusables.json` of the PyPI package confusable_homoglyphs (MIT).

    python tools/make_homoglyphs.py PATH/confusable_homoglyphs/confusables.json

The package holds the confusables of UTS #39 as pairs of a character and its prototype. A row of the table has a letter
of a script of the languages, and the letters that look like it. All are letters of the basic plane, of the same
writing direction; no two of a row are equal under NFKC, which many tokenizers apply.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

import regex

from xharness import LANGUAGES

TABLE = Path(__file__).parents[1] / "plugins/xharness_plugins/noises/data/homoglyphs.tsv"
HEADER = """\
# Letters that look alike, by script: letter, and the letters that look like it. Made by tools/make_homoglyphs.py from
# confusable_homoglyphs 3.3.1 (MIT), which holds the confusables of Unicode Technical Standard 39: copyright Unicode,
# Inc., https://www.unicode.org/license.txt.
"""
PARTS = {"Jpan": ("Hira", "Kana", "Hani"), "Hans": ("Hani",), "Hant": ("Hani",)}
"""Scripts of languages that are several scripts of letters."""


def classes(path: Path) -> list[set[str]]:
    """Return the sets of letters that share a prototype."""
    near = {
        letter: {entry["c"] for entry in entries} for letter, entries in json.loads(path.read_text("utf-8")).items()
    }
    found = []
    seen: set[str] = set()
    for start in sorted(near):
        if start in seen:
            continue
        members, more = set(), {start}
        while more:
            letter = more.pop()
            members.add(letter)
            more |= near.get(letter, set()) - members
        seen |= members
        found.append({letter for letter in members if is_letter(letter)})
    return found


def is_letter(text: str) -> bool:
    """Return whether a text is one letter of the basic plane, and no jamo: Korean texts have syllables."""
    if len(text) != 1 or ord(text) >= 0x10000 or "HANGUL" in unicodedata.name(text, ""):
        return False
    return unicodedata.category(text) in ("Lu", "Ll", "Lo", "Lt")


def alike(letter: str, members: set[str]) -> str:
    """Return the letters that may stand for a letter, one for each form under NFKC, in order."""

    def plain(text: str) -> str:
        return unicodedata.normalize("NFKC", text)

    direction = unicodedata.bidirectional(letter)
    others = [other for other in sorted(members) if plain(other) == other and plain(other) != plain(letter)]
    return "".join(other for other in others if unicodedata.bidirectional(other) == direction)


def main(path: Path) -> None:
    """Write the table."""
    codes = sorted({part for entry in LANGUAGES.values() for part in PARTS.get(entry.script, (entry.script,))})
    scripts = {code: regex.compile(rf"\p{{Script={code}}}") for code in codes}
    lines = []
    for members in classes(path):
        for letter in members:
            script = next((code for code, pattern in scripts.items() if pattern.match(letter)), None)
            others = alike(letter, members)
            if script and others:
                lines.append(f"{script}\t{letter}\t{others}\n")
    TABLE.write_text(HEADER + "".join(sorted(lines)), "utf-8", newline="\n")
    print(f"{len(lines)} letters written to {TABLE}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
