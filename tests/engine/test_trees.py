from __future__ import annotations

import random

from xharness.engine.trees import Scored, families


def rebuilt(sequences, most):
    """Return each sequence as the paths of the trees say."""
    found = {}
    for family in families(sequences, most):
        for row in family.rows:
            for number, path in row.paths.items():
                found[number] = (*family.prefix, *(row.ids[index] for index in path))
                assert [row.positions[index] for index in path] == list(range(len(family.prefix), len(found[number])))
    return [found[number] for number in range(len(sequences))]


def test_paths_give_back_every_sequence_whatever_is_shared():
    rng = random.Random(2)
    before = tuple(rng.randrange(3) for _ in range(40))
    ends = [tuple(rng.randrange(3) for _ in range(rng.randrange(1, 20))) for _ in range(60)]
    mixed = [before + end if number % 3 else end for number, end in enumerate(ends)]
    sequences = [Scored(ids, rng.randrange(len(ids))) for ids in mixed]
    for most in (8, 64, 512):
        assert rebuilt(sequences, most) == mixed


def test_a_prefix_ends_before_the_first_token_that_is_scored():
    ids = tuple(range(50))
    sequences = [Scored((*ids, *range(100 * n, 100 * n + 60)), 45) for n in range(1, 8)]
    [family] = families(sequences, 100)
    assert family.prefix == ids[:45]
