from __future__ import annotations

import pytest

from tests.noising.texts import SENTENCES
from xharness.noising.units import clusters, protected_spans, word_spans


def words(text, language="en"):
    return [text[start:end] for start, end in word_spans(text, language)]


def test_clusters_are_what_a_reader_takes_for_one_character():
    assert clusters("नमस्ते") == ["न", "म", "स्ते"]
    assert clusters("é👩‍👩‍👧a") == ["é", "👩‍👩‍👧", "a"]
    assert clusters("plain") == list("plain")


@pytest.mark.parametrize("language", SENTENCES)
def test_clusters_make_up_the_text(language):
    assert "".join(clusters(SENTENCES[language])) == SENTENCES[language]


def test_words_are_without_the_punctuation_around_them_and_without_digits():
    assert words("«Paris», 1990s it's a co-op (really?)!") == ["Paris", "it's", "co-op", "really"]
    assert words("बूढ़े शिक्षक।", "hi") == ["बूढ़े", "शिक्षक"]


def test_words_of_languages_without_spaces_are_chunks_of_one_script():
    assert words("老师写了信，等待。", "zh") == ["老师", "写了", "等待"]
    assert words("先生はテレビを見た", "ja") == ["先生", "テレビ"]  # a single character is no chunk
    assert all(len(clusters(word)) <= 4 for word in words(SENTENCES["th"], "th"))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("see https://a.org/b?c now", ["https://a.org/b?c"]),
        ("mail me@site.org or www.site.org", ["me@site.org", "www.site.org"]),
        ("a [MASK] and <s> in 3,500.5 m", ["[MASK]", "<s>", "3,500.5"]),
        ("nothing here", []),
    ],
)
def test_addresses_numbers_and_markers_are_protected(text, spans):
    assert [text[start:end] for start, end in protected_spans(text)] == spans
