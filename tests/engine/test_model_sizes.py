"""Configurations that describe a much larger model than the weights are refused, with both numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from xharness import BadRequest
from xharness.engine.model_sizes import check_config, check_parameters

PATH = Path("folder")
BERT = {"num_hidden_layers": 12, "hidden_size": 768}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_hidden_layers": 10**6}, r"1,000,000 layers \(num_hidden_layers\), but the weights are 200 tensors"),
        ({"num_hidden_groups": 10**6}, r"1,000,000 layers \(num_hidden_groups\), but the weights are 200 tensors"),
        ({"decoder_layers": 999}, r"999 layers \(decoder_layers\), but the weights are 200 tensors"),
        ({"hidden_size": 10**6}, r"12,000,000,000,000 parameters .* but the weights have 110,000,000"),
        ({"num_hidden_layers": None, "hidden_size": 20_000}, "400,000,000 parameters .* the weights have 110,000,000"),
    ],
)
def test_sizes_that_exceed_the_weights_are_refused(change, message):
    with pytest.raises(BadRequest, match=rf"config\.json: .*{message}"):
        check_config(PATH, BERT | change, tensors=200, values=110_000_000)


@pytest.mark.parametrize(
    ("config", "tensors", "values"),
    [
        (BERT, 199, 110_000_000),
        ({"num_hidden_layers": 24, "num_hidden_groups": 1, "hidden_size": 4096}, 26, 223_000_000),  # ALBERT xxlarge
        ({"num_hidden_layers": 24, "hidden_size": 512}, 1113, 24_600_000),  # MobileBERT
        ({"d_model": 512, "num_layers": 6, "num_decoder_layers": 6}, 131, 60_500_000),  # T5 small
        ({"hidden_size": "768", "num_hidden_layers": []}, 1, 1),  # other checks refuse these
        ({}, 1, 1),
    ],
)
def test_sizes_that_fit_are_taken(config, tensors, values):
    check_config(PATH, config, tensors, values)


def test_a_model_that_is_larger_than_its_weights_is_refused():
    check_parameters(PATH, 200, 100)
    with pytest.raises(BadRequest, match="an encoder with 2,010 parameters, but the weights have 1,000"):
        check_parameters(PATH, 2010, 1000)
