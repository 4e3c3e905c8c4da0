"""Beam search with an encoder-decoder, by the transformers library, in batches of about one length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from xharness.engine.batches import token_budget_batches
from xharness.engine.encoder_decoder import padded
from xharness.engine.finite import checked_generation
from xharness.engine.generation import Ask, Written
from xharness.engine.inference import ahead

if TYPE_CHECKING:
    import torch

_WINDOW = 512
"""Prompts of a window."""


@dataclass
class BeamGenerator:
    """Generates targets with `beams` beams; the other fields are those of a `TargetGenerator`.

    Of the finished beams the one with the highest mean log-probability of a token is taken. A stop text does not end
    the search: the text is only cut there.
    """

    model: Any
    device: torch.device
    pad_id: int
    budget: int
    start: tuple[int, ...]
    ends: frozenset[int]
    beams: int
    decode: Callable[[list[int]], str] = str
    exact: bool = False
    on_tokens: Callable[[int], None] | None = None

    def generate(self, asked: Iterable[Ask]) -> Iterator[Written]:
        """Yield what is generated for each prompt, in order."""
        stream = iter(asked)
        for window in ahead(iter(lambda: list(islice(stream, _WINDOW)), [])):
            yield from self._window(window)

    def _window(self, window: list[Ask]) -> list[Written]:
        import numpy as np
        import torch

        lengths = np.array([self.beams * (len(ask.prompt) + ask.most) for ask in window])
        found: dict[int, Written] = {}
        with torch.inference_mode():
            for batch in token_budget_batches(lengths, 1 if self.exact else self.budget):
                texts = self._batch([window[number] for number in batch])
                found |= zip(batch.tolist(), texts, strict=True)
        return [found[number] for number in range(len(window))]

    def _batch(self, asked: Sequence[Ask]) -> list[Written]:
        import torch

        ids, mask = (each.to(self.device) for each in padded([ask.prompt for ask in asked], self.pad_id))
        before = torch.tensor([self.start] * len(asked), device=self.device)

        def generate() -> Any:
            most = max(ask.most for ask in asked)
            with self._settings():
                return self.model.generate(
                    input_ids=ids, attention_mask=mask, decoder_input_ids=before, max_new_tokens=most
                )

        made = checked_generation(self.model, generate)[:, len(self.start) :].tolist()
        written = [self._written(ask, own) for ask, own in zip(asked, made, strict=True)]
        if self.on_tokens:
            self.on_tokens(
                sum(len(ask.prompt) + self.beams * len(each.ids) for ask, each in zip(asked, written, strict=True))
            )
        return written

    @contextmanager
    def _settings(self) -> Iterator[None]:
        """Replace what the model declares for generation, such as penalties; the library merges what it is given."""
        from transformers import GenerationConfig

        declared = self.model.generation_config
        self.model.generation_config = GenerationConfig(
            num_beams=self.beams,
            do_sample=False,
            pad_token_id=self.pad_id,
            eos_token_id=sorted(self.ends),
            decoder_start_token_id=self.start[0],
        )
        try:
            yield
        finally:
            self.model.generation_config = declared

    def _written(self, ask: Ask, ids: list[int]) -> Written:
        end = next((index for index, token in enumerate(ids) if token in self.ends), len(ids))
        kept = ids[: min(end, ask.most)]
        text = self.decode(kept).lstrip() if ask.stops else ""
        stopped = (end < len(ids) and end <= ask.most) or any(stop in text for stop in ask.stops)
        return Written(kept, "stop" if stopped else "length")
