"""Pairs of clean and noisy scores: drops, and averages in order."""

from __future__ import annotations

import numpy as np
import pytest

from xharness.metrics.noisy import Pair, Scale, but_english, nested_mean, pair_of_seeds


def test_an_error_that_rises_is_a_drop():
    numbers = Scale(("error",), 0.0, upward=False).numbers(Pair(10.0, 30.0, np.array([[10.0, 12.0], [30.0, 30.0]])))
    assert (numbers["drop"], numbers["relative_drop"]) == (20.0, None)
    assert 18.0 <= numbers["ci95"][0] <= numbers["ci95"][1] <= 20.0


def test_unknown_chance_gives_no_relative_drop():
    assert Scale(("accuracy",), None, upward=True).numbers(Pair(80.0, 40.0, None))["relative_drop"] is None


def test_means_are_nested():
    pairs = {("a", "x"): Pair(1.0, 0.0, None), ("a", "y"): Pair(3.0, 0.0, None), ("b", "x"): Pair(10.0, 0.0, None)}
    assert nested_mean(pairs).clean == 6.0


def test_noise_seeds_are_averaged_before_seeds_of_the_training():
    noisy = {1: [(50.0, None), (70.0, None)], 2: [(30.0, None)]}
    pair = pair_of_seeds({1: (80.0, None), 2: (60.0, None), 3: (0.0, None)}, noisy)
    assert (pair.clean, pair.noisy, pair.drawn) == (70.0, 45.0, None)


def test_replicates_of_one_seed_are_kept_and_a_side_without_them_has_none():
    drawn = np.array([1.0, 2.0])
    pair = pair_of_seeds({1: (1.5, drawn)}, {1: [(1.0, drawn), (3.0, 3 * drawn)]})
    assert pair.drawn == pytest.approx(np.stack([drawn, 2 * drawn]))
    assert pair_of_seeds({1: (1.5, drawn)}, {1: [(1.0, drawn), (3.0, None)]}).drawn is None


def test_english_is_averaged_only_where_it_is_alone():
    assert but_english(["en", "sw"]) == ["sw"]
    assert but_english(["en"]) == ["en"]
