"""Where the sentences of an English text begin and end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness.data.sentences import sentence_breaks

PIECES = st.lists(
    st.sampled_from([*"aB1.?!…\"”)(['·:– \n\t\u3000", "Dr.", "U.S.", "[3]", ":12", "The", "No."]), max_size=30
)


def sentences(text):
    return [text[start:end] for start, end in sentence_breaks(text)]


@given(text=st.text(max_size=60) | PIECES.map("".join))
def test_sentences_stand_in_order_and_leave_out_nothing_but_space(text):
    breaks = sentence_breaks(text)
    edges = [0, *(offset for span in breaks for offset in span), len(text)]
    assert edges == sorted(edges)
    assert not "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)).strip()
    assert all(sentence and sentence == sentence.strip() for sentence in sentences(text))


@given(st.lists(st.sampled_from(["It rains.", "Who came?", "Ada left!", '"So be it."', "(Nobody knew.)"]), max_size=8))
def test_plain_sentences_are_separated(said):
    assert sentences(" ".join(said)) == said


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Ada and Mrs. Kim met St. John.",
        "J. R. Brown of the U.S. Army, Maj. Gen. Smith among them, came.",
        "It cost 3.5 million, i.e. Berlin paid.",
        "The symphony No. 5, Op. 67, lasts 30 min. or so.",
        "Kim (c. 1455–1536, r. 1500) and Jan. 5, 1500.",
        "She asked “why?” and left... but came back.",
        "Brown v. Board et al. 1954 is known.",
        "the end of a text without a stop",
    ],
)
def test_a_stop_inside_a_sentence_ends_none(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "What?!| Nobody knew.",
        "He said “no.”| She left.",
        'He said "no."| Ada left.',
        "He moved to the U.S.| In 1990 he came back.",
        "It weighs 3 kg.| They carry it.",
        "He came at 5 p.m.| The shop was closed.",
        "It is so.[3][citation needed]| It was not.",
        "It is so.:212–219| It was not.",
        "(It was late.)| 1990 was better.",
        "One.\n\n|Two.",
        "So… |That was it.",
        "Ever older. ...| The rest is told.",
        "Zürich.| Übung follows.",
    ],
)
def test_sentences_end(text):
    assert sentences(text.replace("|", "")) == [each.strip() for each in text.split("|")]


def test_a_text_without_words_has_no_sentence():
    assert sentence_breaks("") == sentence_breaks(" \n ") == []


@pytest.mark.parametrize("text", ["." * 50_000, "a." * 50_000, ". " * 50_000, "." + "])" * 50_000, ". " + '"' * 50_000])
def test_odd_texts_take_no_more_than_their_share(text):
    """A pattern that backtracks would not come to an end."""
    assert len(sentence_breaks(text)) == 1


@pytest.mark.shared
def test_breaks_are_nearly_those_of_xquad_r(shared_data):
    document = json.loads((shared_data / "lareqa/xquad-r/en.json").read_text("utf-8"))
    ours, theirs = set(), set()
    answers = same = 0
    for paragraph in (part for article in document["data"] for part in article["paragraphs"]):
        context, official = paragraph["context"], paragraph["sentence_breaks"]
        result = sentence_breaks(context)
        ours |= {(context, end) for _, end in result[:-1]}
        theirs |= {(context, end) for _, end in official[:-1]}
        for question in paragraph["qas"]:
            at = question["answers"][0]["answer_start"]
            answers += 1
            same += len({context[start:end].strip() for start, end in (*result, *official) if start <= at < end}) == 1
    precision, recall = len(ours & theirs) / len(ours), len(ours & theirs) / len(theirs)
    assert precision > 0.99
    assert recall > 0.98
    assert (answers, same >= 1175) == (1190, True)
