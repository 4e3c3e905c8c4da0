"""Generation: write code for a description in a natural language, or find reference code likely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness.data.lines import Row
from xharness.kinds.code_spans import code_spans
from xharness.kinds.code_ways import OTHERS, likelihood_way, writing_way
from xharness.kinds.written_code import CodeRules
from xharness.specs.kinds import Column, Example, Kind
from xharness.specs.tasks import Task, Tuning

if TYPE_CHECKING:
    from xharness.noising.rows import RowNoiser
    from xharness.specs.sandboxes import Program


def _problems(examples: Iterable[Example]) -> list[Example]:
    return [dict(example) for example in examples]


def _programs(task: Task, row: Row, example: Example) -> list[Program]:
    """Return the programs to test: those that the model wrote, or the prompt with its code; none without tests."""
    if not example.get("tests"):
        return []
    from xharness.specs.sandboxes import Program

    return [Program(code=_code(each, example), tests=example["tests"]) for each in (row, *row.get(OTHERS, ()))]


def _code(row: Row, example: Example) -> str:
    code: str = row.get("program") or example["prompt"] + row["prediction"] + (example.get("suffix") or "")
    return code


def _has_gold(gold: Any, task: Task) -> bool:
    return any(example["target"] for example in gold)


def _problem(row: Row, labels: frozenset[str]) -> str | None:
    start = row["start"]
    if start < 0 or not row["prompt"].startswith(row["text"], start):
        return f"the text is not at character {start} of the prompt"
    return None


def _noised(row: Row, noiser: RowNoiser) -> Row:
    prompt, text, start = row["prompt"], row["text"], row["start"]
    noisy = noiser.text("text", text, protected=code_spans(text, prompt))
    return {**row, "text": noisy, "prompt": prompt[:start] + noisy + prompt[start + len(text) :]}


def _own(task: Task) -> CodeGeneration:
    assert isinstance(task, CodeGeneration)
    return task


def _settings(task: Task) -> Mapping[str, Any]:
    own = _own(task)
    return {} if own.likelihood else {"most": own.most, "indent": own.indent, "stops": list(own.stops)}


def _chance(task: Task) -> float | None:
    return None if _own(task).likelihood else 0.0


def _trial(task: Task, examples: Sequence[Example], right: bool) -> list[dict[str, Any]]:
    """Return the reference codes and programs that pass; wrong is code that none has, and is unlikely."""
    if _own(task).likelihood:
        return [
            {"id": example["id"], "prediction": 0.0 if right else 9.0, "characters": 1 + len(example["target"])}
            for example in examples
        ]
    return [
        {
            "id": example["id"],
            "prediction": example["target"] if right else "xqzv = (",
            "outcomes": ["passed" if right else "assertion"] if task.unsafe_code else [],
        }
        for example in examples
    ]


GENERATION = Kind(
    name="generation",
    summary="write code for a description in a natural language",
    ways=(
        likelihood_way(lambda task: _own(task).likelihood),
        writing_way(lambda task: not _own(task).likelihood, lambda task: _own(task).rules),
    ),
    columns={
        "id": Column("the id of the problem"),
        "prompt": Column("what the model reads: the description with the code around it"),
        "text": Column("the description, as it is in the prompt; the rest of the prompt is code", noise="usually"),
        "start": Column("where the description begins in the prompt, in characters from 0", "int"),
        "target": Column("the reference code that follows the prompt"),
        "suffix": Column("code that follows the code that a model writes", optional=True),
        "tests": Column("code that checks the program, and fails if it is wrong", optional=True),
        "entry_point": Column("the name of the function to write", optional=True),
        "repairs": Column("what was wrong with the row as published, and is repaired", "texts"),
    },
    gold=_problems,
    has_gold=_has_gold,
    predictions=list,
    trial=_trial,
    check=_problem,
    settings=_settings,
    noise=_noised,
    chance=_chance,
    programs=_programs,
    metrics=("bleu", "bleu_13a", "chrf", "code_exact_match", "syntax_rate", "pass_at_k"),
    headline=("bleu",),
    needs_finetuning=False,
    dev="none",
    tokens=250,
)


@dataclass(frozen=True, kw_only=True)
class CodeGeneration(Task):
    """A task of kind generation.

    With `likelihood` the reference code is scored and nothing is written; such a task has the metric `canonical_nll`.
    Otherwise a model writes at most `most` tokens, up to one of `stops` where it continues the prompt. `indent` is the
    indentation of the first line, which models may leave out.
    """

    kind = GENERATION
    tuning: Tuning = field(default_factory=lambda: Tuning(selection="last"))
    id: str = "id"
    prompt: str = "prompt"
    text: str = "text"
    start: str = "start"
    target: str = "target"
    suffix: str = "suffix"
    tests: str = "tests"
    entry_point: str = "entry_point"
    repairs: str = "repairs"
    likelihood: bool = False
    most: int = 512
    indent: str = ""
    stops: tuple[str, ...] = ()

    @property
    def rules(self) -> CodeRules:
        """Return how code is taken from what a model writes."""
        return CodeRules(most=self.most, indent=self.indent, stops=self.stops)

    def column_map(self) -> Mapping[str, str]:
        """Map each column of the kind."""
        return {name: getattr(self, name) for name in GENERATION.columns}
