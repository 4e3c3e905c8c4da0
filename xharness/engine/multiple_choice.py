"""Multiple choice: every pair of context and choice is a sequence with one logit; an example's own logits vie.

So examples of two, three or five choices share batches and a head, as in the training of XTREME-R's XCOPA (3 choices,
then 2; Ruder et al. 2021, XTREME-R, EMNLP, https://aclanthology.org/2021.emnlp-main.802).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from xharness.engine.inference import Sequence
from xharness.engine.objectives import Feature, Objective, feature, padded
from xharness.errors import StageError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    Batch = Mapping[str, Tensor]
    Encode = Callable[[list[str], list[str | None]], list[Sequence]]


def choice_sequences(encode: Encode, rows: list[Mapping[str, Any]]) -> list[list[Sequence]]:
    """Return for each example the sequences of its pairs (context, choice); StageError where it has no choices."""
    for row in rows:
        if not row["choices"]:
            raise StageError(f"an example has no choices: {row['context'][:60]!r}")
    contexts = [row["context"] for row in rows for _ in row["choices"]]
    sequences = iter(encode(contexts, [choice for row in rows for choice in row["choices"]]))
    return [[next(sequences) for _ in row["choices"]] for row in rows]


def choice_logits(model: nn.Module, inputs: Batch) -> Tensor:
    """Return one logit a sequence, shape (sequences,): each is given to the model as an example's only choice."""
    logits: Tensor = model(**{name: tensor.unsqueeze(1) for name, tensor in inputs.items()}).logits
    return logits[:, 0]


def choice_objective(name: str, encode: Encode, rows: list[Mapping[str, Any]], pad_id: int) -> Objective:
    """Return the objective of multiple-choice examples: the softmax cross-entropy over each one's own choices.

    StageError where an example has no choices, or no label that is the place of one of them.
    """
    import numpy as np

    targets = [_place(row, number) for number, row in enumerate(rows, 1)]
    examples = [[feature(ids, types, []) for ids, types in pairs] for pairs in choice_sequences(encode, rows)]
    widest = max((len(pairs) for pairs in examples), default=0)

    def batch(indexes: np.ndarray) -> Batch:
        return _batch([examples[index] for index in indexes], [targets[index] for index in indexes], pad_id)

    return Objective(
        name=name,
        # Padded to the longest choice; the widest example's number of choices holds the budget in every mixture.
        lengths=np.array([widest * max(len(pair.ids) for pair in pairs) for pairs in examples]),
        batch=batch,
        loss=choice_loss,
    )


def _place(row: Mapping[str, Any], number: int) -> int:
    label, choices = row["label"], len(row["choices"])
    if label not in range(choices):
        raise StageError(
            f"training example {number}: its label is {label!r}, expected the place of one of its {choices} choices, "
            "from 0"
        )
    return int(label)


def _batch(examples: list[list[Feature]], targets: list[int], pad_id: int) -> Batch:
    import torch

    inputs = padded([pair for pairs in examples for pair in pairs], pad_id)
    sizes = [len(pairs) for pairs in examples]
    return {**inputs, "targets": torch.tensor(targets), "sizes": torch.tensor(sizes)}


def choice_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of each example's right choice among its own, and the number of examples.

    `targets` are places in an example, `sizes` numbers of choices; the sequences of all examples stand in a row.
    """
    import torch
    from torch.nn.functional import cross_entropy
    from torch.nn.utils.rnn import pad_sequence

    inputs = {name: tensor for name, tensor in batch.items() if name not in ("targets", "sizes")}
    logits = torch.split(choice_logits(model, inputs).float(), batch["sizes"].tolist())
    spread = pad_sequence(list(logits), batch_first=True, padding_value=-torch.inf)
    return cross_entropy(spread, batch["targets"], reduction="sum"), len(spread)
