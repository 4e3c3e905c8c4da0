"""What a training minimises: examples as ids and targets, batches of them, and the loss of a head."""

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

    Batch = Mapping[str, Tensor]

IGNORED = -100


@dataclass(frozen=True, eq=False)
class Feature:
    """One training input: ids, token types where the model takes them, and its targets (one, two, or one a token)."""

    ids: np.ndarray
    type_ids: np.ndarray | None
    target: np.ndarray


@dataclass(frozen=True, eq=False)
class Objective:
    """A head's part of a training.

    `lengths` are the token counts of its examples; `batch(indexes)` makes a padded batch of some of them;
    `loss(model, batch)` returns the sum of their losses and how many were summed, so that a step may be cut into
    batches of any size without changing its gradient. `parts(lengths, budget)` cuts a step into batches, by default
    of like length under a budget of tokens. `share` is the part of all steps that it gets among others, None where
    that goes by its size.
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
    """Return the objective of some features under a loss."""
    import numpy as np

    return Objective(
        name=name,
        lengths=np.array([len(feature.ids) for feature in features]),
        batch=lambda indexes: padded([features[index] for index in indexes], pad_id),
        loss=loss,
    )


def padded(features: Sequence[Feature], pad_id: int) -> Batch:
    """Return ids, mask, token types and targets of features, each padded to its longest."""
    import numpy as np
    import torch

    longest = max(len(feature.ids) for feature in features)

    def filled(rows: Sequence[np.ndarray], width: int, value: int) -> Tensor:
        out = np.full((len(rows), width), value, dtype=np.int64)
        for place, row in zip(out, rows, strict=True):
            place[: len(row)] = row
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
    """Return the summed cross-entropy of a class a text, and the number of texts."""
    targets = batch["targets"][:, 0]
    return cross_entropy(model(**inputs_of(batch)).logits, targets), len(targets)


def tag_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of the words' first sub-words, and the number of words."""
    logits = model(**inputs_of(batch)).logits
    targets = batch["targets"]
    return cross_entropy(logits.flatten(0, 1), targets.flatten()), int((targets != IGNORED).sum())


def span_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """Return the summed mean of the cross-entropies of start and end, and the number of windows."""
    output = model(**inputs_of(batch))
    start, end = batch["targets"].unbind(dim=1)
    loss = cross_entropy(output.start_logits, start) + cross_entropy(output.end_logits, end)
    return loss / 2, len(start)


def inputs_of(batch: Batch) -> dict[str, Tensor]:
    """Return what a model is given of a batch."""
    return {name: tensor for name, tensor in batch.items() if name != "targets"}


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the sum of the cross-entropies of the targets that are not -100, in float32."""
    from torch.nn import functional

    return functional.cross_entropy(logits.float(), targets, ignore_index=IGNORED, reduction="sum")


def class_features(
    encode: Callable[[list[str], list[str | None]], Sequence[tuple[list[int], list[int] | None]]],
    rows: Sequence[Mapping[str, Any]],
    labels: Mapping[str, int],
) -> list[Feature]:
    """Return one feature a classified text or pair; `encode` gives ids and token types.

    StageError where a row has no label, or one that is none of `labels`.
    """
    places = [_places(labels, [row["label"]], number) for number, row in enumerate(rows, 1)]
    encoded = encode([row["text"] for row in rows], [row.get("text_pair") for row in rows])
    return [feature(ids, types, target) for (ids, types), target in zip(encoded, places, strict=True)]


def tag_features(encoder: WordEncoder, rows: Sequence[Mapping[str, Any]], labels: Mapping[str, int]) -> list[Feature]:
    """Return the features of tagged sentences, one a piece; the first sub-word of a word has its tag.

    StageError where a word has no tag, or one that is none of `labels`.
    """
    features = []
    for number, (row, pieces) in enumerate(zip(rows, encoder.encode([row["tokens"] for row in rows]), strict=True), 1):
        if len(row["tags"]) != len(row["tokens"]):
            raise StageError(f"training example {number}: {len(row['tokens'])} words, but {len(row['tags'])} tags")
        places = iter(_places(labels, row["tags"], number))
        for piece in pieces:
            target = [IGNORED] * len(piece.ids)
            for place in piece.first:
                target[place] = next(places)
            features.append(feature(piece.ids, None, target))
    return features


def _places(labels: Mapping[str, int], given: Sequence[str], number: int) -> list[int]:
    for label in given:
        if label not in labels:
            raise StageError(f"training example {number}: its label is {label!r}, expected one of {', '.join(labels)}")
    return [labels[label] for label in given]


def span_features(reader: Reader, rows: Sequence[Mapping[str, Any]], unanswerable: bool = False) -> list[Feature]:
    """Return the features of questions, one a window; one without the whole answer points to its first token.

    A question's first answer is learnt. One whose answer is not found in its context is left out, as in the
    official code; one that has no answers too, unless that says that it is `unanswerable`.
    """
    features = []
    readings = reader.read([row["question"] for row in rows], [row["context"] for row in rows])
    for row, reading in zip(rows, readings, strict=True):
        answer = _characters(row)
        found = reading.tokens(*answer) if answer else None
        if found is None and (row["answers"] or not unanswerable):
            continue
        for window in reading.windows:
            inside = found and window.begin <= found[0] and found[1] < window.begin + window.length
            target = [token - window.begin + window.first for token in found] if found and inside else [0, 0]
            features.append(feature(window.ids, window.type_ids, target))
    return features


def _characters(row: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return where the first answer stands in the context; None where it is not there."""
    context = row["context"]
    if not row["answers"]:
        return None
    answer = row["answers"][0]
    text, start = answer["text"], answer["start"]
    if start < 0 or context[start : start + len(text)] != text:
        start = context.find(text)
    return (start, start + len(text)) if text and start >= 0 else None


def feature(ids: list[int], types: list[int] | None, target: list[int]) -> Feature:
    """Return a training input of plain lists."""
    import numpy as np

    return Feature(
        ids=np.array(ids, dtype=np.int32),
        type_ids=None if types is None else np.array(types, dtype=np.int8),
        target=np.array(target, dtype=np.int32),
    )
