"""Greedy search for edits that mislead a model, on a model whose margins can be counted by hand."""

from __future__ import annotations

import pytest

from xharness import Edit
from xharness.noising.choosing import Options
from xharness.noising.greedy import Found, Limits, greedy, together
from xharness.noising.rows import Changing
from xharness.specs.kinds import noised_texts

WEIGHTS = {"good": 3.0, "fine": 2.0, "bad": -1.0}
ROW = {"text": "bad plot fine cast good end", "text_pair": None}


def first_letters(text):
    """Write the first letter of a word twice, or in upper case, by its draw."""
    for word in text.selected():
        twice = text.random(word).random() < 0.5
        yield Edit(word.start, word.start + 1, word.text[0] * 2 if twice else word.text[0].upper())


def options(row=ROW, *, tied=False, seeds=4):
    how = {"name": "n", "version": 1, "seeded_by": ("t", "en", "test"), "severity": 3, "settings": {"rate": 1.0}}
    columns = ("text", "text_pair")
    drawn = [
        Changing(edits=first_letters, columns=columns, texts=columns, tied=tied, seed=seed, **how)
        for seed in range(seeds)
    ]
    return Options(row, 0, noised_texts(*columns), drawn)


def margin(row):
    return sum(WEIGHTS.get(word, 0.0) for word in row["text"].split()) - 0.5


def searched(*each, rate=1.0, queries=200):
    """Return what searches found, and the numbers of examples that were asked for together."""
    asked = []

    def margins(rows):
        asked.append(len(rows))
        return map(margin, rows)

    return list(together((greedy(one, Limits(rate, queries)) for one in each), margins)), asked


def changed_words(options, found):
    before, after = options.row["text"].split(), options.edited(found.edits)[0]["text"].split()
    return [word for word, other in zip(before, after, strict=True) if word != other]


def test_the_words_that_matter_most_are_edited_first_until_the_model_is_wrong():
    # Margins: 3.5 with all words; 0.5 without `good`, 1.5 without `fine`, 4.5 without `bad`.
    one = options()
    [found], _ = searched(one)
    assert changed_words(one, found) == ["fine", "good"]
    assert margin(one.edited(found.edits)[0]) == -1.5


def test_the_budget_is_a_share_of_the_words():
    one = options()
    [found], _ = searched(one, rate=1 / 6)
    assert changed_words(one, found) == ["good"]


def test_an_edit_that_does_not_lower_the_margin_is_not_made():
    one = options({"text": "bad good", "text_pair": None})
    [found], _ = searched(one)
    assert changed_words(one, found) == ["good"]


def test_an_example_that_is_wrong_without_noise_stays():
    assert searched(options({"text": "bad plot", "text_pair": None}))[0] == [Found({}, 1)]


def test_every_prediction_is_counted_and_limited():
    both = [options(), options({"text": "good good fine", "text_pair": None})]
    found, asked = searched(*both)
    assert sum(each.queries for each in found) == sum(asked)
    assert asked[:2] == [2, 6 + 3]  # the examples of all searches are asked for together
    assert all(each.queries <= 9 for each in searched(*both, queries=9)[0])


def test_a_search_finds_the_same_alone_and_with_others():
    rows = [ROW, {"text": "good good fine", "text_pair": None}, {"text": "bad plot", "text_pair": None}]
    alone = [searched(options(row))[0][0] for row in rows]
    assert searched(*map(options, rows))[0] == alone


def test_a_word_that_is_all_of_a_text_stays_while_words_are_ranked():
    one = options({"text": "good", "text_pair": "fine end"})
    assert [one.without(unit)["text_pair"] for unit in range(3)] == ["fine end", " end", "fine "]
    assert {one.without(unit)["text"] for unit in range(3)} == {"good"}


@pytest.mark.parametrize("tied", [True, False])
def test_the_same_word_changes_alike_where_texts_are_tied(tied):
    one = options({"text": "good end", "text_pair": "end good"}, tied=tied)
    assert len(one.units) == (2 if tied else 4)
    found = one.edited(one.units[0][0])[0]
    assert (found["text_pair"] != "end good") == tied
