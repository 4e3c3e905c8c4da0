from __future__ import annotations

from tools import make_alphabets, make_layouts
from xharness import LANGUAGES
from xharness_plugins.noises.tables import rows


def test_exemplar_characters_are_read_in_all_their_spellings():
    assert "".join(make_alphabets.exemplars("a x-z {ch} あア")) == "axyzあア"


def test_hangul_is_that_of_the_national_standard():
    assert len(list(make_alphabets.hangul())) == 2350


def test_a_second_level_is_kept_only_for_scripts_without_case():
    assert not make_layouts.adds_letters([["q", "w", "è"]], [["Q", "W", "é"]])
    assert make_layouts.adds_letters([["ა", "z"]], [["შ", "Z"]])
    assert not make_layouts.adds_letters([["ש"]], [["A"]])


def test_each_language_has_letters():
    assert [language for language, _ in rows("alphabets.tsv")] == list(LANGUAGES)
