from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import PluginError
from xharness.noising.edits import Edit, applied, check, moved, ordered


@st.composite
def edited(draw):
    """A text and edits that do not overlap."""
    text = draw(st.text(min_size=1, max_size=30))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return text, [Edit(start, end, draw(st.text(max_size=4))) for start, end in spans]


@given(edited())
def test_edits_are_applied_as_a_plain_loop_from_the_right_does(case):
    text, edits = case
    expected = text
    for edit in sorted(edits, reverse=True):
        expected = expected[: edit.start] + edit.after + expected[edit.end :]
    assert applied(text, ordered(edits, text)) == expected


@given(edited())
def test_characters_between_edits_are_found_again_where_they_moved(case):
    text, edits = case
    kept = ordered(edits, text)
    noisy = applied(text, kept)
    inside = {place for edit in kept for place in range(edit.start, edit.end)}
    for place in set(range(len(text))) - inside:
        assert noisy[moved(place, kept)] == text[place]


def test_edits_that_overlap_or_leave_the_text_are_refused():
    with pytest.raises(PluginError, match="overlaps another"):
        ordered([Edit(0, 3, "x"), Edit(2, 4, "y")], "abcdef")
    with pytest.raises(PluginError, match="leaves the text of 3 characters"):
        ordered([Edit(2, 9, "")], "abc")


def test_edits_that_change_nothing_are_left_out():
    assert ordered([Edit(0, 1, "a"), Edit(1, 2, "x")], "ab") == [Edit(1, 2, "x")]


@pytest.mark.parametrize(
    ("text", "edit", "protected", "message"),
    [
        ("a house", Edit(2, 7, "home"), [(3, 4)], "protected"),
        ("abc", Edit(0, 3, ""), [], "leaves nothing"),
        ("a long sentence", Edit(0, 12, ""), [], "makes 3 characters of 15"),
        ("a long sentence", Edit(1, 1, "\u200b"), [], r"inserts U\+200B"),
        ("a long sentence", Edit(2, 3, "\u0301"), [], "combining mark"),
    ],
)
def test_a_noise_that_breaks_what_holds_for_all_is_refused(text, edit, protected, message):
    with pytest.raises(PluginError, match=message):
        check(text, applied(text, [edit]), [edit], protected, controls="", grows=False)


def test_declared_control_characters_and_growth_are_allowed():
    edit = Edit(1, 1, "\u200b" * 30)
    check("a long sentence", applied("a long sentence", [edit]), [edit], [], controls="\u200b", grows=True)
