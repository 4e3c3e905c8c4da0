"""Multiple choice: one logit per pair of context and choice, and a softmax over the choices of each example.

Examples with two, three or five choices share batches and a head, as in the training of XTREME-R's XCOPA (3 choices,
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
    """Return the sequences of the (context, choice) pairs of each example; raise StageError if it has no choices."""
    for row in rows:
        if not row["choices"]:
            raise StageError(f"an example has no choices; its context is {row['context'][:60]!r}")
    contexts = [row["context"] for row in rows for _ in row["choices"]]
    sequences = iter(encode(contexts, [choice for row in rows for choice in row["choices"]]))
    return [[next(sequences) for _ in row["choices"]] for row in rows]


def choice_logits(model: nn.Module, inputs: Batch) -> Tensor:
    """Return one logit per sequence, shape (sequences,); the model receives each as an example with one choice."""
    logits: Tensor = model(**{name: tensor.unsqueeze(1) for name, tensor in inputs.items()}).logits
    return logits[:, 0]


def choice_objective(name: str, encode: Encode, rows: list[Mapping[str, Any]], pad_id: int) -> Objective:
    """Return the multiple-choice objective: the softmax cross-entropy over the choices of each example.

    Raises StageError if an example has no choices, or its label is not the index of one of them.
    """
    import numpy as np

    targets = [_target(row, number) for number, row in enumerate(rows, 1)]
    examples = [[feature(ids, types, []) for ids, types in pairs] for pairs in choice_sequences(encode, rows)]
    widest = max((len(pairs) for pairs in examples), default=0)

    def batch(indexes: np.ndarray) -> Batch:
        return _batch([examples[index] for index in indexes], [targets[index] for index in indexes], pad_id)

    return Objective(
        name=name,
        # Pairs are padded to the longest, and every example counts as the widest, so that no batch exceeds the budget.
        lengths=np.array([widest * max(len(pair.ids) for pair in pairs) for pairs in examples]),
        batch=batch,
        loss=choice_loss,
    )


def _target(row: Mapping[str, Any], number: int) -> int:
    label, choices = row["label"], len(row["choices"])
    if label not in range(choices):
        raise StageError(
            f"training example {number} has label {label!r}; expected the index of one of its {choices} choices, from 0"
        )
    return int(label)


def _batch(examples: list[list[Feature]], targets: list[int], pad_id: int) -> Batch:
    import torch

    inputs = padded([pair for pairs in examples for pair in pairs], pad_id)
    sizes = [len(pairs) for pairs in examples]
    return {**inputs, "targets": torch.tensor(targets), "sizes": torch.tensor(sizes)}


def choice_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of the correct choice of each example, and the number of examples.

    `targets` are the indices of the correct choices, `sizes` the numbers of choices; the sequences of all examples are
    concatenated.
    """
    import torch
    from torch.nn.functional import cross_entropy
    from torch.nn.utils.rnn import pad_sequence

    inputs = {name: tensor for name, tensor in batch.items() if name not in ("targets", "sizes")}
    logits = torch.split(choice_logits(model, inputs).float(), batch["sizes"].tolist())
    scores = pad_sequence(list(logits), batch_first=True, padding_value=-torch.inf)
    return cross_entropy(scores, batch["targets"], reduction="sum"), len(scores)
