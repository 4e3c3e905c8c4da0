"""Each choice gets one logit, as in transformers; the softmax is over the choices of its own example."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from tests.models import KINDS, TEXT, tiny_checkpoint, tiny_tokenizer
from xharness import StageError
from xharness.engine.batches import token_budget_batches
from xharness.engine.inference import Sequence
from xharness.engine.multiple_choice import choice_loss, choice_objective, choice_sequences


def asked(*sizes):
    """Return examples with so many choices each, of many lengths, the right one anywhere."""
    return [
        {
            "context": TEXT[number],
            "choices": [TEXT[(number + 3 * place) % len(TEXT)][: 9 * place + 12] for place in range(size)],
            "label": number % size,
        }
        for number, size in enumerate(sizes)
    ]


def plain_pairs(tokenizer):
    """Encode as transformers does, apart from the product's own code."""

    def encode(texts, pairs):
        encoded = [tokenizer(text, pair) for text, pair in zip(texts, pairs, strict=True)]
        return [Sequence(each["input_ids"], each.get("token_type_ids")) for each in encoded]

    return encode


@pytest.fixture(scope="module", params=KINDS)
def chooser(request, tmp_path_factory):
    """A model with a head, without dropout, and its tokenizer."""
    from transformers import AutoModelForMultipleChoice

    from xharness.engine.checkpoints import quiet

    path = tiny_checkpoint(tmp_path_factory.mktemp("chooser"), request.param, hidden=32)
    with quiet():
        model = AutoModelForMultipleChoice.from_pretrained(path).eval()
    torch.manual_seed(3)
    torch.nn.init.normal_(model.classifier.weight, std=1.0)
    return model, tiny_tokenizer(request.param)


def together(model, tokenizer, rows):
    """Run transformers' model as its own training does: (examples, choices, tokens), all with as many choices."""
    pairs = [(row["context"], choice) for row in rows for choice in row["choices"]]
    encoded = tokenizer(*map(list, zip(*pairs, strict=True)), padding=True, return_tensors="pt")
    inputs = {name: value.view(len(rows), -1, value.shape[-1]) for name, value in encoded.items()}
    return model(**inputs, labels=torch.tensor([row["label"] for row in rows])).loss


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return {name: value.grad for name, value in model.named_parameters() if value.grad is not None}


def objective(tokenizer, rows):
    return choice_objective("x", plain_pairs(tokenizer), rows, tokenizer.pad_token_id)


def test_loss_and_gradients_are_those_of_transformers(chooser):
    model, tokenizer = chooser
    rows = asked(3, 3, 3, 3, 3)
    loss, count = choice_loss(model, objective(tokenizer, rows).batch(np.arange(5)))
    assert count == 5
    wanted = together(model, tokenizer, rows)
    torch.testing.assert_close(loss / count, wanted)
    found, wanted = gradients(model, loss / count), gradients(model, wanted)
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value, atol=1e-5, rtol=1e-4, msg=name)


def test_examples_of_many_sizes_share_a_batch(chooser):
    model, tokenizer = chooser
    rows = asked(2, 5, 3, 1, 2)
    loss, count = choice_loss(model, objective(tokenizer, rows).batch(np.array([4, 0, 1, 2, 3])))
    assert count == 5
    torch.testing.assert_close(loss, sum(together(model, tokenizer, [row]) for row in rows))


def test_a_step_may_be_cut_anywhere_without_changing_its_gradient(chooser):
    model, tokenizer = chooser
    made = objective(tokenizer, asked(2, 3, 2, 4, 3, 2))
    whole = gradients(model, made.loss(model, made.batch(np.arange(6)))[0])
    losses = [made.loss(model, made.batch(np.array(part))) for part in ([4], [5, 1, 0], [2, 3])]
    assert sum(count for _, count in losses) == 6
    cut = gradients(model, sum(loss for loss, _ in losses))
    for name, value in whole.items():
        torch.testing.assert_close(cut[name], value, atol=1e-4, rtol=1e-4, msg=name)


def lengths(rows):
    """Encode texts of so many letters as so many ids."""
    return choice_objective("x", lambda texts, pairs: [Sequence([7] * len(pair), None) for pair in pairs], rows, 0)


@given(
    st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=6), min_size=1, max_size=12),
    st.integers(1, 300),
)
def test_a_batch_holds_the_budget_whatever_its_examples_mix(sizes, budget):
    rows = [{"context": "", "choices": ["x" * size for size in row], "label": 0} for row in sizes]
    made = lengths(rows)
    seen = []
    for part in token_budget_batches(made.lengths, budget):
        batch = made.batch(part)
        assert len(part) == 1 or batch["input_ids"].numel() <= budget
        assert batch["sizes"].tolist() == [len(sizes[index]) for index in part]
        assert int(batch["attention_mask"].sum()) == sum(sum(sizes[index]) for index in part)
        seen += part.tolist()
    assert sorted(seen) == list(range(len(rows)))


@given(st.lists(st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=6), min_size=1, max_size=9), st.randoms())
def test_a_choice_vies_with_those_of_its_own_example_alone(logits, random):
    targets = [random.randrange(len(row)) for row in logits]
    flat = torch.tensor([each for row in logits for each in row])
    batch = {
        "input_ids": torch.arange(len(flat))[:, None],
        "targets": torch.tensor(targets),
        "sizes": torch.tensor([len(row) for row in logits]),
    }
    loss, count = choice_loss(lambda input_ids: SimpleNamespace(logits=flat[input_ids[:, 0, 0], None]), batch)
    wanted = sum(
        cross_entropy(torch.tensor(row), torch.tensor(each)) for row, each in zip(logits, targets, strict=True)
    )
    assert count == len(logits)
    torch.testing.assert_close(loss, wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("label", [None, 2, -1, "0"])
def test_a_label_that_is_not_the_index_of_a_choice_is_an_error(label):
    rows = [*asked(3), {"context": "a", "choices": ["b", "c"], "label": label}]
    with pytest.raises(StageError, match=f"training example 2 has label {label!r}; expected .* one of its 2 choices"):
        lengths(rows)


def test_an_example_without_choices_is_an_error():
    rows = [*asked(3), {"context": "What then?", "choices": [], "label": None}]
    with pytest.raises(StageError, match=r"an example has no choices; its context is 'What then\?'"):
        choice_sequences(lambda texts, pairs: [Sequence([1], None)] * len(texts), rows)
