"""Write the keyboard layouts of the noises, as the XKB library reads them from xkeyboard-config.

    python -m tools.make_layouts > plugins/xharness_plugins/noises/data/layouts.tsv

It needs libxkbcommon and the layouts of xkeyboard-config (Debian: libxkbcommon0, xkb-data). The two-set Hangul layout,
which input methods implement, is that of KS X 5002.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator

LAYOUTS = (
    "us ara az bg in:ben de gr es ee ir fi fr in:guj il in:deva hu it jp:kana ge kz lt in:mal mm in:guru pl pt latam "
    "ro ru in:tam in:tel th tr ua pk"
).split()
ROWS = (
    ("TLDE", *(f"AE{number:02}" for number in range(1, 13))),
    tuple(f"AD{number:02}" for number in range(1, 13)),
    (*(f"AC{number:02}" for number in range(1, 12)), "BKSL"),
    ("LSGT", *(f"AB{number:02}" for number in range(1, 11))),
)
HANGUL = (
    ("1", "", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "∅ㅋㅌㅊㅍㅠㅜㅡ"),
    ("2", "", "ㅃㅉㄸㄲㅆ∅∅∅ㅒㅖ", "", ""),
)
EMPTY = "∅"
HEADER = """\
# Keyboard layouts: name, shift level, and the keys of the four rows from the number row down, with a space between.
# The first key is that left of 1 in the number row and left of Z in the bottom row. ∅ is a dead key or none.
# A second level is given where it is not the upper case of the first.
# Made by tools/make_layouts.py from xkeyboard-config 2.35.1, https://www.freedesktop.org/wiki/Software/XKeyboardConfig;
# kr is the two-set layout of KS X 5002. xkeyboard-config has several copyright holders, named in its file COPYING, and
# this notice: "Permission to use, copy, modify, distribute, and sell this software and its documentation for any
# purpose is hereby granted without fee, provided that the above copyright notice appear in all copies and that both
# that copyright notice and this permission notice appear in supporting documentation." There is no warranty."""


class Names(ctypes.Structure):
    """The struct xkb_rule_names."""

    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


class Xkb:
    """The functions of libxkbcommon that read a layout."""

    def __init__(self) -> None:
        self._library = library = ctypes.CDLL("libxkbcommon.so.0")
        for name in ("xkb_context_new", "xkb_keymap_new_from_names"):
            getattr(library, name).restype = ctypes.c_void_p
        library.xkb_keymap_new_from_names.argtypes = [ctypes.c_void_p, ctypes.POINTER(Names), ctypes.c_int]
        library.xkb_keymap_key_by_name.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        symbols = ctypes.POINTER(ctypes.POINTER(ctypes.c_uint32))
        number = ctypes.c_uint32
        library.xkb_keymap_key_get_syms_by_level.argtypes = [ctypes.c_void_p, number, number, number, symbols]
        self._context = library.xkb_context_new(0)

    def level(self, layout: str, level: int) -> list[list[str]]:
        """Return the keys of a layout, `name` or `name:variant`, at shift level 0 or 1, by row."""
        name, _, variant = layout.partition(":")
        names = Names(b"evdev", b"pc105", name.encode(), variant.encode(), b"")
        keymap = self._library.xkb_keymap_new_from_names(self._context, ctypes.byref(names), 0)
        if not keymap:
            raise SystemExit(f"libxkbcommon cannot read the layout {layout}: install xkb-data")
        return [[self._key(keymap, key, level) for key in row] for row in ROWS]

    def _key(self, keymap: int, key: str, level: int) -> str:
        code = self._library.xkb_keymap_key_by_name(keymap, key.encode())
        symbols = ctypes.POINTER(ctypes.c_uint32)()
        count = self._library.xkb_keymap_key_get_syms_by_level(keymap, code, 0, level, ctypes.byref(symbols))
        letter = chr(self._library.xkb_keysym_to_utf32(symbols[0])) if count else ""
        return unicodedata.normalize("NFC", letter) if letter.strip("\0 ") else EMPTY


def is_letter(key: str) -> bool:
    """Return whether a key writes a letter or a mark."""
    return unicodedata.category(key[0])[0] in "LM"


def adds_letters(first: list[list[str]], second: list[list[str]]) -> bool:
    """Return whether the second level has letters of a script without case; one Latin key may be beside them."""
    upper = {key.upper() for row in first for key in row if key.upper() != key}
    shifted = {key for row in second for key in row if is_letter(key)}
    return len(upper & shifted) < 2 and any(not key.isascii() for key in shifted)


def lines() -> Iterator[str]:
    """Yield the lines of the table."""
    xkb = Xkb()
    yield HEADER
    for layout in LAYOUTS:
        first, second = xkb.level(layout, 0), xkb.level(layout, 1)
        name = layout.replace(":", "-")
        for level, rows in (("1", first), ("2", second))[: 1 + adds_letters(first, second)]:
            yield "\t".join([name, level, *(" ".join(row) for row in rows)])
    for level, *rows in HANGUL:
        yield "\t".join(["kr", level, *(" ".join(row) for row in rows)])


if __name__ == "__main__":
    print("\n".join(lines()))
