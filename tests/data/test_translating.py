"""Examples in another language: sentences, labels that stay, and answers that are found again."""

from __future__ import annotations

import pytest

from xharness import KINDS
from xharness.data.translating import Translator, sentences

CONTEXT = "Ada was born in Nairobi. She is a cook. Her friend, Omar, came in 1999."


def translated(kind, row, say, source, target, *, located, kept=()):
    """Translate a row as its kind says."""
    return KINDS[kind].translate(row, Translator(say, source, target, kept), located)


def shout(text: str) -> str:
    """Stand for a system that keeps brackets where they are."""
    return text.upper()


def question(answer: str, context: str = CONTEXT):
    answers = [{"text": answer, "start": context.index(answer)}] if answer else []
    return {"id": "7", "question": "Where was Ada born?", "context": context, "answers": answers}


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("en", " One. Two? ", ["One.", "Two?"]),
        ("de", 'Er sagte: "Ja." Dann ging er. ', ['Er sagte: "Ja."', "Dann ging er."]),
        ("hi", "राम आया। वह गया।", ["राम आया।", "वह गया।"]),
        ("ar", "هل جاء؟ نعم.", ["هل جاء؟", "نعم."]),
        ("zh", "他来了。她走了！", ["他来了。", "她走了！"]),
        ("th", "เขามาแล้ว", ["เขามาแล้ว"]),
        ("sw", "  ", []),
    ],
)
def test_sentences_of_any_language(code, text, expected):
    assert [text[start:end] for start, end in sentences(text, code)] == expected


def test_pairs_and_choices_keep_their_labels():
    pair = {"text": "It rains. It pours.", "text_pair": "Is it wet?", "label": "yes", "language": "en"}
    assert translated("classification", pair, shout, "en", "de", located=True) == {
        **pair, "text": "IT RAINS. IT POURS.", "text_pair": "IS IT WET?",
    }  # fmt: skip
    single = {"text": "It rains.", "text_pair": None, "label": "yes"}
    assert translated("classification", single, shout, "en", "de", located=False)["text_pair"] is None
    choices = {"context": "He fell. Why?", "choices": ["He ran.", "He ate."], "label": 1}
    assert translated("multiple-choice", choices, shout, "en", "de", located=True) == {
        "context": "HE FELL. WHY?", "choices": ["HE RAN.", "HE ATE."], "label": 1,
    }  # fmt: skip


def test_a_question_that_is_asked_in_english_everywhere_stays():
    row = {"context": "He fell. Why?", "choices": ["He ran.", "He ate."], "label": 1}
    result = translated("multiple-choice", row, shout, "en", "zh", located=True, kept=("How?", "Why?"))
    assert result["context"] == "HE FELL. Why?"
    other = {**row, "context": "Why? He fell."}
    assert translated("multiple-choice", other, shout, "sw", "en", located=False, kept=("Why?",))["context"] == (
        "WHY? HE FELL."
    )


@pytest.mark.parametrize("answer", ["Ada", "Nairobi", "a cook", "1999", "Omar, came"])
def test_an_answer_is_found_again_where_it_was(answer):
    result = translated("span-qa", question(answer), shout, "en", "de", located=True)
    assert result["context"] == CONTEXT.upper()
    assert result["answers"] == [{"text": answer.upper(), "start": CONTEXT.index(answer)}]
    assert (result["id"], result["question"]) == ("7", "WHERE WAS ADA BORN?")


def test_an_answer_is_found_where_the_system_moved_it():
    said = {
        "Ada was born in [Nairobi].": "In [ Nairobi ] ist Ada geboren.",
        "She is a cook.": "Sie ist Köchin.",
        "Her friend, Omar, came in 1999.": "Omar kam 1999.",
        "Where was Ada born?": "Wo ist Ada geboren?",
    }
    result = translated("span-qa", question("Nairobi"), said.__getitem__, "en", "de", located=True)
    assert result["context"] == "In Nairobi ist Ada geboren. Sie ist Köchin. Omar kam 1999."
    assert result["answers"] == [{"text": "Nairobi", "start": 3}]


def test_an_answer_across_sentences_is_marked_in_both():
    result = translated("span-qa", question("Nairobi. She"), shout, "en", "de", located=True)
    assert result["answers"] == [{"text": "NAIROBI. SHE", "start": 16}]


def test_sentences_of_a_language_without_spaces_follow_each_other_directly():
    result = translated("span-qa", question("a cook"), shout, "en", "zh", located=True)
    assert result["context"].startswith("ADA WAS BORN IN NAIROBI.SHE IS A COOK.HER")
    start = result["answers"][0]["start"]
    assert result["context"][start : start + 6] == "A COOK"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("[", "").replace("]", ""),
        lambda text: text.replace("[Nairobi]", "[]"),
        lambda text: text.replace("]", "] [again]"),
        lambda text: text.replace("]", "").replace("[", "]["),
    ],
)
def test_a_question_whose_marks_are_lost_is_dropped(spoil):
    assert translated("span-qa", question("Nairobi"), spoil, "en", "de", located=True) is None


def test_an_answer_of_unknown_offset_is_dropped_and_none_is_kept():
    lost = question("Nairobi") | {"answers": [{"text": "Nairobi", "start": -1}]}
    assert translated("span-qa", lost, shout, "en", "de", located=True) is None
    without = translated("span-qa", question(""), shout, "en", "de", located=True)
    assert (without["context"], without["answers"]) == (CONTEXT.upper(), [])


def test_answers_to_be_scored_against_are_translated_by_themselves():
    row = question("Nairobi")
    row["answers"] += [{"text": "in Nairobi", "start": 13}, {"text": "Nairobi", "start": 16}]
    said = {"Nairobi": "NBO", "in Nairobi": "in NBO"}
    result = translated("span-qa", row, lambda text: said.get(text, text), "sw", "en", located=False)
    assert result["context"] == CONTEXT
    assert result["answers"] == [{"text": "NBO", "start": -1}, {"text": "in NBO", "start": -1}]
    silent = translated("span-qa", question("Nairobi"), lambda text: "", "sw", "en", located=False)
    assert [answer["text"] for answer in silent["answers"]] == ["Nairobi"]


def test_what_is_asked_for_does_not_depend_on_what_is_said():
    for kind, row in (
        ("span-qa", question("Nairobi")),
        ("classification", {"text": CONTEXT, "text_pair": "No.", "label": None}),
    ):
        asked = [[], []]
        for said, each in zip((shout, lambda text: ""), asked, strict=True):
            translated(kind, row, lambda text, said=said, each=each: each.append(text) or said(text), "en", "sw",
                       located=True)  # fmt: skip
        assert asked[0] == asked[1]


def test_labels_of_words_cannot_be_carried_over():
    assert {kind.name for kind in KINDS.values() if kind.translate} == {"classification", "multiple-choice", "span-qa"}
