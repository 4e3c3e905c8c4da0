"""Show lines in the output of a notebook cell, with IPython, which is there wherever a notebook is."""

from __future__ import annotations

import sys
from html import escape
from typing import Any

_LINES = 12


def in_notebook() -> bool:
    """Return whether the code runs in the kernel of a notebook; IPython is not imported if it is not yet."""
    get = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get() if get else None
    return shell is not None and hasattr(shell, "kernel")


class NotebookLines:
    """A stream of text whose last lines stand in one output of a notebook cell, which each flush replaces."""

    def __init__(self) -> None:
        self._text = ""
        self._shown: Any = None

    def write(self, text: str) -> int:
        """Add text; it is shown at the next flush."""
        self._text += text
        return len(text)

    def flush(self) -> None:
        """Show the last lines."""
        from IPython.display import HTML, display

        self._text = "\n".join(self._text.splitlines()[-_LINES:]) + "\n"
        shown = HTML(f"<pre>{escape(self._text)}</pre>")
        if self._shown is None:
            self._shown = display(shown, display_id=True)
        else:
            self._shown.update(shown)
