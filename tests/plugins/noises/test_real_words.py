"""Noises on real questions and contexts: what holds for every noise, and that the answers stay."""

from __future__ import annotations

import pytest

from xharness import SpanQA
from xharness.data.squad import read_squad
from xharness.noising.rows import Changing, RowNoiser
from xharness_plugins.noises import NOISES

ROWS = 1190
STEP = 60


@pytest.mark.shared
@pytest.mark.parametrize("language", ["en", "de", "ru", "el", "ar", "hi", "th", "zh", "vi", "tr"])
@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_answers_stay_in_the_contexts_of_xquad(shared_data, noise, language):
    if noise.applies(language):
        pytest.skip(noise.applies(language))
    rows = list(read_squad((shared_data / f"xquad/xquad.{language}.json",), language, "test"))
    others = {column: [row[column] for row in rows] for column in ("question", "context")}
    how = Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=("xquad", language, "test"),
        columns=("context",) if noise.adds_sentences else ("question", "context"),
        severity=5,
        settings={name: param.default for name, param in noise.params.items()} | dict(noise.settings[5]),
        controls=noise.controls,
        grows=noise.grows,
        others=others,
    )
    for number in range(0, ROWS, STEP):
        row = rows[number]
        noisy = SpanQA.kind.noise(row, RowNoiser(how, number, row))
        for clean, answer in zip(row["answers"], noisy["answers"], strict=True):
            assert noisy["context"][answer["start"] :].startswith(clean["text"])
        if noise.adds_sentences:
            added = noisy["context"].removeprefix(row["context"]).casefold()
            assert added
            assert not any(answer["text"].casefold() in added for answer in row["answers"])
