"""Targets stand where the model's outputs are read, and losses are those of torch and of transformers."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.models import KINDS, TEXT, tiny_checkpoint, tiny_tokenizer
from xharness import StageError
from xharness.engine import objectives
from xharness.engine.alignment import WordEncoder
from xharness.engine.objectives import IGNORED, Feature, objective
from xharness.engine.spans import Reader

TAGS = ("LONG", "SHORT", "TITLE")
LABEL_INDEX = {tag: place for place, tag in enumerate(TAGS)}
ANSWERS = ((0, "the fishermen"), (1, "Lisbon"), (3, "um sechs Uhr"), (6, "karibu na mto"))


def tag(word):
    return "TITLE" if word[0].isupper() else "SHORT" if len(word) < 5 else "LONG"


def tagged(lines):
    return [{"tokens": line.split(), "tags": [tag(word) for word in line.split()]} for line in lines]


def asked():
    rows = []
    for line, answer in ANSWERS:
        context = " ".join(TEXT[line : line + 2])
        rows.append({"question": TEXT[2][:40], "context": context, "answers": [{"text": answer, "start": -1}]})
    return rows


def plain_texts(tokenizer):
    """Encode as transformers does, apart from the product's own code."""

    def encode(texts, pairs):
        found = []
        for text, pair in zip(texts, pairs, strict=True):
            encoded = tokenizer(text, pair) if pair is not None else tokenizer(text)
            found.append((encoded["input_ids"], encoded.get("token_type_ids")))
        return found

    return encode


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {kind: tiny_checkpoint(folder / kind, kind, hidden=32) for kind in KINDS}


def head(path, auto, **more):
    import transformers

    from xharness.engine.checkpoints import quiet

    torch.manual_seed(3)
    with quiet():
        model = getattr(transformers, auto).from_pretrained(path, **more).eval()
    for name, parameter in model.named_parameters():
        if name.startswith(("classifier", "qa_outputs")):
            torch.nn.init.normal_(parameter, std=1.0)
    return model


def feature(ids, target, types=None):
    return Feature(np.array(ids), None if types is None else np.array(types), np.array(target))


def every(made):
    return made.batch(np.arange(len(made.lengths)))


def test_a_batch_is_padded_to_its_longest_example():
    made = objective("x", [feature([5, 6, 7], [1, IGNORED, 2]), feature([8], [0])], 9, objectives.tag_loss)
    assert made.lengths.tolist() == [3, 1]
    batch = every(made)
    assert {name: each.tolist() for name, each in batch.items()} == {
        "input_ids": [[5, 6, 7], [8, 9, 9]],
        "attention_mask": [[1, 1, 1], [1, 0, 0]],
        "targets": [[1, IGNORED, 2], [0, IGNORED, IGNORED]],
    }
    assert {each.dtype for each in batch.values()} == {torch.int64}


def test_a_batch_holds_the_examples_asked_for_in_order():
    made = objective("x", [feature([number] * number, [number]) for number in (1, 2, 3)], 0, objectives.class_loss)
    batch = made.batch(np.array([1, 0]))
    assert batch["input_ids"].tolist() == [[2, 2], [1, 0]]
    assert batch["targets"].tolist() == [[2], [1]]


def test_token_types_are_padded_with_zeros():
    made = objective("x", [feature([5, 6], [0], [0, 1]), feature([7], [1], [1])], 3, objectives.class_loss)
    assert every(made)["token_type_ids"].tolist() == [[0, 1], [1, 0]]


def test_classes_are_indices_of_labels():
    rows = [{"text": line, "text_pair": None, "label": tag(line)} for line in TEXT[:5]]
    tokenizer = tiny_tokenizer("bert")
    found = objectives.class_features(plain_texts(tokenizer), rows, LABEL_INDEX)
    assert [each.target.tolist() for each in found] == [[LABEL_INDEX[tag(line)]] for line in TEXT[:5]]
    assert [each.ids.tolist() for each in found] == [tokenizer(line)["input_ids"] for line in TEXT[:5]]


def test_pairs_are_read_as_pairs():
    tokenizer = tiny_tokenizer("bert")
    rows = [{"text": TEXT[0], "text_pair": TEXT[1], "label": "SHORT"}, {"text": TEXT[2], "label": "LONG"}]
    pair, alone = objectives.class_features(plain_texts(tokenizer), rows, LABEL_INDEX)
    assert pair.type_ids.tolist() == tokenizer(TEXT[0], TEXT[1])["token_type_ids"]
    assert 1 in pair.type_ids and 1 not in alone.type_ids


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_has_its_tag_at_its_first_token(kind):
    tokenizer = tiny_tokenizer(kind)
    rows = tagged(TEXT)
    found = objectives.tag_features(WordEncoder(tokenizer, 512), rows, LABEL_INDEX)
    for row, each in zip(rows, found, strict=True):
        whole = tokenizer(row["tokens"], is_split_into_words=True)
        owners = whole.word_ids(0)
        wanted = [
            IGNORED if owner is None or owner == before else LABEL_INDEX[row["tags"][owner]]
            for owner, before in zip(owners, [None, *owners], strict=False)
        ]
        assert each.ids.tolist() == whole["input_ids"]
        assert each.target.tolist() == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_long_sentences_are_cut_and_every_tag_is_kept(kind):
    tokens = [word for line in TEXT for word in line.split()]
    tags = [TAGS[number % 3] for number in range(len(tokens))]
    encoder = WordEncoder(tiny_tokenizer(kind), 24)
    found = objectives.tag_features(encoder, [{"tokens": tokens, "tags": tags}], LABEL_INDEX)
    assert len(found) > 10
    assert max(len(each.ids) for each in found) <= 24
    kept = [place for each in found for place in each.target.tolist() if place != IGNORED]
    assert kept == [LABEL_INDEX[each] for each in tags]


@pytest.mark.parametrize(("tags", "message"), [([], "3 words but 0 tags"), (["LONG", "LONG", "O"], "'O'")])
def test_words_without_a_known_tag_are_an_error(tags, message):
    rows = [*tagged(TEXT[:1]), {"tokens": ["a", "b", "c"], "tags": tags}]
    with pytest.raises(StageError, match=f"training example 2.*{message}"):
        objectives.tag_features(WordEncoder(tiny_tokenizer("bert"), 64), rows, LABEL_INDEX)


@pytest.mark.parametrize("label", [None, "O"])
def test_a_text_without_a_known_class_is_an_error(label):
    rows = [{"text": TEXT[0], "label": "LONG"}, {"text": TEXT[1], "label": label}]
    with pytest.raises(StageError, match=f"training example 2.*{label!r}"):
        objectives.class_features(plain_texts(tiny_tokenizer("bert")), rows, LABEL_INDEX)


@pytest.mark.parametrize("kind", KINDS)
def test_a_span_is_the_answer_and_its_window_may_lack_it(kind):
    tokenizer = tiny_tokenizer(kind)
    row = asked()[1]
    row = {**row, "context": " ".join(TEXT[:6])}
    found = objectives.span_features(Reader(tokenizer, 96, 32), [row])
    with_answer = [each for each in found if each.target.any()]
    assert with_answer and len(with_answer) < len(found)
    for each in with_answer:
        first, last = each.target
        text = tokenizer.decode(each.ids[first : last + 1]).casefold()
        assert re.sub(r"[\W▁]", "", text) == "lisbon"


def test_class_loss_is_that_of_transformers(checkpoints):
    model = head(checkpoints["bert"], "AutoModelForSequenceClassification", num_labels=3)
    tokenizer = tiny_tokenizer("bert")
    pairs = [("TITLE", 0, 1), ("SHORT", 2, 3), ("LONG", 4, 5), ("LONG", 19, 0)]
    rows = [{"text": TEXT[one], "text_pair": TEXT[two], "label": label} for label, one, two in pairs]
    features = objectives.class_features(plain_texts(tokenizer), rows, LABEL_INDEX)
    loss, count = objectives.class_loss(model, every(objective("x", features, tokenizer.pad_token_id, None)))
    plain = tokenizer([TEXT[one] for _, one, _ in pairs], [TEXT[two] for _, _, two in pairs], padding=True)
    labels = torch.tensor([LABEL_INDEX[label] for label, _, _ in pairs])
    output = model(**{name: torch.tensor(value) for name, value in plain.items()}, labels=labels)
    assert count == 4
    torch.testing.assert_close(loss / count, output.loss)
    torch.testing.assert_close(loss / count, cross_entropy(output.logits, labels))


@pytest.mark.parametrize("kind", KINDS)
def test_tag_loss_is_that_of_transformers(checkpoints, kind):
    model = head(checkpoints[kind], "AutoModelForTokenClassification", num_labels=3)
    tokenizer = tiny_tokenizer(kind)
    rows = tagged(TEXT[:8])
    features = objectives.tag_features(WordEncoder(tokenizer, 512), rows, LABEL_INDEX)
    loss, count = objectives.tag_loss(model, every(objective("x", features, tokenizer.pad_token_id, None)))
    plain = tokenizer([row["tokens"] for row in rows], is_split_into_words=True, padding=True, return_tensors="pt")
    labels = torch.full(plain["input_ids"].shape, -100)
    for number, row in enumerate(rows):
        owners = plain.word_ids(number)
        for word, name in enumerate(row["tags"]):
            labels[number, owners.index(word)] = LABEL_INDEX[name]
    output = model(**plain, labels=labels)
    assert count == sum(len(row["tags"]) for row in rows)
    torch.testing.assert_close(loss / count, output.loss)
    torch.testing.assert_close(loss / count, cross_entropy(output.logits.transpose(1, 2), labels))


@pytest.mark.parametrize("kind", KINDS)
def test_span_loss_is_that_of_transformers(checkpoints, kind):
    model = head(checkpoints[kind], "AutoModelForQuestionAnswering")
    tokenizer = tiny_tokenizer(kind)
    rows = asked()
    features = objectives.span_features(Reader(tokenizer, 512, 128), rows)
    loss, count = objectives.span_loss(model, every(objective("x", features, tokenizer.pad_token_id, None)))
    plain = tokenizer(
        [row["question"] for row in rows], [row["context"] for row in rows], padding=True, return_tensors="pt"
    )
    starts, ends = [], []
    for number, row in enumerate(rows):
        begin = row["context"].index(row["answers"][0]["text"])
        end = begin + len(row["answers"][0]["text"])
        starts.append(plain.char_to_token(number, begin, sequence_index=1))
        ends.append(plain.char_to_token(number, end - 1, sequence_index=1))
    output = model(**plain, start_positions=torch.tensor(starts), end_positions=torch.tensor(ends))
    assert count == len(rows)
    torch.testing.assert_close(loss / count, output.loss)
    start = cross_entropy(output.start_logits, torch.tensor(starts))
    end = cross_entropy(output.end_logits, torch.tensor(ends))
    torch.testing.assert_close(loss / count, (start + end) / 2)


def test_losses_add_up_over_any_cut_of_a_batch(checkpoints):
    model = head(checkpoints["xlmr"], "AutoModelForTokenClassification", num_labels=3)
    tokenizer = tiny_tokenizer("xlmr")
    features = objectives.tag_features(WordEncoder(tokenizer, 512), tagged(TEXT[:9]), LABEL_INDEX)
    made = objective("x", features, tokenizer.pad_token_id, objectives.tag_loss)
    whole, count = made.loss(model, every(made))
    parts = [made.loss(model, made.batch(np.array(part))) for part in ([4], [8, 1, 0], [2, 3, 5, 6, 7])]
    torch.testing.assert_close(sum(loss for loss, _ in parts), whole)
    assert sum(each for _, each in parts) == count
