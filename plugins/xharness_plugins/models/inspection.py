"""Read the configuration files of a transformers checkpoint, without reading weights or importing torch."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadOptions, ModelInfo, few
from xharness.engine.checkpoints import shapes, weight_files
from xharness.engine.model_inputs import check_vocabulary
from xharness.engine.model_sizes import check_config
from xharness_plugins.models.checkpoint_files import (
    HIDDEN,
    LAYERS,
    POSITIONS,
    TRAINED_POOLING,
    declared_length,
    read_config,
)  # fmt: skip
from xharness_plugins.models.heads.table import HEADS, fine_tuned_head
from xharness_plugins.models.pretraining import seen
from xharness_plugins.models.vocabulary_files import tokens

VOCABULARIES = (
    "tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model", "spiece.model", "spm.model",
    "tokenizer.model",
)  # fmt: skip
"""The files that hold the vocabulary of a tokenizer; a folder has one of them or more."""
TOKENIZER_FILES = (
    *VOCABULARIES, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt",
    "source.spm", "target.spm",
)  # fmt: skip
"""All files of a tokenizer."""
ENCODER_DECODER = "encoder-decoder"
"""The model type of a folder of an encoder and a decoder that were checkpoints of their own."""
# Their position ids begin after the id of the padding token.
_SHIFTED = {
    "camembert", "data2vec-text", "ibert", "longformer", "luke", "mpnet", "roberta", "roberta-prelayernorm",
    "xlm-roberta", "xlm-roberta-xl", "xmod",
}  # fmt: skip
_UNLIMITED = 100_000
# Model types of decoders; transformers' own list cannot be read without importing torch.
_GENERATE = (
    "bloom", "codegen", "cohere", "deepseek", "falcon", "gemma", "gpt", "granite", "llama", "mamba", "mistral",
    "mixtral", "mpt", "olmo", "openai-gpt", "opt", "phi", "qwen", "stablelm", "starcoder", "xglm",
)  # fmt: skip
# Model types of remote code that transformers has since included under another name.
_BUILT_IN = {"new": "gte"}


@dataclass(frozen=True)
class Folder:
    """The configuration of a checkpoint folder; it hides that model types have different names for the same setting."""

    path: Path
    config: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Folder:
        """Read config.json; BadRequest if it is missing, has no model type, or values of other types."""
        if not path.is_dir():
            raise BadRequest(f"{path}: not a folder; download the checkpoint again")
        if not (path / "config.json").is_file():
            contents = ", ".join(sorted(entry.name for entry in path.iterdir())[:6]) or "nothing"
            raise BadRequest(
                f"{path}: not a checkpoint, it contains {contents}; expected config.json, weights, a tokenizer"
            )
        config = read_config(path)
        if not config.get("model_type"):
            raise BadRequest(
                f"{path / 'config.json'}: no model_type, so the architecture is unknown; download the checkpoint again"
            )
        return cls(path, config)

    @property
    def architecture(self) -> str:
        """Return the class that the weights were saved from."""
        return str((self.config.get("architectures") or [self.config["model_type"]])[0])

    @property
    def decoder(self) -> bool:
        """Return whether the model is a decoder: a causal language model, or such a model with a head."""
        name, config = self.architecture, self.config
        if config.get("is_encoder_decoder"):
            return False
        decodes = name.endswith(("ForCausalLM", "LMHeadModel")) or bool(config.get("is_decoder"))
        if name.endswith("WithLMHeadModel"):  # XLM and Flaubert are of both types, most of masked language modelling
            decodes = bool(config.get("causal"))
        return decodes or str(config["model_type"]).startswith(_GENERATE)

    @property
    def head(self) -> str | None:
        """Return the capability of the fine-tuned head, `embed` for a trained dual encoder, or None."""
        if self.config.get(TRAINED_POOLING):
            return "embed"
        head = fine_tuned_head(self.architecture)
        return head.capability if head else None

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the classes of the head in order, none for a head without labels."""
        if not self.head or not HEADS[self.head].labelled:
            return ()
        names = self.config.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
        keys = sorted(names, key=int)
        if list(map(int, keys)) != list(range(len(keys))):
            raise BadRequest(
                f"{self.path / 'config.json'}: id2label: expected the keys 0 to {len(keys) - 1}, got {few(keys)}; "
                "correct the file, or download it again"
            )
        return tuple(str(names[key]) for key in keys)

    @property
    def _sizes(self) -> Mapping[str, Any]:
        """Return the configuration with the sizes: in a folder of an encoder and a decoder, that of the encoder."""
        sizes: Mapping[str, Any] = self.config
        return sizes.get("encoder") or {} if sizes["model_type"] == ENCODER_DECODER else sizes

    def number(self, names: Iterable[str]) -> int:
        """Return the first of several settings that config.json has, 0 if it has none of them."""
        return next((self._sizes[name] for name in names if self._sizes.get(name)), 0)

    @property
    def hidden_size(self) -> int:
        """Return the size of a hidden state, 0 if config.json does not contain it."""
        return self.number(HIDDEN)

    @property
    def layers(self) -> int:
        """Return the number of hidden layers of the encoder."""
        return self.number(LAYERS)

    @property
    def positions(self) -> int:
        """Return the number of tokens that have positions, 512 if config.json does not contain it."""
        positions = self.number(POSITIONS) or 512
        if self._sizes.get("model_type") in _SHIFTED:
            positions -= (self._sizes.get("pad_token_id") or 0) + 1
        return positions

    @property
    def max_length(self) -> int:
        """Return the maximum number of tokens for model and tokenizer, special tokens included."""
        positions = self.positions
        if positions < 1:
            raise BadRequest(
                f"{self.path / 'config.json'}: max_position_embeddings is too small: it leaves no token after "
                "pad_token_id; correct the file, or download it again"
            )
        limit = declared_length(self.path)
        return min(positions, int(limit)) if limit and 1 <= limit < _UNLIMITED else positions


def inspect(
    path: Path,
    reference: str,
    revision: str | None,
    options: LoadOptions,
    adapter: str,
    decoders: bool = False,
    root: Path | None = None,
) -> ModelInfo:
    """Return the facts about a transformers checkpoint; BadRequest if it cannot be used.

    With `decoders` other models than encoders are accepted too, as for a sentence-transformers folder of a decoder.
    `root` is the folder of the model card, if that is not the folder of the weights.
    """
    folder = Folder.read(path)
    if not decoders:
        _check_encoder(folder, adapter)
    _check_code(folder, options)
    weights = weight_files(path, options.allow_pickle)
    tensors, parameters = sizes(weights)
    if tensors is not None:
        check_config(path, folder.config, tensors, parameters)
    if not any((path / name).is_file() for name in VOCABULARIES):
        raise BadRequest(f"{path}: no tokenizer; expected tokenizer.json (or {', '.join(VOCABULARIES[1:4])}, ...)")
    check_vocabulary(path, tokens(path), folder.number(["vocab_size"]) or None)
    files = digests(path, [*weights, path / "config.json", *(path / name for name in TOKENIZER_FILES)])
    return ModelInfo(
        reference=reference,
        adapter=adapter,
        path=path,
        revision=revision,
        fingerprint=fingerprint(files),
        architecture=folder.architecture,
        hidden_size=folder.hidden_size,
        layers=folder.layers,
        parameters=parameters,
        bytes=sum(file.stat().st_size for file in weights),
        max_length=folder.max_length,
        ready=frozenset({folder.head} if folder.head else ()),
        labels=folder.labels,
        files=files,
        languages=seen(root or path, folder.config),
    )


def is_decoder(path: Path) -> bool:
    """Return whether a folder holds a causal language model."""
    try:
        return Folder.read(path).decoder
    except BadRequest:
        return False


def has_decoder(config: Mapping[str, Any]) -> bool:
    """Return whether a configuration is that of an encoder-decoder; that of its encoder alone may say so too."""
    names = config.get("architectures") or ()
    return bool(config.get("is_encoder_decoder")) and not any(name.endswith("EncoderModel") for name in names)


def _check_encoder(folder: Folder, adapter: str) -> None:
    if folder.decoder or has_decoder(folder.config):
        what, other = ("a decoder-only", "causal") if folder.decoder else ("an encoder-decoder", "seq2seq")
        raise BadRequest(
            f"{folder.path}: {folder.architecture} is {what} model and the adapter '{adapter}' takes encoders "
            f"(BERT, XLM-R, ...); use {other}:{folder.path}"
        )


def _check_code(folder: Folder, options: LoadOptions) -> None:
    if not folder.config.get("auto_map") or options.allow_remote_code:
        return
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    if folder.config["model_type"] not in CONFIG_MAPPING_NAMES:
        raise BadRequest(
            f"{folder.path}: model type '{folder.config['model_type']}' runs code from the checkpoint; check it, "
            f"then allow it with --allow-remote-code{_instead(folder, CONFIG_MAPPING_NAMES)}"
        )


def _instead(folder: Folder, known: Iterable[str]) -> str:
    """Return the model type of transformers that replaces the code of a checkpoint, if it has one."""
    built_in = _BUILT_IN.get(folder.config["model_type"])
    if built_in is None or built_in not in known:
        return ""
    return f"; or use a copy of this checkpoint that was converted to the model type '{built_in}' of transformers"


def sizes(weights: Iterable[Path]) -> tuple[int | None, int]:
    """Return the number of tensors in weight files, None for pickles, and the number of their values."""
    safe = [file for file in weights if file.suffix == ".safetensors"]
    if not safe:
        # The header of a pickle cannot be read; most contain float32.
        return None, sum(file.stat().st_size for file in weights) // 4
    stored = [shape for file in safe for shape in shapes(file).values()]
    return len(stored), sum(map(math.prod, stored))


def digests(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file that exists, by its path below `root`."""
    hashes = {}
    for file in sorted(files):
        if file.is_file():
            about = file.stat()
            hashes[file.relative_to(root).as_posix()] = _digest(file, about.st_size, about.st_mtime_ns)
    return hashes


@lru_cache(maxsize=256)
def _digest(file: Path, size: int, mtime_ns: int) -> str:
    """Return the SHA-256 of a file; weights are large, so the digest is cached while size and time stay the same."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def fingerprint(files: Mapping[str, str]) -> str:
    """Return one digest of the names and digests of files."""
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
