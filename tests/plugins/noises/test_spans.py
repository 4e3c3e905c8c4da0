"""What the noises share that compare characters before and after."""

from __future__ import annotations

from tests.noising.texts import of
from xharness import Edit
from xharness_plugins.noises.case import CASE
from xharness_plugins.noises.spans import bounded, changes, free, shifted


def test_neighbouring_parts_that_change_make_one_change():
    found = changes(["a", "b", "cc", "d", "e"], ["A", "BB", "cc", "", "e"])
    assert found == ((0, 2, "ABB"), (4, 5, ""))
    assert list(shifted(10, found)) == [Edit(10, 12, "ABB"), Edit(14, 15, "")]


def test_edits_leave_a_text_half_to_double_as_long():
    text = of("abcdef", CASE, 1)
    deleted = [Edit(place, place + 1, "") for place in range(6)]
    assert list(bounded(text, deleted)) == deleted[:3]
    doubled = [Edit(place, place, "xy") for place in range(6)]
    assert list(bounded(text, doubled)) == doubled[:3]


def test_the_free_spans_are_those_between_the_protected():
    assert list(free(of("0123456789", CASE, 1, protected=[(6, 8), (0, 2), (7, 9)]))) == [(2, 6), (9, 10)]
    assert list(free(of("0123", CASE, 1))) == [(0, 4)]
