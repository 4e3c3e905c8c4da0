from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from xharness.noising.draws import Draws, index, seed_of

PARTS = ("typo_keyboard", 1, "xnli", "sw", "test", "17", "hypothesis", 0)


def test_seeds_and_draws_are_those_that_other_implementations_make():
    """The two vectors were computed with hashlib and random alone."""
    assert seed_of(*PARTS) == 11034746013510785205
    assert [round(number, 6) for number in Draws(*PARTS).uniform(3)] == [0.420629, 0.082975, 0.112581]
    assert seed_of(*PARTS, "w", 3) == 2487823427815361480
    random = Draws(*PARTS).of("w", 3)
    assert [round(random.random(), 6) for _ in range(3)] == [0.017475, 0.325945, 0.735612]


def test_draws_do_not_depend_on_what_was_drawn_before():
    draws = Draws(*PARTS)
    first = draws.of("w", 1).random()
    draws.uniform(50)
    assert draws.of("w", 1).random() == first
    assert draws.uniform(2) == Draws(*PARTS).uniform(2)


def test_draws_of_another_thread_do_not_disturb():
    random = Draws(*PARTS).of("w", 3)
    first = random.random()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(Draws(*PARTS).uniform, 1).result() == Draws(*PARTS).uniform(1)
        random = Draws(*PARTS).of("w", 3)
        assert random.random() == first
        pool.submit(Draws("other").uniform, 5).result()
        assert round(random.random(), 6) == 0.325945


def test_draws_are_equal_in_a_process_with_another_hash_seed():
    code = f"from xharness.noising.draws import seed_of; print(seed_of(*{PARTS!r}))"
    for hash_seed in ("0", "77"):
        environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)}
        out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert int(out.stdout) == seed_of(*PARTS)


def test_an_index_reaches_every_number():
    random = Draws("any").of("w", 0)
    assert {index(random, 3) for _ in range(200)} == {0, 1, 2}
