"""What a noise receives of an example, and what it must not change."""

from __future__ import annotations

import pytest

from xharness.noising.edits import Edit
from xharness.noising.rows import Changing, RowNoiser
from xharness.noising.units import common_spans

SEEN = []


def seen(text):
    """Edit nothing, and keep what the noise is given."""
    SEEN.append(text)
    return ()


def noiser(row, columns, edits=seen, **more):
    SEEN.clear()
    how = {"name": "n", "version": 1, "seeded_by": ("t", "en", "test"), "severity": 3, "settings": {"rate": 1.0}}
    return RowNoiser(Changing(edits=edits, columns=columns, **how, **more), 0, row)


def capitals(text):
    return [Edit(word.start, word.end, word.text.upper()) for word in text.selected()]


def test_a_context_is_seen_with_its_question_and_answers():
    noiser({}, ("context",)).located("context", "Ada sings.", [{"text": "Ada", "start": 0}], "Who sings?")
    assert [(text.about, text.answers) for text in SEEN] == [("Who sings?", ["Ada"])]


def test_what_texts_share_stays_where_the_task_says_so():
    row = {"question": "What is Omar's job?", "context": "Omar is an editor.", "id": "Omar's job"}
    how = {"texts": ("question", "context"), "edits": capitals}
    kept = noiser(row, ("question",), common_kept=True, **how).text("question", row["question"])
    assert kept == "WHAT IS Omar's JOB?"
    assert noiser(row, ("question",), **how).text("question", row["question"]) == "WHAT IS OMAR'S JOB?"


@pytest.mark.parametrize(
    ("text", "other", "language", "shared"),
    [
        ("谁养了亚当的狗？", "亚当是一位分析师。", "zh", ["亚当"]),
        ("Who is less high?", "Adam is higher than Omar.", "en", ["high"]),
        ("एडम क्या करता है?", "एडम एक नर्स है।", "hi", ["एडम"]),
        ("Nothing here.", "", "en", []),
    ],
)
def test_shared_words_are_found_with_other_endings(text, other, language, shared):
    assert [text[slice(*span)] for span in common_spans(text, [other], language)] == shared


def test_choices_of_a_tied_task_are_drawn_alike():
    choices = ["one two three four five six", "ten two three nine eight six"]
    for tied in (True, False):
        row = noiser({"choices": choices}, ("choices",), tied=tied, texts=("choices",))
        for number, choice in enumerate(choices):
            row.text("choices", choice, number=number)
        draws = [text.draws.uniform(6) for text in SEEN]
        assert (draws[0] == draws[1]) is tied
        assert SEEN[0].shared == ({"two", "three", "six"} if tied else set())
