"""Scoring text with a causal language model: requests to token ids, and log-likelihoods back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import Continuation, LoadOptions, Start
from xharness_plugins.models.checkpoint_files import load_config, load_tokenizer
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.loading import load_checkpoint, stream_on
from xharness_plugins.models.predictors import blocks

if TYPE_CHECKING:
    from xharness.engine.likelihood import Pair, Scorer


class PairEncoder:
    """Turns a context and its continuation into token ids, as lm-evaluation-harness does (lm_eval/api/model.py).

    Spaces at the end of a context go to the continuation. The continuation has the tokens of both texts together that
    follow those of the context. A context of more than `max_length` tokens with its continuation loses its beginning.
    """

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        self._tokenizer, self._max_length = tokenizer, max_length
        first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        self._empty = (first,)
        self.cut = 0

    def __call__(self, requests: list[Continuation]) -> list[Pair]:
        """Return the ids of requests; `cut` counts those that lost the beginning of their context."""
        moved = [_moved(request) for request in requests]
        contexts = dict.fromkeys(request.context for request in moved)
        known = dict(zip(contexts, self._ids(list(contexts)), strict=True))
        whole = self._ids([request.context + request.text for request in moved])
        return [self._pair(known[request.context], ids, request) for request, ids in zip(moved, whole, strict=True)]

    def _pair(self, context: list[int], whole: list[int], request: Continuation) -> Pair:
        from xharness.engine.likelihood import Pair

        own = whole[len(context) :] or self._ids([request.text])[0]
        left = self._max_length - len(own) + 1  # the last token is looked up, not read
        if len(context) > left:
            self.cut += 1
        return Pair(tuple(context[-left:]) or self._empty, tuple(own[-self._max_length :]))

    def _ids(self, texts: list[str]) -> list[list[int]]:
        if not any(texts):
            return [[] for _ in texts]
        found: list[list[int]] = self._tokenizer(texts, return_attention_mask=False, verbose=False)["input_ids"]
        end = self._tokenizer.eos_token_id
        # Some tokenizers end each text, which here goes on.
        return [ids[:-1] if text and ids[-1:] == [end] else ids for text, ids in zip(texts, found, strict=True)]


def _moved(request: Continuation) -> Continuation:
    stem = request.context.rstrip()
    return Continuation(stem, request.context[len(stem) :] + request.text)


@dataclass(frozen=True)
class TextScorer:
    """A causal language model in memory."""

    scorer: Scorer
    encode: PairEncoder
    about: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> Mapping[str, Any]:
        """Return device, dtype, lengths, and how many contexts lost their beginning, as JSON values."""
        return {**self.about, "cut_contexts": self.encode.cut}

    def loglikelihood(self, requests: Iterable[Continuation]) -> Iterator[float]:
        """Yield the log-likelihood of each text after its context."""
        pairs = (pair for block in blocks(requests) for pair in self.encode(block))
        for likelihood in self.scorer.score(pairs):
            yield likelihood.value


def load(path: Path, params: Mapping[str, Any], options: LoadOptions) -> TextScorer:
    """Load a causal language model; StageError where weights are missing."""
    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness.engine.likelihood import Scorer

    folder = Folder.read(path)
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    config, tokenizer = load_config(path, options), load_tokenizer(path, options)
    model, _ = load_checkpoint(
        path, "AutoModelForCausalLM", config, options, dtype=dtype, start=Start(keep_head=True), pooler=False
    )
    stream = stream_on(device, tokenizer, folder.hidden_size, options)
    max_length = min(params.get("max_length") or folder.max_length, folder.max_length)
    scorer = Scorer(
        model.to(device).eval(), device, stream.pad_id, stream.budget, exact=options.exact, on_tokens=options.on_tokens
    )
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "max_length": max_length,
        "remote_code": bool(options.allow_remote_code and folder.config.get("auto_map")),
    }
    return TextScorer(scorer, PairEncoder(tokenizer, max_length), about)
