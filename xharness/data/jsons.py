"""JSON files, whole or a document a line, with errors that name the file and the line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xharness.data.lines import read_lines, undecodable, unreadable
from xharness.errors import DataError


def read_json(path: Path) -> Any:
    """Return what a UTF-8 file of one JSON document holds; DataError where it is not one."""
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError as error:
        raise undecodable(path, error) from None
    except json.JSONDecodeError as error:
        raise DataError.at(path, error.lineno, f"not JSON: {error.msg}") from None


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of a UTF-8 file with a JSON object a line, one line in memory at a time.

    Blank lines are skipped. DataError where there is no such file or a line holds no JSON object.
    """
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError.at(path, number, f"not JSON: {error.msg}") from None
        if not isinstance(found, dict):
            raise DataError.at(path, number, "not a JSON object")
        yield number, found
