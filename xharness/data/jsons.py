"""Read JSON and JSON Lines files; errors name the file and the line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness.data.lines import read_lines, undecodable, unreadable, write_lines
from xharness.errors import DataError
from xharness.foreign import parse_json


def read_json(path: Path) -> Any:
    """Return the content of a UTF-8 JSON file; raise DataError if it is not valid JSON."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError as error:
        raise undecodable(path, error) from None
    return parse_json(text, path)


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object per line."""
    write_lines(path, (json.dumps(row, ensure_ascii=False) for row in rows))


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of a UTF-8 JSON Lines file, one line in memory at a time.

    Blank lines are skipped. Raises DataError if the file does not exist or a line is not a JSON object.
    """
    for number, line in read_lines(path):
        if not line.strip():
            continue
        content = parse_json(line, path, number)
        if not isinstance(content, dict):
            raise DataError.at(path, number, "not a JSON object")
        yield number, content
