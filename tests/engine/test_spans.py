"""Windows over contexts, and answers read from logits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import KINDS, TEXT, tiny_tokenizer
from xharness import BadRequest
from xharness.engine.objectives import span_features
from xharness.engine.spans import EMPTY, MAX_ANSWER, N_BEST, Reader, Reading, Window, decode, or_nothing

WORDS = sorted({word for line in TEXT for word in line.split()})
spaces = st.sampled_from([" ", "  ", "\n", "\u00a0", "\u3000", " \t "])
odd = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
words = st.one_of(st.sampled_from(WORDS), st.sampled_from(TEXT), odd)


@st.composite
def contexts(draw):
    parts = draw(st.lists(st.tuples(words, spaces), min_size=1, max_size=30))
    return "".join(word + space for word, space in parts)


@st.composite
def answered(draw):
    context = draw(contexts())
    start = draw(st.integers(0, len(context) - 1))
    end = draw(st.integers(start + 1, min(len(context), start + 40)))
    return context, start, end


@pytest.mark.parametrize("kind", KINDS)
@given(case=answered(), question=words, max_length=st.integers(40, 120), stride=st.integers(8, 40))
@settings(max_examples=80, deadline=None)
def test_logits_at_the_answer_give_the_answer_back(kind, case, question, max_length, stride):
    context, start, end = case
    reader = Reader(tiny_tokenizer(kind), max_length, stride)
    row = {"question": question, "context": context, "answers": [{"text": context[start:end], "start": start}]}
    reading = reader.read([question], [context])[0]
    tokens = reading.tokens(start, end)
    if tokens is None or not reading.text(*tokens):
        return
    covered = [int(reading.offsets[tokens[0], 0]), int(reading.offsets[tokens[1], 1])]
    # Whole tokens are given back: never less than the answer, save what the tokenizer drops.
    kept = {place for a, b in reading.offsets for place in range(a, b)}
    assert kept.intersection(range(start, end)) <= set(range(*covered))
    features = span_features(reader, [row])
    assert len(features) == len(reading.windows)
    logits = [np.zeros((len(feature.ids), 2), np.float32) for feature in features]
    for array, feature in zip(logits, features, strict=True):
        if tuple(feature.target) != (0, 0):
            array[feature.target[0], 0] = array[feature.target[1], 1] = 10
    answer, score = decode([reading], [logits])[0]
    owner = reading.windows[reading.owner[tokens[0]]]
    found = tokens[1] < owner.begin + owner.length and tokens[1] - tokens[0] < MAX_ANSWER
    if found:
        assert (answer, score) == (reading.text(*tokens), 20.0)
    else:
        assert score < 20.0


def official(readings, logits):
    """The selection of squad_metrics.compute_predictions_logits, written as plain loops."""
    answers = []
    for reading, arrays in zip(readings, logits, strict=True):
        best = None
        for number, (window, array) in enumerate(zip(reading.windows, arrays, strict=True)):

            def top(column, array=array):
                order = sorted(enumerate(array[:, column].tolist()), key=lambda pair: pair[1], reverse=True)
                return [index for index, _ in order[:N_BEST]]

            for first in top(0):
                for last in top(1):
                    inside = range(window.first, window.first + window.length)
                    if first not in inside or last not in inside or last < first or last - first + 1 > MAX_ANSWER:
                        continue
                    token = first - window.first + window.begin
                    scores = []
                    for other in reading.windows:
                        if other.begin <= token < other.begin + other.length:
                            left, right = token - other.begin, other.begin + other.length - 1 - token
                            scores.append(min(left, right) + 0.01 * other.length)
                        else:
                            scores.append(-1.0)
                    text = reading.text(token, last - window.first + window.begin)
                    if scores.index(max(scores)) != number or not text:
                        continue
                    score = float(array[first, 0]) + float(array[last, 1])
                    if best is None or score > best[1]:
                        best = (text, score)
        answers.append(best or ("empty", 0.0))
    return answers


@pytest.mark.parametrize("kind", KINDS)
def test_decoding_agrees_with_plain_loops_on_random_logits(kind):
    rng = np.random.default_rng(7)
    reader = Reader(tiny_tokenizer(kind), 64, 24)
    contexts = ["\n".join(rng.permutation(TEXT)[: 1 + number % 6]) for number in range(24)]
    readings = reader.read(["Who was it?"] * len(contexts), contexts)
    assert max(len(reading.windows) for reading in readings) > 4
    # Few distinct values, so that ties are common.
    logits = [
        [rng.integers(-3, 6, (len(window.ids), 2)).astype(np.float32) for window in reading.windows]
        for reading in readings
    ]
    assert decode(readings, logits) == official(readings, logits)


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_window_is_what_the_tokenizer_makes_of_the_pair(kind):
    tokenizer = tiny_tokenizer(kind)
    for question, context in pairwise(TEXT):
        window = Reader(tokenizer, 512, 128).read([question], [context])[0].windows[0]
        cut = tokenizer(question, add_special_tokens=False)["input_ids"]
        if len(cut) > 64:
            assert window.ids[1:65] == cut[:64]
            continue
        whole = tokenizer(question, context)
        assert window.ids == whole["input_ids"]
        assert window.type_ids == whole.get("token_type_ids")
        assert whole.sequence_ids(0).index(1) == window.first


def test_windows_cover_the_context_and_begin_a_stride_apart():
    reader = Reader(tiny_tokenizer("xlmr"), 100, 32)
    reading = reader.read(["Who?"], [" ".join(TEXT)])[0]
    assert [window.begin for window in reading.windows] == [32 * n for n in range(len(reading.windows))]
    assert all(len(window.ids) == 100 for window in reading.windows[:-1])
    last = reading.windows[-1]
    assert last.begin + last.length == len(reading.offsets)
    assert reading.windows[-2].begin + reading.windows[-2].length < len(reading.offsets)


def test_nothing_valid_is_the_word_empty():
    reader = Reader(tiny_tokenizer("bert"), 64, 16)
    readings = reader.read(["Who?", "Who?"], ["", "A b"])
    assert readings[0].windows == []
    backwards = np.zeros((len(readings[1].windows[0].ids), 2), np.float32)
    backwards[: readings[1].windows[0].first] = 50
    answers = decode(readings, [[], [backwards]])
    assert answers[0] == ("empty", 0.0)
    assert answers[1][0] != "empty"
    assert decode(readings[:1], [[]]) == [("empty", 0.0)]


def test_training_windows_without_the_answer_point_to_the_first_token():
    reader = Reader(tiny_tokenizer("xlmr"), 64, 16)
    context = " ".join(TEXT[:6])
    row = {"question": "Where?", "context": context, "answers": [{"text": "Lisbon", "start": context.index("Lisbon")}]}
    targets = [tuple(feature.target) for feature in span_features(reader, [row])]
    assert (0, 0) in targets
    assert any(target != (0, 0) for target in targets)


@pytest.mark.parametrize(
    ("answers", "features"),
    [
        ([{"text": "Lisbon", "start": -1}], True),
        ([{"text": "Lisbon", "start": 3}], True),
        ([{"text": "Porto", "start": 3}], False),
        ([{"text": "", "start": 0}], False),
        ([], False),
    ],
)
def test_answers_are_found_by_their_text_or_left_out(answers, features):
    reader = Reader(tiny_tokenizer("bert"), 128, 32)
    row = {"question": "Where?", "context": TEXT[1], "answers": answers}
    assert bool(span_features(reader, [row])) is features


@pytest.mark.parametrize(("answers", "unanswerable", "features"), [
    ([], True, True), ([], False, False), ([{"text": "Porto", "start": 3}], True, False),
])  # fmt: skip
def test_a_question_without_an_answer_points_to_the_first_token_of_every_window(answers, unanswerable, features):
    reader = Reader(tiny_tokenizer("xlmr"), 64, 16)
    row = {"question": "Where?", "context": " ".join(TEXT[:6]), "answers": answers}
    found = span_features(reader, [row], unanswerable)
    assert bool(found) is features
    assert {tuple(feature.target) for feature in found} <= {(0, 0)}
    assert not found or len(found) == len(reader.read(["Where?"], [row["context"]])[0].windows) > 1


def test_the_empty_text_is_the_answer_where_the_first_token_wins_in_every_window():
    first = [np.array([[1, 1], [9, 9]]), np.array([[3, 4], [0, 0]])]
    answers = [("Lisbon", 1.5), ("Lisbon", 2.0), ("Lisbon", 8.0), (EMPTY, 0.0), (EMPTY, 0.0)]
    found = or_nothing(answers, [first, first, first[:1], first, []])
    assert found == [("", 2.0), ("Lisbon", 2.0), ("Lisbon", 8.0), ("", 2.0), ("", 0.0)]


def test_no_room_is_refused():
    with pytest.raises(BadRequest, match="no room for the context"):
        Reader(tiny_tokenizer("xlmr"), 5, 128)


def test_a_long_context_takes_memory_in_proportion_to_its_length():
    import tracemalloc

    tokens = 100_000
    windows = [Window([], None, 0, begin, min(300, tokens - begin)) for begin in range(0, tokens, 128)]
    reading = Reading("", np.zeros((tokens, 2), np.int64), windows)
    tracemalloc.start()
    owner = reading.owner
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * 8 * tokens
    for token in (0, 127, 213, 214, 50_000, 99_999):
        inside = [
            (min(token - w.begin, w.begin + w.length - 1 - token) + 0.01 * w.length, -n)
            for n, w in enumerate(windows)
            if w.begin <= token < w.begin + w.length
        ]
        assert owner[token] == -max(inside)[1]
