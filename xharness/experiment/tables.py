"""The tables of an experiment, as blocks for a terminal or a Markdown file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import few
from xharness.experiment.blocks import Block, markdown_table
from xharness.experiment.caveats import notes as notes_of
from xharness.experiment.noise_tables import noise_blocks
from xharness.experiment.report.page import report_block
from xharness.metrics.bootstrap import RESAMPLES

JsonObject = Mapping[str, Any]


class _Notes:
    """Footnotes of a table, with the marks that refer to them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, text: str) -> str:
        return f" [{self._numbers.setdefault(' '.join(text.split()), len(self._numbers) + 1)}]"

    def lines(self) -> tuple[str, ...]:
        return tuple(f"[{number}] {text}" for text, number in self._numbers.items())


def blocks(content: JsonObject) -> list[Block]:
    """Return the tables of an experiment: scores, gains, their decomposition, drops with noise, report, layers."""
    tables = [_scores(content), _gains(content)]
    if any(row["decomposition"] for row in content["rows"]):
        tables.append(_decomposition(content))
    tables += noise_blocks(content["rows"])
    tables += [report_block(content["report"])] if content.get("report") else []
    swept = content["sweep"] or {}
    return tables + [_sweep(task, layers, content) for task, layers in swept.items() if layers["rows"]]


def markdown(content: JsonObject) -> str:
    """Return the tables as Markdown."""
    parts = [f"# {content['name']}"]
    for block in blocks(content):
        table = markdown_table(block.header, block.rows)
        parts += [f"## {block.title}", table, "\n".join(f"- {line}" for line in block.lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _scores(content: JsonObject) -> Block:
    notes = _Notes()
    rows = []
    for row in content["rows"]:
        refused = notes.mark(str(row["reason"])) if row["status"] == "refused" else ""
        cells = [f"-{refused}" if refused else _value(task, row["targets"][task], notes) for task in content["targets"]]
        average = row["average"]
        rows.append(
            (row["name"], *cells, "-" if not average or average["value"] is None else f"{average['value']:.1f}")
        )
    low = [task for task, about in content["targets"].items() if about["higher_is_better"] is False]
    lines = [*notes.lines(), *_counts(content), *([f"lower is better: {', '.join(low)}"] if low else [])]
    return Block(
        "Scores", ("row", *content["targets"], "average"), tuple(rows), (*lines, *_unswept(content), *notes_of(content))
    )


def _value(task: str, cell: JsonObject, notes: _Notes) -> str:
    if cell["value"] is not None:
        return f"{cell['value']:.1f}"
    return f"-{notes.mark(_why(task, cell))}"


def _why(task: str, cell: JsonObject) -> str:
    """Return the reason why a target has no score; with its languages unless all cells have this reason."""
    if not cell["missing"]:
        return f"{task} was not requested, or not in every language"
    reasons = list(dict.fromkeys(each["reason"] for each in cell["missing"]))
    if len(reasons) == 1 and len(cell["missing"]) == cell["cells"]:
        return str(reasons[0])
    more = "" if len(reasons) == 1 else f" ({len(reasons) - 1} other reasons in its results.json)"
    return f"{task} {few(_languages(cell['missing']))}: {reasons[0]}{more}"


def _counts(content: JsonObject) -> list[str]:
    """Return a line for each group with missing rows, such as `8 of 9 intermediate tasks`."""
    return [
        f"{group['rows'] - len(group['lacking'])} of {group['rows']} {name}: without {', '.join(group['lacking'])}"
        for name, group in content["groups"].items()
        if group["lacking"]
    ]


def _unswept(content: JsonObject) -> list[str]:
    lacking = [task for task, swept in (content["sweep"] or {}).items() if not swept["rows"]]
    return [f"no scores by hidden layer for {task}: no row evaluates it" for task in lacking]


def _gains(content: JsonObject) -> Block:
    notes, rows, gains = _Notes(), [], []
    for row in content["rows"]:
        if row["name"] == content["baseline"] or row["average"] is None:
            continue
        own = {task: row["targets"][task]["gain"] for task in content["targets"]}
        gains += list(own.values())
        cells = [_gain(gain) + _left_out(task, gain, notes) for task, gain in own.items()]
        rows.append((row["name"], *cells, _gain(row["average"]["gain"])))
    title = f"Gains over '{content['baseline']}', in points"
    lines = (*_legend(gains), *notes.lines())
    return Block(title, ("row", *content["targets"], "average"), tuple(rows), lines)


def _gain(gain: JsonObject) -> str:
    if gain["value"] is None:
        return "-"
    if gain["ci95"] is None:
        return f"{gain['value']:+.1f}"
    low, high = gain["ci95"]
    return f"{gain['value']:+.1f}{'*' if low > 0 or high < 0 else ''} ({low:+.1f} to {high:+.1f})"


def _left_out(task: str, gain: JsonObject, notes: _Notes) -> str:
    if not gain["without"]:
        complete = gain["ci95"] or gain["value"] is None
        return "" if complete else notes.mark("no interval: a cell has no bootstrap replicates")
    codes = _languages(gain["without"])
    first = gain["without"][0]["reason"]
    if gain["value"] is None:
        return notes.mark(str(first))
    every = len(gain["languages"]) + len([code for code in codes if code not in gain["languages"]])
    seeds = f" and seeds {', '.join(map(str, gain['seeds']))}"
    return notes.mark(
        f"{task}: over {len(gain['languages'])} of {every} languages{seeds}, without {few(codes)}: {first}"
    )


def _legend(gains: Sequence[JsonObject]) -> list[str]:
    over = {gain["over"] for gain in gains if gain["ci95"]}
    if not over:
        return []
    what = {
        frozenset({"examples"}): "over examples only (one seed)",
        frozenset({"seeds and examples"}): "over seeds and examples",
    }.get(frozenset(over), "over seeds and examples, or over examples only with one seed")
    how = f"paired bootstrap, {RESAMPLES:,} resamples"
    return [f"in brackets: 95 % interval {what} ({how}); *: the interval excludes 0"]


def _decomposition(content: JsonObject) -> Block:
    rows = []
    for row in content["rows"]:
        if row["decomposition"]:
            parts = {part["target"]: part for part in row["decomposition"]}
            cells = [_part(parts[task]) for task in content["targets"]]
            rows.append((row["name"], *cells, f"{row['average']['gain']['value']:+.1f}"))
    lines = ("points and per cent of the average gain; no per cent if the interval of the average gain contains 0",)
    return Block("Decomposition of the average gain", ("row", *content["targets"], "gain"), tuple(rows), lines)


def _part(part: JsonObject) -> str:
    return f"{part['points']:+.2f}" + ("" if part["percent"] is None else f" ({part['percent']:.0f} %)")


def _sweep(task: str, swept: JsonObject, content: JsonObject) -> Block:
    layers = [str(layer) for layer in swept["layers"]]
    rows, notes = [], _Notes()
    for row in swept["rows"]:
        values = [row["values"].get(layer) for layer in layers]
        shown = ["-" if value is None else f"{value:.1f}" for value in values]
        gains = [row[key] for key in ("gain_at_default", "gain_of_best")]
        ends = ["" if gain is None else _gain(gain) + _left_out(task, gain, notes) for gain in gains]
        chosen = ["-" if row[key] is None else str(row[key]) for key in ("default_layer", "best_layer")]
        rows.append((row["name"], *shown, *chosen, *ends))
    best = "none" if swept["baseline_best"] is None else swept["baseline_best"]
    lines = (
        f"gain at default: both rows at their default layers; gain of best: the best layer of the row against the best "
        f"layer of '{content['baseline']}' ({best})",
        "best layers are selected on the evaluated examples, over the languages that all rows have",
        *notes.lines(),
    )
    header = ("row", *layers, "default", "best", "gain at default", "gain of best")
    return Block(f"{task} by hidden layer", header, tuple(rows), lines)


def _languages(places: Sequence[JsonObject]) -> list[str]:
    return list(dict.fromkeys(place["language"] for place in places))
