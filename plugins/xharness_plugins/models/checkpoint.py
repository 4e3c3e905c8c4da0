"""A checkpoint to load: its configuration, tokenizer and weights, with low-rank updates merged into their base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, LoadOptions, Start
from xharness_plugins.models import lora
from xharness_plugins.models.checkpoint_files import base_of, holds_updates, load_config, load_tokenizer
from xharness_plugins.models.heads.table import fine_tuned_head
from xharness_plugins.models.inspection import Folder

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from xharness.engine.checkpoints import Loading

_ENCODER = Start()


@dataclass(frozen=True)
class Checkpoint:
    """A full checkpoint, or low-rank updates; `base` is the checkpoint that the updates belong to, None otherwise."""

    folder: Folder
    options: LoadOptions
    base: Checkpoint | None

    @classmethod
    def read(cls, path: Path, options: LoadOptions) -> Checkpoint:
        """Read the configuration of a folder and of the bases below it; BadRequest if one of them is missing."""
        base = cls.read(*base_of(path, options)) if holds_updates(path) else None
        return cls(Folder.read(path), options, base)

    @property
    def path(self) -> Path:
        """Return the folder of the checkpoint."""
        return self.folder.path

    def config(self, **changes: Any) -> Any:
        """Return the configuration of transformers, with changes.

        Models return named outputs, also those of old checkpoints whose config.json says `return_dict: false`.
        """
        # The encoder of a T5, saved alone, may have a configuration that says it has a decoder.
        alone = {"is_encoder_decoder": False} if self.folder.architecture.endswith("EncoderModel") else {}
        return load_config(self.path, self.options, return_dict=True, **alone, **changes)

    def tokenizer(self, *, split_words: bool = False) -> Any:
        """Return the fast tokenizer; BadRequest if there is none.

        With `split_words` it puts a space before every text, for sentences that are given word by word.
        """
        if self.base:
            return self.base.tokenizer(split_words=split_words)
        more = {"add_prefix_space": True} if split_words else {}
        tokenizer = load_tokenizer(self.path, self.options, **more)
        if not tokenizer.is_fast:
            raise BadRequest(f"{self.path}: {type(tokenizer).__name__} is not a fast tokenizer; add its tokenizer.json")
        return tokenizer

    def load(
        self, auto: str, config: Any, *, dtype: torch.dtype, start: Start = _ENCODER, pooler: bool = False
    ) -> tuple[Any, Loading]:
        """Load the encoder with the head of a transformers auto class, on the CPU; see `load_model` of the engine.

        A fine-tuned head is replaced unless `start` keeps it; a pre-trained head is reused where it fits.
        """
        from xharness.engine.checkpoints import Parts, load_model

        fine_tuned = fine_tuned_head(self.folder.architecture) is not None
        parts = Parts(
            head="complete" if start.keep_head else "new" if fine_tuned else "matching",
            pooler=pooler,
            fresh_pooler=start.fresh_pooler,
            decoder=self.folder.decoder,
        )
        remote = self.options.allow_remote_code
        return load_model(self.path, auto, config, self._weights(), dtype=dtype, parts=parts, allow_remote_code=remote)

    def pooler(self) -> Any:
        """Return the pooler of the checkpoint, None if it has none. BERT's pooler is pre-trained."""
        import torch

        model, loading = self.load("AutoModel", self.config(), dtype=torch.float32, pooler=True)
        return None if "pooler" in loading.created else getattr(model, "pooler", None)

    def _weights(self) -> Mapping[str, Tensor]:
        """Return the weights by name; those of low-rank updates are merged into the weights of their base."""
        import torch

        from xharness.engine.checkpoints import read_weights

        if self.base is None:
            return read_weights(self.path, self.options.allow_pickle)
        head = fine_tuned_head(self.folder.architecture)
        auto = head.auto if head else "AutoModel"
        # The weights that are initialised here are replaced by those of the updates, so the generator keeps its state.
        with torch.random.fork_rng(devices=[]):
            model, _ = self.base.load(auto, self.config(), dtype=torch.float32, pooler=head is None)
            return lora.merged_weights(model, self.path)
