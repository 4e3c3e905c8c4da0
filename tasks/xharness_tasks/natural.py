"""What the tasks with natural errors share: misspellings that people made in Wikipedia, put into test sets."""

from __future__ import annotations

from xharness import Layout
from xharness.data.lines import Reader
from xharness_tasks.layouts import layouts

RELEASE = "natural errors release"
CITATION = (
    "Cooper Stickland et al. 2023, Robustification of Multilingual Language Models to Real-world Noise in "
    "Crosslingual Zero-shot Settings with Robust Contrastive Pretraining, EACL"
)
HOMEPAGE = "https://github.com/amazon-science/multilingual-robust-contrastive-pretraining"
COMMIT = "0f3d07319f23e99d20b26433947b89586a48a179"
_FOLDERS = ("paper_data/", "")

FILES = (
    f"The files are those of the folder paper_data at commit {COMMIT} of the homepage's repository. The share of "
    "changed words is in a file's name.",
)
CLEAN = (
    "These are the examples of the clean test set that were changed: each is paired with one of the file with errors "
    "by its gold and by its text. If some have no pair, their number is below that of the file with errors, and the "
    "score has a caveat with both numbers; then compare with care.",
)


def with_errors(pattern: str, read: Reader) -> tuple[Layout, ...]:
    """Return the layouts of the files with errors."""
    return layouts(RELEASE, {"test": (pattern,)}, read, folders=_FOLDERS)


def without_errors(pattern: str, clean: str, folders: tuple[str, ...], read: Reader) -> tuple[Layout, ...]:
    """Return the layouts of the files with errors, each with the clean file after it."""
    name = f"{RELEASE} and clean test set"
    pairs = [(first + pattern, second + clean) for first in _FOLDERS for second in folders]
    return tuple(layout for pair in pairs for layout in layouts(name, {"test": pair}, read))
