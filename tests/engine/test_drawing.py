"""Tokens drawn at a temperature: their shares, and what the draws depend on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from xharness.engine.drawing import Draw

PROMPT = (3, 1, 4)
LOGITS = torch.log(torch.tensor([0.5, 0.3, 0.2]))


@pytest.mark.parametrize(("temperature", "shares"), [(1.0, (0.5, 0.3, 0.2)), (0.5, (25 / 38, 9 / 38, 4 / 38))])
def test_tokens_have_the_shares_of_the_softmax(temperature, shares):
    draw = Draw(0, temperature)
    random = draw.generator(PROMPT)
    found = [draw.token(LOGITS, random) for _ in range(4000)]
    assert np.bincount(found, minlength=3) / 4000 == pytest.approx(shares, abs=0.03)


def test_a_low_temperature_takes_the_most_likely_token():
    draw = Draw(0, 1e-3)
    random = draw.generator(PROMPT)
    assert {draw.token(LOGITS, random) for _ in range(50)} == {0}


def test_draws_depend_on_the_prompt_and_the_number_only():
    first = Draw(1, 0.8).generator(PROMPT).random(5).tolist()
    assert first == Draw(1, 0.2).generator(PROMPT).random(5).tolist()
    assert first != Draw(2, 0.8).generator(PROMPT).random(5).tolist()
    assert first != Draw(1, 0.8).generator((3, 1, 5)).random(5).tolist()
