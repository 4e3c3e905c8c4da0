"""mHumanEval-Expert: the 164 problems of HumanEval with docstrings that people translated into 12 languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness import CodeGeneration, local
from xharness.data.jsons import read_jsonl
from xharness.data.lines import Row, nonempty
from xharness_tasks import mhumaneval
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic
from xharness_tasks.programs import EXECUTED, INDENT, STOPS

TRANSLATED = ("ar", "bn", "es", "fr", "hi", "it", "ja", "ko", "pt", "sw", "te", "zh")
CODES = ("en", *TRANSLATED)


@nonempty
def read_files(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the problems of a file, which has JSON lines without numbers, in the order of HumanEval."""
    for path in paths:
        problems = ({"task_id": f"HumanEval/{index}", **problem} for index, (_, problem) in enumerate(read_jsonl(path)))
        yield from mhumaneval.read_rows(problems, swaps=False)


_FOLDERS = tuple(f"{folder}mHuamnEval-Expert/" for folder in mhumaneval.REPOSITORY)
"""The folder has this spelling in the repository."""
_ABOUT: Mapping[str, Any] = {
    "languages": CODES,
    "data": (
        local(
            *layouts(
                "mHumanEval-Expert",
                {"test": ("Human_Expert_{flores}.json",)},
                read_files,
                folders=_FOLDERS,
                languages=TRANSLATED,
            ),
            *mhumaneval.ENGLISH,
        ),
        synthetic("programs", "functions", train=0, dev=0),
    ),
    "sizes": dict.fromkeys(CODES, 164),
    "parallel": True,
    "licence": "Apache-2.0",
    "citation": mhumaneval.CITATION,
    "homepage": mhumaneval.HOMEPAGE,
}
NOTES = (
    f"Official files: github.com/mraihan-gmu/mHumanEval-Benchmark, commit {mhumaneval.COMMIT}, folder "
    "mHuamnEval-Expert; English is that of mHumanEval-max.",
    "Docstrings are in their places here, unlike in the files of mhumaneval. Solutions without indentation and "
    "docstrings that end in four quotation marks are repaired. The note repaired_rows counts these rows.",
    "The function to write is the last one that a prompt defines; four prompts define a helper before it.",
)

MHUMANEVAL_EXPERT = CodeGeneration(
    name="mhumaneval_expert",
    indent=INDENT,
    stops=STOPS,
    summary="Python functions from docstrings that people translated into 12 languages.",
    notes=NOTES,
    **EXECUTED,
    **_ABOUT,
)
MHUMANEVAL_EXPERT_NLL = CodeGeneration(
    name="mhumaneval_expert_nll",
    likelihood=True,
    metrics=("canonical_nll",),
    headline=("canonical_nll",),
    summary="How likely the reference solutions are after prompts that people translated into 12 languages.",
    notes=NOTES,
    **_ABOUT,
)
