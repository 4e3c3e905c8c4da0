"""Statistics over the languages of a task, calculated by hand."""

import pytest

from xharness.metrics.transfer import means_by, transfer_gap

VALUES = {"en": 90.0, "de": 70.0, "sw": 50.0}


def test_the_gap_is_english_minus_the_mean_of_the_others():
    assert transfer_gap(["en", "de", "sw"], VALUES) == 30
    assert transfer_gap(["eng", "de"], {"eng": 80.0, "de": 70.0}) == 10  # another spelling of English


@pytest.mark.parametrize("languages", [["de", "sw"], ["en"], ["en", "de", "fr"]])
def test_there_is_no_gap_without_english_other_languages_or_a_value(languages):
    assert transfer_gap(languages, VALUES) is None


def test_means_of_families_and_scripts():
    values = VALUES | {"xx": 1.0}  # not in the table of languages
    assert means_by("family", ["sw", "en", "de", "xx"], values) == {"Indo-European": 80, "Niger-Congo": 50}
    assert means_by("script", ["en", "de", "sw", "ru"], values) == {"Cyrl": None, "Latn": 70}
