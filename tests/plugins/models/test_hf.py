"""Encoders with every capability: what they say is what transformers itself says, whatever is run beside it."""

from __future__ import annotations

import pytest
from safetensors.torch import load_file, save_file

from tests.models import KINDS, TEXT, returning_tuples, tiny_checkpoint
from tests.plugins.models.tiny import (
    AUTO,
    NAMES,
    OPTIONS,
    SCRIPT,
    WORDS,
    examples,
    load,
    many,
    official,
    outputs,
    predictions,
    with_head,
)
from xharness import BadRequest, StageError
from xharness_plugins.models.hf import HF

LAYERS = 4


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return {kind: tiny_checkpoint(folder / kind, kind, layers=LAYERS, hidden=32) for kind in KINDS}


@pytest.fixture(scope="module")
def heads(plain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads")
    return {
        (kind, capability): with_head(plain[kind], folder / f"{kind}-{capability}", capability)
        for kind in KINDS
        for capability in AUTO
    }


@pytest.mark.parametrize("capability", AUTO)
def test_predictions_come_in_order_whatever_they_are_batched_with(heads, capability):
    loaded = load(heads["bert", capability], capability)
    rows = many(capability)
    together = list(getattr(loaded, capability)(iter(rows)))
    assert len(together) == len(rows)
    for row, found in zip(rows, together, strict=True):
        alone = next(getattr(loaded, capability)([row]))
        if capability in ("classify", "choose"):
            assert found.pop("scores") == pytest.approx(alone.pop("scores"), abs=1e-5)
        if capability == "answer":
            assert found.pop("score") == pytest.approx(alone.pop("score"), abs=1e-5)
        assert found == alone


@pytest.mark.parametrize("capability", AUTO)
def test_a_config_that_asks_for_tuples_changes_nothing(heads, capability, tmp_path):
    folder = returning_tuples(heads["xlmr", capability], tmp_path / "tuples")
    rows = many(capability, 6)
    expected = predictions(load(heads["xlmr", capability], capability), capability, rows)
    assert predictions(load(folder, capability), capability, rows) == expected


@pytest.mark.parametrize("capability", AUTO)
def test_no_example_gives_no_prediction(heads, capability):
    assert predictions(load(heads["xlmr", capability], capability), capability, []) == []


@pytest.mark.parametrize("kind", KINDS)
def test_classes_are_those_of_transformers_by_the_names_of_the_head(heads, kind):
    model, tokenizer = official(heads[kind, "classify"], "classify")
    rows = many("classify", 40)
    found = list(load(heads[kind, "classify"], "classify").classify(rows))
    for row, each in zip(rows, found, strict=True):
        texts = (row["text"], row["text_pair"]) if row["text_pair"] else (row["text"],)
        probabilities = outputs(model, tokenizer(*texts, truncation=True, max_length=128)).logits[0].softmax(dim=-1)
        named = {NAMES["classify"][place].lower(): float(value) for place, value in enumerate(probabilities)}
        assert each["scores"] == pytest.approx([named[label] for label in SCRIPT.labels], abs=1e-5)
        assert each["prediction"] == max(named, key=named.get)


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_sentence_has_a_tag_a_word(heads, kind):
    model, tokenizer = official(heads[kind, "tag"], "tag")
    words = [word for line in TEXT[:18] for word in line.split()] * 2
    words = words[:400]
    (found,) = predictions(load(heads[kind, "tag"], "tag"), "tag", [{"tokens": words}])
    sizes = [len(tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"]) for word in words]
    room, pieces, held = 126 if kind == "bert" else 125, [[]], 0
    for word, size in zip(words, sizes, strict=True):
        if held + size > room:
            pieces.append([])
            held = 0
        pieces[-1].append(word)
        held += size
    wanted = []
    for piece in pieces:
        encoded = tokenizer(piece, is_split_into_words=True)
        best = outputs(model, encoded).logits[0].argmax(dim=-1).tolist()
        owners = encoded.word_ids(0)
        wanted += [NAMES["tag"][best[owners.index(number)]].upper() for number in range(len(piece))]
    assert len(pieces) > 4 and len(found) == 400
    assert found == wanted
    assert len(set(found)) > 1


def test_a_sentence_without_words_has_no_tag(heads):
    rows = [{"tokens": []}, {"tokens": ["a"]}, {"tokens": []}, {"tokens": ["b", "c"]}, {"tokens": []}]
    assert [len(tags) for tags in predictions(load(heads["xlmr", "tag"], "tag"), "tag", rows)] == [0, 1, 0, 2, 0]


def best_span(model, windows, context, stride):
    """The official choice: the 20 best starts and ends of a window, at most 30 tokens, where the context is widest."""
    spans = []  # of context tokens, one a window
    for number, (_, offsets) in enumerate(windows):
        spans.append((number * stride, number * stride + sum(each is not None for each in offsets)))
    found = (-1e9, "empty")
    for number, (encoding, offsets) in enumerate(windows):
        output = outputs(model, encoding)
        starts, ends = (
            values[0].argsort(descending=True, stable=True)[:20].tolist()
            for values in (output.start_logits, output.end_logits)
        )
        first = next(at for at, offset in enumerate(offsets) if offset is not None)
        for start in starts:
            if offsets[start] is None:
                continue
            token = number * stride + start - first
            widths = [
                min(token - begin, end - 1 - token) + 0.01 * (end - begin) if begin <= token < end else -1
                for begin, end in spans
            ]
            if widths.index(max(widths)) != number:
                continue
            for end in ends:
                if offsets[end] is None or not 0 <= end - start < 30:
                    continue
                score = float(output.start_logits[0, start] + output.end_logits[0, end])
                text = context[offsets[start][0] : offsets[end][1]].strip()
                if text and score > found[0]:
                    found = (score, text)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("lines", "max_length"), [(2, 384), (9, 96)])
def test_answers_are_those_of_transformers_and_the_official_choice(heads, kind, lines, max_length):
    model, tokenizer = official(heads[kind, "answer"], "answer")
    rows = [
        {"id": str(at), "question": "Who was that?", "context": " ".join(TEXT[at : at + lines])} for at in (0, 3, 8)
    ]
    loaded = load(heads[kind, "answer"], "answer", max_length=max_length)
    stride = loaded.describe()["stride"]
    for row, found in zip(rows, loaded.answer(rows), strict=True):
        special = tokenizer.num_special_tokens_to_add(pair=True)
        question = len(tokenizer("Who was that?", add_special_tokens=False)["input_ids"])
        overlap = max_length - special - question - stride
        encoded = tokenizer(
            row["question"], row["context"], truncation="only_second", max_length=max_length, stride=overlap,
            return_overflowing_tokens=True, return_offsets_mapping=True,
        )  # fmt: skip
        windows = []
        for number in range(len(encoded["input_ids"])):
            fields = {name: encoded[name][number] for name in tokenizer.model_input_names}
            owners = encoded.sequence_ids(number)
            offsets = zip(encoded["offset_mapping"][number], owners, strict=True)
            windows.append((fields, [offset if owner == 1 else None for offset, owner in offsets]))
        assert (len(windows) > 2) is (lines > 2)
        score, text = best_span(model, windows, row["context"], stride)
        assert (found["id"], found["prediction"]) == (row["id"], text)
        assert found["score"] == pytest.approx(score, abs=1e-4)


def test_a_question_about_nothing_has_the_answer_empty(heads):
    rows = [{"id": "1", "question": "Who?", "context": ""}, {"id": "2", "question": "Who?", "context": TEXT[0]}]
    found = list(load(heads["bert", "answer"], "answer").answer(rows))
    assert found[0] == {"id": "1", "prediction": "empty", "score": 0.0}
    assert found[1]["id"] == "2" and found[1]["prediction"] in TEXT[0]


@pytest.mark.parametrize(
    ("capability", "more"),
    [
        ("classify", {"max_length": 128}),
        ("choose", {"max_length": 128}),
        ("tag", {"max_length": 128}),
        ("answer", {"max_length": 128, "stride": 48}),
        ("embed", {"max_length": 512, "layer": 4, "layers": LAYERS, "pooling": "mean"}),
    ],
)
def test_a_model_describes_itself(heads, plain, capability, more):
    embed = capability == "embed"
    about = load(plain["xlmr"] if embed else heads["xlmr", capability], capability).describe()
    assert about == {
        "device": "cpu",
        "dtype": "float32",
        "architecture": f"XLMRobertaFor{'MaskedLM' if embed else AUTO[capability]}",
        "heads_dropped": ["lm_head"] if embed else [],
        "remote_code": False,
        **more,
    }


def test_max_length_holds_for_heads_too(heads):
    loaded = load(heads["xlmr", "tag"], "tag", max_length=20)
    assert loaded.describe()["max_length"] == 20
    rows = examples("tag")
    assert [len(tags) for tags in predictions(loaded, "tag", rows)] == [len(row["tokens"]) for row in rows]
    with pytest.raises(BadRequest, match="max_length 3 leaves no room"):
        load(heads["xlmr", "tag"], "tag", max_length=3)


def test_a_checkpoint_without_the_head_is_refused(plain, heads):
    message = "has no head for tags, which task 'words' needs; use a recipe that trains a head"
    for path in (plain["xlmr"], heads["xlmr", "classify"]):
        with pytest.raises(BadRequest, match=message):
            load(path, "tag")


def test_a_head_needs_a_task(heads):
    with pytest.raises(BadRequest, match="classify needs a task"):
        HF.load(heads["xlmr", "classify"], "classify", None, {}, OPTIONS)


@pytest.mark.parametrize(
    "names", [("latin", "eastern", "wrong"), ("latin", "other"), ("LABEL_0", "LABEL_1", "LABEL_2")]
)
def test_a_head_with_other_labels_is_refused(plain, tmp_path, names):
    path = with_head(plain["bert"], tmp_path, "classify", names)
    with pytest.raises(BadRequest, match=r"'script' \(latin, eastern, other\)"):
        load(path, "classify")


def test_tags_are_matched_by_name_too(plain, tmp_path):
    path = with_head(plain["bert"], tmp_path, "tag", ("LONG", "SHORT", "TITLE", "COMMA"))
    with pytest.raises(BadRequest, match=r"the head's labels .*COMMA.* are not those of task 'words'"):
        load(path, "tag", WORDS)


@pytest.mark.parametrize("capability", AUTO)
def test_weights_that_are_not_whole_are_refused(plain, tmp_path, capability):
    path = with_head(plain["xlmr"], tmp_path, capability)
    weights = load_file(path / "model.safetensors")
    weights.pop("roberta.encoder.layer.0.attention.self.query.weight")
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    for wanted in (capability, "embed"):
        with pytest.raises(StageError, match=r"weights missing from the files: .*query\.weight; the checkpoint is inc"):
            load(path, wanted)
