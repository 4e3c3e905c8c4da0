"""Small files, written by hand or drawn, for the readers to read."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=12)
"""Any text that UTF-8 can hold: quotes, tabs and line ends among it."""

INLINE = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\t\r\n"), max_size=12)
"""Text that can be a field of a tab-separated line."""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file as it stands, without touching its line ends."""
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path
