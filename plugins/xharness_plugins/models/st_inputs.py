"""The input modules of sentence-transformers: how each turns texts into token ids, and a batch of ids into features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xharness import BadRequest

if TYPE_CHECKING:
    from torch import Tensor

    Features = dict[str, Any]

UNLIMITED = 10**6
"""The maximum number of tokens of a module that has no limit of its own."""


class BareTokenizer:
    """A tokenizer without special tokens, called as those of transformers are; `ids` returns the ids of texts."""

    bos_token_id = eos_token_id = pad_token_id = None
    truncation_side = "right"
    all_special_ids = ()

    def __init__(self, ids: Callable[[list[str]], list[list[int]]]) -> None:
        self._ids = ids

    def __call__(self, texts: list[str], max_length: int | None = None, **_settings: Any) -> dict[str, list[list[int]]]:
        """Return the token ids of each text, at most `max_length`; other settings concern special tokens."""
        return {"input_ids": [ids[:max_length] for ids in self._ids(texts)]}


@dataclass(frozen=True)
class Inputs:
    """How one input module is fed: its tokenizer, its limit in tokens, and the features that it makes of a batch."""

    module: Any
    tokenizer: Any
    limit: int
    features: Callable[[dict[str, Tensor]], Mapping[str, Any]]

    def cut_to(self, limit: int) -> Inputs:
        """Return the same with another limit."""
        return replace(self, limit=limit)


def inputs_of(module: Any) -> Inputs:
    """Return how an input module is fed; BadRequest for one that does not read plain texts."""
    name = type(module).__name__
    if name == "StaticEmbedding":
        return Inputs(module, BareTokenizer(_static_ids(module.tokenizer)), UNLIMITED, _bags)
    if name == "WordEmbeddings":
        limit = min(module.max_seq_length or UNLIMITED, UNLIMITED)
        tokenizer = BareTokenizer(lambda texts: [list(module.tokenizer.tokenize(text)) for text in texts])
        return Inputs(module, tokenizer, limit, _words)
    if "message" in getattr(module, "modality_config", {}):
        raise BadRequest(
            "the sentence-transformers folder puts texts into a chat template (modality_config 'message'), which is "
            "not supported; save it with a modality_config of 'text' only"
        )
    limit = module.max_seq_length or UNLIMITED
    return Inputs(module, module.tokenizer, min(limit, UNLIMITED), lambda batch: batch)


def _static_ids(tokenizer: Any) -> Callable[[list[str]], list[list[int]]]:
    def ids(texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]

    return ids


def _bags(batch: dict[str, Tensor]) -> Features:
    """Return the ids of all texts in one row, and where each text begins, as a StaticEmbedding takes them."""
    mask = batch["attention_mask"].bool()
    lengths = mask.sum(dim=1)
    return {"input_ids": batch["input_ids"][mask], "offsets": lengths.cumsum(dim=0) - lengths}


def _words(batch: dict[str, Tensor]) -> Features:
    """Return a batch as WordEmbeddings takes it, which is at least one position wide."""
    from torch.nn.functional import pad

    if not batch["input_ids"].shape[1]:
        batch = {name: pad(value, (0, 1)) for name, value in batch.items()}
    return {**batch, "sentence_lengths": batch["attention_mask"].sum(dim=1)}
