"""A third party's adapter that scores text: it has no head and trains nothing, and answers by log-likelihood.

The log-likelihood of a text is higher the more of its words occur in the context, and the shorter it is; so a test can
work out every prediction by hand; of texts with equal words, which is preferred depends on the pair.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path

from xharness import Model, ModelInfo, hookimpl


def loglikelihood(context: str, text: str) -> float:
    words, known = text.lower().split(), set(context.lower().split())
    among_equals = zlib.crc32((context + text).encode()) % 97 * 1e-9
    return sum(math.log(0.5 if word in known else 0.01) for word in words) + among_equals


class Reader:
    def describe(self):
        return {"scores": "words that were read before"}

    def loglikelihood(self, requests):
        for request in requests:
            yield loglikelihood(request.context, request.text)


def inspect(path, reference, revision, options):
    return ModelInfo(
        reference=reference, adapter="reader", path=path, revision=revision, fingerprint="reads", architecture="Reader",
        hidden_size=1, layers=1, parameters=1, bytes=1, max_length=100, ready=frozenset({"loglikelihood"}),
    )  # fmt: skip


def checkpoint(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "reader.txt").touch()
    return folder


@hookimpl
def xharness_models():
    yield Model(
        name="reader",
        summary="scores text by the words that it has read",
        capabilities=frozenset({"loglikelihood"}),
        claims=lambda path: (path / "reader.txt").exists(),
        inspect=inspect,
        load=lambda path, capability, task, params, options: Reader(),
    )
