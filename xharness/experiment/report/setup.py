"""What a report compares: the model, targets, languages and noises, and how each row is trained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness.experiment.blocks import markdown_table

JsonObject = Mapping[str, Any]


def setup(content: JsonObject) -> Iterator[str]:
    """Yield the paragraphs of the section on the setup of an experiment."""
    report = content["report"]
    rows, severity = content["rows"], report["severity"]
    parts = [row["by"] for row in report["rows"] if row["by"]]
    seen = {field: list(dict.fromkeys(value for by in parts for value in by[field])) for field in ("language", "noise")}
    targets = [f"{name} ({about['metric']})" for name, about in content["targets"].items()]
    lines = [
        f"model: {_joined(dict.fromkeys(str(row['model']) for row in rows))}",
        f"targets (metric): {_joined(targets)}",
        f"languages: {_joined(seen['language'])}",
        f"noises: {_joined(seen['noise'])}, at severity {severity}",
        f"training seeds: {_joined(dict.fromkeys(str(seed) for row in rows for seed in row['seeds']))}",
        "a cell is a target in a language under a noise, averaged over the seeds",
    ]
    if report["placebo"]:
        lines.append(
            f"'{report['placebo']}' is the control: an effect that it has too does not come from what a task teaches"
        )
    yield "\n".join(f"- {line}" for line in lines)
    yield markdown_table(("row", "recipe", "parameters that differ"), list(_trained(rows)), left=3)


def _trained(rows: Sequence[JsonObject]) -> Iterator[tuple[str, ...]]:
    """Yield name, recipe and parameters of each row, without the parameters that are equal in several rows."""
    values: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        for name, value in row["params"].items():
            values[name].append(value)
    for row in rows:
        own = [
            f"{name}={value}"
            for name, value in row["params"].items()
            if len(values[name]) == 1 or len(set(map(str, values[name]))) > 1
        ]
        yield row["name"], row["recipe"], ", ".join(own)


def _joined(names: Any) -> str:
    return ", ".join(names) or "none"
