"""Every language file of the mini data is whole, in its own script, and its own."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.tasks.mini.checks import FACTS, SECTIONS, problems
from xharness import LANGUAGES, DataError
from xharness_tasks.mini.facts import COUNTRIES
from xharness_tasks.mini.grammar import Word, _parse, grammar, template
from xharness_tasks.mini.sentences import say

# Malay and Indonesian, and a short sentence here and there, may well say the same thing in the same words.
MOST_SHARED = 6


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_says_all_that_english_says_in_its_own_script(code):
    assert problems(code) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_slots_are_found_where_they_stand(code):
    rules = grammar(code)
    for section in SECTIONS:
        for name in rules.templates[section]:
            for facts in FACTS:
                sentence = say(code, section, name, facts)
                for slot, (first, last) in sentence.slots.items():
                    start, end = sentence.span(slot)
                    said = "".join(sentence.tokens[first:last])
                    assert sentence.text[start:end].replace(" ", "") == said, (section, name, slot)
                    assert not sentence.text[start].isspace()


def test_no_two_languages_share_more_than_a_few_sentences():
    said = {
        code: {
            say(code, section, name, FACTS[1]).text for section in SECTIONS for name in grammar(code).templates[section]
        }
        for code in LANGUAGES
    }
    for one, other in combinations(LANGUAGES, 2):
        assert len(said[one] & said[other]) <= MOST_SHARED, (one, other, said[one] & said[other])


def test_every_place_has_its_country():
    assert set(COUNTRIES) == set(grammar("en").lexicons["place"])
    assert set(COUNTRIES.values()) == set(grammar("en").lexicons["country"])


def test_items_of_a_template():
    result = template("¿/PUNCT +Quién/PRON él~ella/PRON {place:to} _ ?/PUNCT", spaced=True)
    assert [(item.forms if isinstance(item, Word) else item.form, item.space) for item in result] == [
        (("¿", "¿"), False),
        (("Quién", "Quién"), False),
        (("él", "ella"), True),
        ("to", True),
        (("?", "?"), True),
    ]
    assert [item.space for item in template("我/PRON {place} _ 去/VERB", spaced=False)] == [False, False, True]


def test_a_word_without_a_tag_is_refused():
    with pytest.raises(ValueError, match="'cat' in 'a/DET cat' has no tag"):
        template("a/DET cat", spaced=True)


def test_an_entry_with_too_few_forms_is_refused():
    given = {"m": {}, "f": {}}
    tables = {name: {} for name in ("family", "country", "org", "job", "thing", "item", "time")}
    content = {"forms": {"place": ["name", "in"]}, "person": {}, "given": given, "place": {"rome": ["Roma"]}, **tables}
    with pytest.raises(ValueError, match=r"\[place\] rome: 1 forms, expected name, in"):
        _parse("it", content)


def test_an_unknown_language_is_an_error():
    with pytest.raises(DataError, match=r"xx\.toml"):
        grammar("xx")
