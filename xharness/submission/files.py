"""Read the files of a submission exactly as the official evaluator does.

Source: google-research/xtreme, evaluate.py, read_label, read_tag, read_squad, read_xcopa and get_suffix.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xharness.errors import DataError
from xharness.foreign import Pairs, parse_json, shown


def read_lines(path: Path) -> list[str]:
    """Return the stripped lines of a file; raise DataError if it cannot be read."""
    return list(map(_Stripped().__getitem__, _raw_lines(path)))


def read_sentences(path: Path) -> list[list[str]]:
    """Return the sentences of a file; a blank line ends a sentence, which may be empty. The last one is optional."""
    lines = read_lines(path)
    if lines and lines[-1]:
        lines.append("")
    sentences, start = [], 0
    while start < len(lines):
        end = lines.index("", start)
        sentences.append(lines[start:end])
        start = end + 1
    return sentences


def read_values(path: Path, key: str) -> list[Any]:
    """Return the value of a key of the JSON object on each line; raise DataError with the line if it is missing."""
    values = []
    for number, line in enumerate(_raw_lines(path), start=1):
        expected = f"expected an object with the key {key!r}"
        if not line.strip():
            raise DataError.at(path, number, f"a blank line; {expected}")
        content = parse_json(line, path, number)
        if not isinstance(content, Mapping) or key not in content:
            raise DataError.at(path, number, f"{expected}, not {shown(content)}")
        values.append(content[key])
    return values


def read_json(path: Path, hook: Callable[[Pairs], Any] | None = None) -> Any:
    """Return the content of a JSON file, or its `data` key if there is one; raise DataError if it cannot be read."""
    content = parse_json(_text(path), path, hook=hook)
    return content["data"] if isinstance(content, Mapping) and "data" in content else content


def marked(path: Path) -> bool:
    """Return whether a file begins with a byte order mark."""
    with path.open("rb") as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


class _Stripped(dict[str, str]):
    """A cache of stripped lines; equal lines share one object."""

    def __missing__(self, line: str) -> str:
        self[line] = line.strip()
        return self[line]


def _raw_lines(path: Path) -> list[str]:
    lines = _text(path).split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _text(path: Path) -> str:
    """Return the text of a UTF-8 file with LF as line ends (LF, CRLF and CR are read); a byte order mark is kept."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError.at(path, line, f"byte 0x{raw[error.start]:02x} is not UTF-8") from None
    except OSError as error:
        raise DataError.at(path, None, f"cannot read the file: {error.strerror}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
