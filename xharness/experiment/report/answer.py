"""The content of a report: each row compared with the baseline and the placebo, with a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from xharness.experiment.report.arms import Arms, Compared, NoisyCell, compared, keyed
from xharness.experiment.report.caveats import caveats
from xharness.experiment.report.contrasts import Contrast, contrast, retention
from xharness.experiment.report.settings import ReportSettings
from xharness.experiment.report.verdicts import cause, verdicts
from xharness.experiment.scores import Scores
from xharness.metrics.bootstrap import RESAMPLES
from xharness.metrics.noisy import nested_mean

_FIELDS = ("task", "language", "noise")


def answer(rows: Mapping[str, Scores | None], baseline: str, settings: ReportSettings) -> dict[str, Any]:
    """Return the report on rows by name, None for rows without results; the baseline has results."""
    base = rows[baseline]
    assert base is not None
    others = {name: scores for name, scores in rows.items() if scores is not None and name != baseline}
    beside_base = {name: compared(scores, base) for name, scores in others.items()}
    found = _contrasts(beside_base, settings.severity)
    judged = verdicts(found, settings.margin)
    beside_placebo = _beside_placebo(others, settings)
    content = [_baseline(baseline, compared(base, base), settings)]
    for name in rows:
        if name == baseline:
            continue
        if name not in found:
            content.append({**_empty(name), **_left_out(beside_base.get(name), settings.severity)})
            continue
        p, verdict = judged[name]
        second = beside_placebo.get(name)
        content.append(
            {
                **_scores(name, beside_base[name], settings.severity),
                "effects": found[name].content(),
                "p": found[name].retention.p,
                "p_holm": p,
                "verdict": verdict,
                "placebo": second,
                "cause": cause(verdict, second["verdict"] if second else None),
                "by": _by(beside_base[name].cells, settings.severity),
            }
        )
    return {
        "severity": settings.severity,
        "margin": settings.margin,
        "placebo": settings.placebo,
        "resamples": RESAMPLES,
        "rows": content,
        "caveats": list(caveats(content, beside_base, settings)),
    }


def _at(cells: Mapping[NoisyCell, Any], severity: int) -> dict[NoisyCell, Any]:
    return {cell: each for cell, each in cells.items() if cell.severity == severity}


def _contrasts(found: Mapping[str, Compared], severity: int) -> dict[str, Contrast]:
    cells = {name: _at(each.cells, severity) for name, each in found.items()}
    return {name: contrast(own) for name, own in cells.items() if own}


def _beside_placebo(rows: Mapping[str, Scores], settings: ReportSettings) -> dict[str, dict[str, Any]]:
    placebo = rows.get(settings.placebo or "")
    if placebo is None:
        return {}
    found = _contrasts(
        {name: compared(scores, placebo) for name, scores in rows.items() if name != settings.placebo},
        settings.severity,
    )
    return {
        name: {"effects": found[name].content(), "p_holm": p, "verdict": verdict}
        for name, (p, verdict) in verdicts(found, settings.margin).items()
    }


def _empty(name: str) -> dict[str, Any]:
    return {
        "name": name, "seeds": [], "cells": 0, "left_out": [], "clean": None, "noisy": None, "retention": None,
        "effects": None, "p": None, "p_holm": None, "verdict": None, "placebo": None, "cause": None, "by": None,
    }  # fmt: skip


def _baseline(name: str, own: Compared, settings: ReportSettings) -> dict[str, Any]:
    return {**_empty(name), **_scores(name, own, settings.severity)}


def _scores(name: str, found: Compared, severity: int) -> dict[str, Any]:
    cells = _at(found.cells, severity)
    if not cells:
        return _left_out(found, severity)
    pair = nested_mean({(cell.task, cell.language, cell.noise): arms.row for cell, arms in cells.items()})
    return {
        "name": name,
        "seeds": list(found.seeds),
        "cells": len(cells),
        **_left_out(found, severity),
        "clean": pair.clean,
        "noisy": pair.noisy,
        "retention": retention(cells, lambda arms: (arms.row,)).content(),
    }


def _left_out(found: Compared | None, severity: int) -> dict[str, Any]:
    reasons = Counter(_at(found.left_out, severity).values() if found else ())
    return {"left_out": [{"reason": reason, "cells": number} for reason, number in reasons.most_common()]}


def _by(cells: Mapping[NoisyCell, Arms], severity: int) -> dict[str, dict[str, Any]]:
    """Return the effects at a severity by target, language and noise, and those at each severity."""
    at = _at(cells, severity)
    parts = {field: keyed(at, field) for field in _FIELDS} | {"severity": keyed(cells, "severity")}
    return {field: {value: contrast(own).content() for value, own in each} for field, each in parts.items()}
