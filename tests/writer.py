"""A third party's adapter that writes text.

The file `answers.json` of its checkpoint maps contexts to answers; the answer to another context is empty.
"""

from __future__ import annotations

import json
from pathlib import Path

from xharness import Model, ModelInfo, Text, hookimpl


class Writer:
    def __init__(self, answers):
        self.answers = answers

    def describe(self):
        return {"answers": len(self.answers)}

    def generate(self, requests):
        for request in requests:
            yield Text(self.answers.get(request.context, ""))


def inspect(path, reference, revision, options):
    return ModelInfo(
        reference=reference, adapter="writer", path=path, revision=revision, fingerprint="writes",
        architecture="Writer", hidden_size=1, layers=1, parameters=1, bytes=1, max_length=100,
        ready=frozenset({"generate"}),
    )  # fmt: skip


def checkpoint(folder: Path, answers: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    return folder


@hookimpl
def xharness_models():
    yield Model(
        name="writer",
        summary="writes the answers of a file",
        capabilities=frozenset({"generate"}),
        claims=lambda path: (path / "answers.json").exists(),
        inspect=inspect,
        load=lambda path, capability, task, params, options: Writer(json.loads((path / "answers.json").read_text())),
    )
