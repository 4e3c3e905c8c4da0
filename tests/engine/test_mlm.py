"""Masking: how much is hidden and how, the loss of a plain model on the same masks, and perplexity."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.trainings import same, weights, workplace
from tests.models import KINDS, TEXT, tiny_checkpoint, tiny_tokenizer
from xharness import StageError
from xharness.engine.checkpoints import quiet
from xharness.engine.mlm import Vocabulary, fixed, mask_loss, mask_objective, masked, perplexity
from xharness.engine.objectives import IGNORED, feature
from xharness.engine.training import Schedule, train

MORE = ("distilbert", "modernbert", "deberta-v2", "albert", "electra")
"""Architectures whose heads are built in other ways; weights of none, made here."""
SMALL = Vocabulary(mask=4, pad=1, size=500, special=(0, 1, 2, 3, 4))
ROWS = st.lists(st.lists(st.integers(0, 499), min_size=1, max_size=30), min_size=1, max_size=8)


def vocabulary(tokenizer):
    ids = tokenizer.mask_token_id, tokenizer.pad_token_id, len(tokenizer), tuple(tokenizer.all_special_ids)
    return Vocabulary(*ids)


def objective(kind, lines=TEXT):
    tokenizer = tiny_tokenizer(kind)
    encoded = tokenizer(list(lines), truncation=True, max_length=40)
    types = encoded.get("token_type_ids") or [None] * len(lines)
    features = [feature(ids, kinds, []) for ids, kinds in zip(encoded["input_ids"], types, strict=True)]
    return mask_objective("texts", features, vocabulary(tokenizer))


def filler(path):
    from transformers import AutoModelForMaskedLM

    with quiet():
        return AutoModelForMaskedLM.from_pretrained(path)


def other(name):
    """Return a tiny model of an architecture that has no tiny checkpoint here, for the pieces of XLM-R's tokenizer."""
    from transformers import AutoConfig, AutoModelForMaskedLM

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    if name == "distilbert":
        sizes = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}
    tokenizer = tiny_tokenizer("xlmr")
    special = {"pad_token_id": tokenizer.pad_token_id, "bos_token_id": 0, "cls_token_id": 0, "eos_token_id": 2}
    config = AutoConfig.for_model(name, vocab_size=len(tokenizer), **sizes, **special)
    config.sep_token_id = 2
    torch.manual_seed(3)
    return AutoModelForMaskedLM.from_config(config)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("masking")
    return {kind: tiny_checkpoint(folder / kind, kind, hidden=32) for kind in KINDS}


@given(ROWS, st.integers(0, 99))
def test_what_is_hidden_are_pieces_of_the_text_at_least_one_of_each(rows, seed):
    longest = max(map(len, rows))
    ids = torch.tensor([row + [SMALL.pad] * (longest - len(row)) for row in rows])
    torch.manual_seed(seed)
    hidden, targets = masked(ids, SMALL)
    selected = targets != IGNORED
    assert torch.equal(targets[selected], ids[selected])
    assert torch.equal(hidden[~selected], ids[~selected])
    special = torch.isin(ids, torch.tensor(SMALL.special))
    assert not (selected & special).any()
    assert torch.equal(selected.any(dim=1), (~special).any(dim=1))


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_rates_are_those_of_the_paper(seed):
    torch.manual_seed(seed)
    ids = torch.randint(10, 500, (400, 250))
    hidden, targets = masked(ids, SMALL)
    selected = targets != IGNORED
    count = int(selected.sum())

    def near(found, share, of):
        assert abs(found / of - share) < 5 * math.sqrt(share * (1 - share) / of)

    near(count, 0.15, ids.numel())
    near(int((hidden[selected] == SMALL.mask).sum()), 0.8, count)
    # One in five hundred of the other pieces is the piece itself, or the mask.
    near(int((hidden[selected] == ids[selected]).sum()), 0.1, count)
    changed = hidden[selected & (hidden != ids) & (hidden != SMALL.mask)]
    near(len(changed), 0.1, count)
    near(int((changed < 250).sum()), 0.5, len(changed))


def test_masks_are_drawn_anew_for_each_batch_by_the_generator_of_torch():
    made, rows = objective("roberta"), np.arange(5)
    torch.manual_seed(1)
    first, second = made.batch(rows), made.batch(rows)
    torch.manual_seed(1)
    assert not torch.equal(first["input_ids"], second["input_ids"])
    assert torch.equal(first["input_ids"], made.batch(rows)["input_ids"])


def by_hand(model, batch):
    """The loss of transformers' own model, with the labels that it takes: the mean over the selected pieces."""
    given = {name: value for name, value in batch.items() if name != "targets"}
    with torch.inference_mode():
        return model(**given, labels=batch["targets"]).loss


@pytest.mark.parametrize("kind", [*KINDS, *MORE])
def test_the_loss_is_that_of_transformers(plain, kind):
    model = (other(kind) if kind in MORE else filler(plain[kind])).eval()
    (batch,) = fixed(objective("xlmr" if kind in MORE else kind), seed=5, budget=100_000)
    with torch.inference_mode():
        loss, count = mask_loss(model, batch)
    assert count == int((batch["targets"] != IGNORED).sum()) > len(TEXT)
    torch.testing.assert_close(loss / count, by_hand(model, batch), rtol=1e-5, atol=1e-6)


def test_the_gradient_is_that_of_transformers(plain):
    ours, theirs = (filler(plain["xlmr"]).eval() for _ in range(2))
    (batch,) = fixed(objective("xlmr"), seed=5, budget=100_000)
    loss, count = mask_loss(ours, batch)
    (loss / count).backward()
    given = {name: value for name, value in batch.items() if name != "targets"}
    theirs(**given, labels=batch["targets"]).loss.backward()
    for (name, one), (_, two) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad, rtol=1e-3, atol=1e-6, msg=name)


def test_perplexity_is_that_of_the_mean_loss_over_all_pieces(plain):
    model, batches = filler(plain["bert"]).train(), fixed(objective("bert"), seed=2, budget=200)
    assert len(batches) > 3
    found = perplexity(model, batches, torch.device("cpu"), torch.float32)
    assert model.training
    model.eval()
    counts = [int((batch["targets"] != IGNORED).sum()) for batch in batches]
    losses = [float(by_hand(model, batch)) * count for batch, count in zip(batches, counts, strict=True)]
    assert found == pytest.approx(math.exp(sum(losses) / sum(counts)), rel=1e-5)


def test_a_perplexity_that_is_no_number_is_an_error_that_names_the_layer(plain):
    model = filler(plain["xlmr"]).eval()
    with torch.no_grad():
        model.roberta.encoder.layer[1].output.dense.weight[3] = math.nan
    said = r"outputs hold NaN or infinite values \(layer roberta\.encoder\.layer\.1\.output\.dense, float32\)"
    with pytest.raises(StageError, match=said):
        perplexity(model, fixed(objective("xlmr"), seed=3, budget=256), torch.device("cpu"), torch.float32)


def test_fixed_masks_are_the_same_each_time_and_leave_the_generator_alone():
    torch.manual_seed(7)
    state, one, two = torch.get_rng_state(), fixed(objective("xlmr"), 1), fixed(objective("xlmr"), 1)
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(a["input_ids"], b["input_ids"]) for a, b in zip(one, two, strict=True))
    three = fixed(objective("xlmr"), 2)
    assert not all(torch.equal(a["input_ids"], b["input_ids"]) for a, b in zip(one, three, strict=True))


class Killed(Exception):
    pass


def test_a_training_that_was_killed_ends_with_the_same_bits(plain, tmp_path):
    schedule = Schedule(epochs=3, batch_size=4, learning_rate=1e-3, seed=3)

    def run(scratch, report):
        scratch.mkdir(exist_ok=True)
        model = filler(plain["roberta"])
        train(model, [objective("roberta")], schedule, workplace(scratch, report=report))
        return weights(model)

    def kill(state):
        raise Killed

    whole = run(tmp_path / "whole", lambda state: None)
    with pytest.raises(Killed):
        run(tmp_path / "killed", kill)
    assert same(run(tmp_path / "killed", lambda state: None), whole)


def test_objectives_may_have_a_share_of_the_steps(plain, tmp_path):
    seen = {"one": 0, "two": 0}

    def watched(name, share):
        made = objective("roberta")

        def loss(model, batch):
            seen[name] += 1
            return mask_loss(model, batch)

        return replace(made, loss=loss, share=share)

    schedule = Schedule(epochs=2, batch_size=3, learning_rate=1e-4)
    made = [watched("one", None), watched("two", 0.2)]
    progress = train(filler(plain["roberta"]), made, schedule, workplace(tmp_path, budget=100_000))
    assert seen == {"one": 16, "two": 4}
    assert progress.step == 20
