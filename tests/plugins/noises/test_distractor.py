from __future__ import annotations

import pytest

from tests.noising.texts import of
from xharness.errors import BadParameter
from xharness.noising.edits import applied
from xharness.noising.text import NoiseText
from xharness.specs.params import typed
from xharness_plugins.noises.distractor import DISTRACTOR

OWN = "Marie Curie discovered radium in Paris. She lived there."
OTHERS = [
    OWN,
    "Pierre Curie was born in Paris. He taught at a school.",
    "Radium was discovered by nobody in Warsaw. Polonium was discovered in Paris too.",
    "A river flows through the town. The bridge is old. Boats pass under it.",
]


def noisy(severity=3, text=OWN, others=OTHERS, about="", answers=(), language="en", **more):
    seen = of(text, DISTRACTOR, severity, language, **more)
    seen = NoiseText(**{**vars(seen), "others": others, "about": about, "answers": answers})
    return applied(text, list(DISTRACTOR.edits(seen)))


def test_the_sentence_that_shares_most_words_with_the_question_is_added():
    asked = {"about": "Who discovered radium in Warsaw?", "answers": ["Marie Curie"]}
    assert noisy(**asked) == f"{OWN} Radium was discovered by nobody in Warsaw."


def test_no_sentence_with_an_answer_is_added():
    asked = {"about": "Where was radium discovered?", "answers": ["WARSAW", "paris"]}
    for number in range(20):
        added = noisy(5, example=number, **asked).removeprefix(OWN)
        assert added
        assert "Warsaw" not in added
        assert "Paris" not in added


def test_without_a_question_a_sentence_of_another_text_is_drawn():
    found = {noisy(example=number).removeprefix(OWN).strip() for number in range(60)}
    assert found == {
        "Pierre Curie was born in Paris.", "He taught at a school.", "Radium was discovered by nobody in Warsaw.",
        "Polonium was discovered in Paris too.", "A river flows through the town.", "The bridge is old.",
        "Boats pass under it.",
    }  # fmt: skip


def test_higher_severities_add_more_sentences_to_the_same():
    one, two, three = (noisy(severity) for severity in (3, 4, 5))
    assert two.startswith(one)
    assert three.startswith(two)
    assert [len(text.removeprefix(OWN).split(". ")) for text in (one, two, three)] == [1, 2, 3]


def test_low_severities_add_short_sentences():
    lengths = [sum(len(noisy(severity, example=number)) for number in range(40)) for severity in (1, 2, 3)]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[2]


@pytest.mark.parametrize("place", ["prepend", "append", "random"])
def test_sentences_are_added_where_the_user_says(place):
    found = {noisy(example=number, params={"position": place}) for number in range(20)}
    assert {text.startswith(OWN) for text in found} == {"prepend": {False}, "append": {True}}.get(place, {True, False})
    assert all(OWN in text for text in found)


def test_another_place_is_refused():
    with pytest.raises(BadParameter, match="must be one of append, prepend, random"):
        typed(DISTRACTOR.params, {"position": "middle"})


def test_chinese_sentences_are_joined_without_a_space():
    own, other = "亚当是一位分析师。", "莉娜住在一座大城市里。"
    assert noisy(text=own, others=[own, other], language="zh") == own + other


def test_control_characters_of_other_texts_are_left_out():
    other = "می\u200cخواهد پاسخ را \u200fبگیرد و برود."
    assert noisy(text="یک متن.", others=[other], language="fa") == f"یک متن. {other.replace(chr(0x200F), '')}"


def test_a_text_without_others_stays():
    assert noisy(others=[OWN]) == OWN
