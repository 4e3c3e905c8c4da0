"""Errors: their types stay, whatever is put before their text and wherever they travel."""

from __future__ import annotations

import pickle

import pytest

from xharness import errors
from xharness.errors import BadParameter, BadRequest, DataError, UnknownName, XHarnessError, few, unknown

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, XHarnessError)]


@pytest.mark.parametrize("kind", KINDS)
def test_words_before_a_text_keep_the_type(kind):
    error = kind("no such thing").after("nothing to run: ")
    assert type(error) is kind
    assert str(error) == "nothing to run: no such thing"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (kind, str(error))


def test_slips_are_refusals_of_their_own_types():
    name, value = unknown("task", "xnil", ["xnli"]), BadParameter.of("epochs", 0, "must be above 0")
    assert (type(name), str(name)) == (UnknownName, "unknown task 'xnil'; did you mean xnli?")
    assert (type(value), str(value)) == (BadParameter, "parameter epochs=0: must be above 0")
    assert isinstance(name, BadRequest) and isinstance(value, BadRequest)


def test_an_error_in_a_file_says_where_and_what():
    error = DataError.at("a: b.tsv", 3, "expected 2: columns")
    assert str(error) == "a: b.tsv:3: expected 2: columns"
    assert (error.path, error.problem) == ("a: b.tsv", "expected 2: columns")
    assert pickle.loads(pickle.dumps(error)).problem == error.problem
    assert (DataError("no file").path, DataError("no file").problem) == (None, None)


def test_many_names_are_cut():
    assert few([]) == ""
    assert few(range(5)) == "0, 1, 2, 3, 4"
    assert few("abcd", 3) == "a, b, c and 1 more"
    assert few(range(2000), 1) == "0 and 1,999 more"
