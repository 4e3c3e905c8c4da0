"""A report on one page of Markdown, and its table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xharness.experiment.blocks import Block, markdown_table
from xharness.experiment.report.setup import setup
from xharness.experiment.report.verdicts import HARMS, IMPROVES, INCONCLUSIVE, NO_EFFECT

JsonObject = Mapping[str, Any]
PLOT = "report.svg"
_HEADER = ("row", "clean", "noisy", "log retention", "ΔRet", "DiD", "p", "verdict")
_FIELDS = {"task": "target", "language": "language", "noise": "noise", "severity": "severity"}
_MEANINGS = {
    NO_EFFECT: "the interval of ΔRet is within the margin, so that an effect is smaller than the margin",
    IMPROVES: "the interval is above 0, p is below 0.05 and DiD is above 0: noise takes less of the score than from "
    "'{base}'",
    HARMS: "the interval is below 0, p is below 0.05 and DiD is below 0: noise takes more of the score than from "
    "'{base}'",
    INCONCLUSIVE: "none of these: the data do not decide, which is not evidence for no effect",
}


def report_block(report: JsonObject) -> Block:
    """Return the table of a report: a line for each row, the baseline first."""
    rows = [_line(row) for row in report["rows"]]
    base, margin = report["rows"][0]["name"], report["margin"]
    notes = [
        f"log retention: mean log(noisy / clean) at severity {report['severity']}, in languages other than English; "
        "0 if noise changes nothing",
        f"ΔRet: the difference of log retention to '{base}'; DiD: the same difference of noisy minus clean, in points",
        f"in brackets: 95 % interval (paired bootstrap, {report['resamples']:,} resamples); p: of no difference, "
        f"corrected by Holm's method; margin: {margin:g}",
        *[f"caveat: {text}" for text in report["caveats"]],
    ]
    return Block(f"Robustness compared with '{base}'", _HEADER, tuple(rows), tuple(notes))


def _line(row: JsonObject) -> tuple[str, ...]:
    if row["retention"] is None:
        return (row["name"], *["-"] * (len(_HEADER) - 1))
    effects = row["effects"]
    return (
        row["name"],
        f"{row['clean']:.1f}",
        f"{row['noisy']:.1f}",
        f"{row['retention']['value']:.3f}",
        "" if effects is None else effect(effects["retention"], 3),
        "" if effects is None else effect(effects["did"], 1),
        "" if row["p_holm"] is None else f"{row['p_holm']:.3f}",
        "baseline" if effects is None else row["verdict"],
    )


def effect(found: JsonObject, digits: int) -> str:
    """Format a difference with its interval: `+0.031 [+0.010, +0.052]`."""
    value = f"{found['value']:+.{digits}f}"
    if found["ci95"] is None:
        return value
    low, high = found["ci95"]
    return f"{value} [{low:+.{digits}f}, {high:+.{digits}f}]"


def page(content: JsonObject, notes: list[str]) -> str:
    """Return the report in the content of an experiment as Markdown; `notes` are the caveats of the scores."""
    report = content["report"]
    block = report_block(report)
    base = report["rows"][0]["name"]
    parts = [
        f"# {content['name']}: robustness to noise",
        f"Each row is a way to train the model. Does it keep more of its clean score under noise than '{base}', in "
        "languages other than English? ΔRet above 0 says that it does: at +0.05, noise leaves 5 % more of its score.",
        "\n".join(f"- {line}" for line in _answers(report)),
        f"![ΔRet of each row with its 95 % interval; the band is the margin]({PLOT})",
        "## Setup",
        *setup(content),
        f"## {block.title}",
        markdown_table(block.header, block.rows),
        "\n".join(f"- {line}" for line in block.lines if not line.startswith("caveat: ")),
        "## Verdicts",
        "The first rule that holds, for each row:",
        "\n".join(f"- **{verdict}**: {text.format(base=base)}" for verdict, text in _MEANINGS.items()),
        *_parts(report),
        "## Caveats",
        "\n".join(f"- {line.removeprefix('note: ')}" for line in [*report["caveats"], *notes]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _answers(report: JsonObject) -> Iterator[str]:
    """Yield the verdict of each row as a sentence, with the comparison with the placebo."""
    for row in report["rows"][1:]:
        if row["verdict"] is None:
            yield f"`{row['name']}`: not compared"
            continue
        cells = "cell" if row["cells"] == 1 else "cells"
        shown = effect(row["effects"]["retention"], 3)
        text = f"`{row['name']}`: **{row['verdict']}**, ΔRet {shown} over {row['cells']} {cells}"
        if row["placebo"]:
            shown = effect(row["placebo"]["effects"]["retention"], 3)
            text += f"; compared with '{report['placebo']}': {row['placebo']['verdict']}, ΔRet {shown}"
        yield text + (f"; the effect comes from: {row['cause']}" if row["cause"] else "")


def _parts(report: JsonObject) -> Iterator[str]:
    """Yield the tables of ΔRet by target, language, noise and severity."""
    rows = [row for row in report["rows"] if row["by"]]
    for field, title in _FIELDS.items():
        values = list(dict.fromkeys(value for row in rows for value in row["by"][field]))
        if len(values) < 2:
            continue
        lines = [
            (
                row["name"],
                *[
                    effect(row["by"][field][value]["retention"], 3) if value in row["by"][field] else "-"
                    for value in values
                ],
            )
            for row in rows
        ]
        yield f"## ΔRet by {title}"
        yield markdown_table(("row", *values), lines)
