"""The step that translates a split, once for all stages that need it; an interrupted translation is resumed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness.data.translating import Translator
from xharness.errors import StageError
from xharness.plan import Job
from xharness.run.context import ROWS, Context
from xharness.run.steps.step import Costing, Price, Step
from xharness.run.steps.training import REPORT
from xharness.specs.kinds import Example
from xharness.specs.stage_params import Translate
from xharness.specs.works import Emit, Reported, Tokens, Waiting
from xharness.store.writing import guarded, write_json

_REMARKS = "remarks.json"
_BLOCK = 256
"""The number of sentences after which translations are saved."""


def translate(job: Job, context: Context, emit: Emit) -> None:
    """Translate a split.

    Raises StageError if no answer of any question can be located in its translation, so that no example is left.
    """
    store = context.store
    if store.has(job.kind, job.key):
        return
    with store.lock(job.kind, job.key, lambda what: emit(Waiting(what))):
        if store.has(job.kind, job.key):
            return
        began = time.time()
        rows = _rows(job, context)
        texts = _translations(job, context, rows, emit)
        kept = [row for row in (_translated(job, context, row, texts) for row in rows) if row]
        if not kept:
            raise StageError(
                f"{_named(job)}: in none of {len(rows):,} questions could the answer be located in the translation"
            )
        with store.creating(job.kind, job.key, context.about(job)) as folder:
            with (folder / ROWS).open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
            dropped = len(rows) - len(kept)
            about = {"examples": len(rows), "dropped": dropped, "dropped_percent": 100 * dropped / len(rows)}
            said = {"sentences": len(texts), "seconds": time.time() - began}
            write_json(folder / REPORT, {**about, **said, **_remarks(job, context)})


def _rows(job: Job, context: Context) -> list[Example]:
    examples = context.load(job.stage.data["examples"])
    return list(examples.select(range(min(job.params(Translate).rows or len(examples), len(examples)))))


def _translated(job: Job, context: Context, row: Example, texts: Mapping[str, str]) -> Example | None:
    params, kind = job.params(Translate), context.task(job.stage.data["examples"].task).kind
    if kind.translate is None:
        raise StageError(f"{_named(job)}: examples of kind {kind.name} cannot be translated")
    translator = Translator(texts.__getitem__, params.source, params.target, params.kept)
    return kind.translate(row, translator, params.located)


class _Collector(dict[str, str]):
    """Collects the texts that are looked up; every translation is empty."""

    def __missing__(self, text: str) -> str:
        self[text] = ""
        return ""


def _translations(job: Job, context: Context, rows: list[Example], emit: Emit) -> dict[str, str]:
    """Return the translation of every sentence in rows; saved translations are reused, the others saved in blocks."""
    collected = _Collector()
    for row in rows:
        _translated(job, context, row, collected)
    file = context.store.scratch(job.kind, job.key) / "said.jsonl"
    texts = dict(_saved(file))
    left = sorted((text for text in collected if text not in texts), key=len, reverse=True)
    if not left:
        return texts
    params, loaded = job.params(Translate), _model(job, context, emit)
    write_json(file.with_name(_REMARKS), list(loaded.describe().get("remarks", ())))
    with guarded(file), file.open("a", encoding="utf-8") as opened:
        for start in range(0, len(left), _BLOCK):
            block = left[start : start + _BLOCK]
            done = list(zip(block, loaded.translate(block, params.source, params.target), strict=True))
            opened.writelines(json.dumps(pair, ensure_ascii=False) + "\n" for pair in done)
            opened.flush()
            texts |= done
            emit(Reported({"step": len(texts), "total_steps": len(collected)}))
    return texts


def _remarks(job: Job, context: Context) -> dict[str, Any]:
    """Return what readers of a score must know of the translator, also of one that a killed process loaded."""
    file = context.store.scratch(job.kind, job.key) / _REMARKS
    found = json.loads(file.read_text("utf-8")) if file.is_file() else []
    return {"remarks": found} if found else {}


def _saved(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a file; cut off an incomplete last line."""
    if not file.is_file():
        return
    with file.open("r+b") as opened:
        whole = 0
        for line in opened:
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            text, translation = json.loads(line)
            yield text, translation
        opened.truncate(whole)


def _model(job: Job, context: Context, emit: Emit) -> Any:
    start, params = context.plan.checkpoint(job), job.params(Translate)
    model, info = context.plan.given(start)
    return model.load(
        path=info.path,
        capability="translate",
        task=None,
        params={"beams": params.beams, "max_length": params.max_length},
        options=replace(context.plan.resolved.load_options, on_tokens=lambda n: emit(Tokens(n))),
    )


def _named(job: Job) -> str:
    ref, params = job.stage.data["examples"], job.params(Translate)
    return f"{ref.task} {ref.language} {ref.split} in {params.target}"


def _title(jobs: Sequence[Job]) -> str:
    ref = jobs[0].stage.data["examples"]
    return f"translate {ref.task} {ref.split} ({ref.language}) into {jobs[0].params(Translate).target}"


def _price(job: Job, costing: Costing) -> Price:
    params = job.params(Translate)
    number = costing.examples(job)["examples"]
    number = min(number, params.rows or number)
    tokens = number * costing.tokens(job)["examples"]
    _, translator = costing.plan.given(costing.plan.checkpoint(job))
    passes = 1 + params.beams  # one pass to encode, one per beam to decode
    return Price(number, tokens, passes * costing.seconds(tokens, translator.parameters), 4 * tokens, False)


TRANSLATE = Step(params=Translate, run=translate, title=_title, price=_price)
