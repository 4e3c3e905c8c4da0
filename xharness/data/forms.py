"""Read JSON that others wrote, and refuse with file and key what does not have the declared form."""

from __future__ import annotations

from xharness.foreign import (
    ANY,
    FLAG,
    NAME,
    NUMBER,
    PATH,
    TEXT,
    Form,
    either,
    list_of,
    mismatch,
    object_of,
    read_json,
    record,
    shown,
    whole,
)

__all__ = [
    "ANY",
    "FLAG",
    "NAME",
    "NUMBER",
    "PATH",
    "TEXT",
    "Form",
    "either",
    "list_of",
    "mismatch",
    "object_of",
    "read_json",
    "record",
    "shown",
    "whole",
]
