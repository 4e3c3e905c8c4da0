"""Training objectives: features of examples, batches of features, and the loss of a head."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness.engine.alignment import WordEncoder
from xharness.engine.batches import token_budget_batches
from xharness.engine.spans import Reader
from xharness.errors import StageError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

Batch = Mapping[str, "Tensor"]

IGNORED = -100


@dataclass(frozen=True, eq=False)
class Feature:
    """One training input: token ids, optional token type ids, and targets (one, two, or one per token)."""

    ids: np.ndarray
    type_ids: np.ndarray | None
    target: np.ndarray


@dataclass(frozen=True, eq=False)
class Objective:
    """The training objective of one head.

    `lengths` are the token counts of its examples. `batch(indexes)` returns a padded batch of examples.
    `loss(model, batch)` returns the sum of the losses and the number of terms, so that a step can be split into
    batches of any size without changing its gradient. `parts(lengths, budget)` splits a step into batches, by default
    of similar length under a token budget. `share` is its fraction of all steps in a multi-task training; None derives
    it from the number of examples.
    """

    name: str
    lengths: np.ndarray
    batch: Callable[[np.ndarray], Batch]
    loss: Callable[[nn.Module, Batch], tuple[Tensor, int]]
    parts: Callable[[np.ndarray, int], list[np.ndarray]] = token_budget_batches
    share: float | None = None


def objective(
    name: str,
    features: Sequence[Feature],
    pad_id: int,
    loss: Callable[[nn.Module, Batch], tuple[Tensor, int]],
) -> Objective:
    """Return the objective with the given features and loss."""
    import numpy as np

    return Objective(
        name=name,
        lengths=np.array([len(feature.ids) for feature in features]),
        batch=lambda indexes: padded([features[index] for index in indexes], pad_id),
        loss=loss,
    )


def padded(features: Sequence[Feature], pad_id: int) -> Batch:
    """Return a batch of features: ids, attention mask, targets and token types, padded to the longest."""
    import numpy as np
    import torch

    longest = max(len(feature.ids) for feature in features)

    def filled(rows: Sequence[np.ndarray], width: int, value: int) -> Tensor:
        out = np.full((len(rows), width), value, dtype=np.int64)
        for line, row in zip(out, rows, strict=True):
            line[: len(row)] = row
        return torch.from_numpy(out)

    ids = [feature.ids for feature in features]
    targets = [feature.target for feature in features]
    batch = {
        "input_ids": filled(ids, longest, pad_id),
        "attention_mask": filled([np.ones(len(row)) for row in ids], longest, 0),
        "targets": filled(targets, max(map(len, targets)), IGNORED),
    }
    types = [feature.type_ids for feature in features if feature.type_ids is not None]
    return {**batch, "token_type_ids": filled(types, longest, 0)} if types else batch


def class_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of one class per text, and the number of texts."""
    targets = batch["targets"][:, 0]
    return cross_entropy(model(**inputs_of(batch)).logits, targets), len(targets)


def tag_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy at one token of each word, and the number of words."""
    logits = model(**inputs_of(batch)).logits
    targets = batch["targets"]
    return cross_entropy(logits.flatten(0, 1), targets.flatten()), int((targets != IGNORED).sum())


def span_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the mean of start and end cross-entropy, summed over windows, and the number of windows."""
    output = model(**inputs_of(batch))
    start, end = batch["targets"].unbind(dim=1)
    loss = cross_entropy(output.start_logits, start) + cross_entropy(output.end_logits, end)
    return loss / 2, len(start)


def inputs_of(batch: Batch) -> dict[str, Tensor]:
    """Return the tensors of a batch that are model inputs: all but the targets."""
    return {name: tensor for name, tensor in batch.items() if name != "targets"}


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the summed float32 cross-entropy; targets of -100 are ignored."""
    from torch.nn import functional

    return functional.cross_entropy(logits.float(), targets, ignore_index=IGNORED, reduction="sum")


def class_features(
    encode: Callable[[list[str], list[str | None]], Sequence[tuple[list[int], list[int] | None]]],
    rows: Sequence[Mapping[str, Any]],
    labels: Mapping[str, int],
) -> list[Feature]:
    """Return one feature per text or text pair; `encode` returns token ids and token type ids.

    Raises StageError if a row has no label or an unknown one. `labels` maps labels to indices.
    """
    targets = [_label_indices(labels, [row["label"]], number) for number, row in enumerate(rows, 1)]
    encoded = encode([row["text"] for row in rows], [row.get("text_pair") for row in rows])
    return [feature(ids, types, target) for (ids, types), target in zip(encoded, targets, strict=True)]


def tag_features(encoder: WordEncoder, rows: Sequence[Mapping[str, Any]], labels: Mapping[str, int]) -> list[Feature]:
    """Return the features of tagged sentences, one per piece; the target of a word is at its token.

    Raises StageError if a word has no tag or an unknown one. `labels` maps tags to indices.
    """
    features = []
    for number, (row, pieces) in enumerate(zip(rows, encoder.encode([row["tokens"] for row in rows]), strict=True), 1):
        if len(row["tags"]) != len(row["tokens"]):
            raise StageError(
                f"training example {number} has {len(row['tokens'])} words but {len(row['tags'])} tags; every word "
                "needs one tag"
            )
        tags = iter(_label_indices(labels, row["tags"], number))
        for piece in pieces:
            target = [IGNORED] * len(piece.ids)
            for position in piece.words:
                target[position] = next(tags)
            features.append(feature(piece.ids, None, target))
    return features


def _label_indices(labels: Mapping[str, int], names: Sequence[str], number: int) -> list[int]:
    for name in names:
        if name not in labels:
            raise StageError(f"training example {number} has label {name!r}; expected one of {', '.join(labels)}")
    return [labels[name] for name in names]


def span_features(reader: Reader, rows: Sequence[Mapping[str, Any]], unanswerable: bool = False) -> list[Feature]:
    """Return the features of questions, one per window.

    The targets of a window without the whole answer are both its position of no answer. The target is the first answer
    of a question. As in the official code, questions whose answer is not in the context are skipped; with
    `unanswerable`, questions without answers are kept, otherwise they are skipped too.
    """
    features = []
    readings = reader.read([row["question"] for row in rows], [row["context"] for row in rows])
    for row, reading in zip(rows, readings, strict=True):
        answer = _characters(row)
        span = reading.tokens(*answer) if answer else None
        if span is None and (row["answers"] or not unanswerable):
            continue
        for window in reading.windows:
            inside = span and window.begin <= span[0] and span[1] < window.begin + window.length
            nothing = range(len(window.ids))[reader.nothing]
            target = [token - window.begin + window.first for token in span] if span and inside else [nothing] * 2
            features.append(feature(window.ids, window.type_ids, target))
    return features


def _characters(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return start and end character of the first answer in the context; None if the context does not contain it."""
    context = row["context"]
    if not row["answers"]:
        return None
    answer = row["answers"][0]
    text, start = answer["text"], answer["start"]
    if start < 0 or context[start : start + len(text)] != text:
        start = context.find(text)
    return (start, start + len(text)) if text and start >= 0 else None


def feature(ids: list[int], types: list[int] | None, target: list[int]) -> Feature:
    """Return a Feature with arrays made from lists."""
    import numpy as np

    return Feature(
        ids=np.array(ids, dtype=np.int32),
        type_ids=None if types is None else np.array(types, dtype=np.int8),
        target=np.array(target, dtype=np.int32),
    )
