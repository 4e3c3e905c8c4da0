"""Load checkpoint folders strictly: every dropped or newly initialised weight is reported or an error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import BadRequest, StageError, few

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_PICKLED = ("pytorch_model.bin.index.json", "pytorch_model.bin")
_SAFE = ("model.safetensors.index.json", "model.safetensors")
_LONGEST_HEADER = 100 * 2**20


@dataclass(frozen=True)
class Loading:
    """The report of loading: names of head modules that were dropped, and of those that were newly initialised.

    `encoder` is the number of encoder weights, all of which were loaded.
    """

    dropped: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    encoder: int = field(default=0, compare=False)


def weight_files(path: Path, allow_pickle: bool = False) -> list[Path]:
    """Return the weight files of a folder, all shards, preferring safetensors; raise BadRequest if there are none."""
    for index, single in (_SAFE, _PICKLED):
        if (path / single).exists() or (path / index).exists():
            if index in _PICKLED and not allow_pickle:
                raise BadRequest(
                    f"{path}: the weights are only available as a pickle ({single}), which can run arbitrary code when "
                    "loaded; convert them to safetensors, or allow it with --allow-pickle"
                )
            return [path / single] if (path / single).exists() else _shards(path / index)
    contents = ", ".join(sorted(entry.name for entry in path.iterdir())[:6]) or "nothing"
    raise BadRequest(f"{path}: no weights; the folder contains {contents}; expected model.safetensors")


def _shards(index: Path) -> list[Path]:
    names = read_json(index).get("weight_map", {}).values()
    files = [index.parent / Path(name).name for name in sorted(set(names))]
    missing = [file.name for file in files if not file.is_file()]
    if missing or not files:
        raise BadRequest(
            f"{index}: missing shards: {', '.join(missing)}; download the checkpoint again"
            if missing
            else f"{index}: lists no shards; download the checkpoint again"
        )
    return files


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raise BadRequest if the file is not one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path}: cannot read it as JSON ({error})") from error
    if not isinstance(content, dict):
        raise BadRequest(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content


def shapes(file: Path) -> dict[str, list[int]]:
    """Return the shape of every tensor from the header of a safetensors file; raise BadRequest if it is damaged.

    Format: https://github.com/huggingface/safetensors#format
    """
    with file.open("rb") as opened:
        start = opened.read(8)
        length = int.from_bytes(start, "little")
        if start == b"version ":
            raise BadRequest(f"{file}: a Git LFS pointer, not the weights; download them with `git lfs pull`")
        try:
            if length > _LONGEST_HEADER:
                raise ValueError("not a safetensors header")
            header = json.loads(opened.read(length))
            header.pop("__metadata__", None)
            end = 8 + length + max((entry["data_offsets"][1] for entry in header.values()), default=0)
            tensors = {name: list(entry["shape"]) for name, entry in header.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRequest(f"{file}: damaged, or not a safetensors file ({error}); download it again") from error
    if file.stat().st_size != end:
        raise BadRequest(
            f"{file}: the file has {file.stat().st_size:,} bytes, its header says {end:,}; download it again"
        )
    return tensors


def load_model(  # noqa: PLR0913 - each says what of the checkpoint is kept
    path: Path,
    auto: str,
    config: Any,
    *,
    dtype: torch.dtype,
    keep_head: bool,
    pooler: bool = False,
    fresh_pooler: bool = False,
    allow_pickle: bool = False,
    allow_remote_code: bool = False,
    weights: Mapping[str, Tensor] | None = None,
) -> tuple[Any, Loading]:
    """Load an encoder with the head of a transformers auto class (`AutoModel`: no head), on the CPU.

    With `AutoModel` the pooler is loaded only if `pooler` is set; it counts as a head. `weights` replaces the weights
    of the files.

    With `keep_head` the checkpoint must contain the complete head. Otherwise a fine-tuned head is dropped, and a new
    one is initialised by torch's generator. With `fresh_pooler` the pooler is dropped, and a new one is initialised if
    the head has one. Raises StageError if an encoder weight is missing, unexpected or has the wrong shape, and
    BadRequest if transformers has no such head for the architecture.
    """
    model_class = _class(path, auto, config, allow_remote_code)
    weights = _weights(weight_files(path, allow_pickle)) if weights is None else weights
    parts = _encoder_parts(model_class, config)
    fresh = _fresh(weights, parts, config, auto, keep_head)
    if fresh_pooler:
        fresh |= {name for name in weights if parts.bare(name).split(".")[0] == "pooler"}
    with quiet():
        model, info = model_class.from_pretrained(
            None,
            config=config,
            state_dict={name: value for name, value in weights.items() if name not in fresh},
            dtype=dtype,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **({} if pooler else _without_pooler(model_class, auto)),
        )
    missing, unexpected = set(info["missing_keys"]), set(info["unexpected_keys"])
    mismatched = {name for name, *_ in info["mismatched_keys"]}
    _check(path, "missing from the files", [name for name in missing if keep_head or parts.holds(name)])
    _check(path, "unknown to the architecture", [name for name in unexpected if parts.holds(name)])
    _check(path, "with another shape than config.json says", mismatched)
    loaded = sum(parts.holds(name) for name in weights.keys() - fresh)
    dropped = _modules(fresh | unexpected, parts)
    return model, Loading(dropped=dropped, created=_modules(missing, parts), encoder=loaded)


@dataclass(frozen=True)
class _Parts:
    """The names of the encoder in a model class: the prefix of its weights in a model with a head, and its modules."""

    prefix: str
    modules: frozenset[str]

    def bare(self, name: str) -> str:
        return name.removeprefix(f"{self.prefix}.") if self.prefix else name

    def holds(self, name: str) -> bool:
        """Return whether a weight belongs to the encoder; a pooler counts as a head."""
        bare = self.bare(name)
        module = bare.split(".")[0]
        return module != "pooler" and (bare != name or module in self.modules)


def _encoder_parts(model_class: Any, config: Any) -> _Parts:
    import torch

    with torch.device("meta"), quiet():
        model = model_class(config)
    return _Parts(model.base_model_prefix, frozenset(name for name, _ in model.base_model.named_children()))


def _fresh(weights: Mapping[str, Any], parts: _Parts, config: Any, auto: str, keep_head: bool) -> set[str]:
    """Return the names of the weights of a fine-tuned head to replace; pre-trained heads are kept if they fit."""
    if keep_head or not fine_tuned(config.architectures or ()):
        return set()
    return {name for name in weights if not parts.holds(name) and parts.bare(name).split(".")[0] != "pooler"}


def fine_tuned(architectures: Iterable[str]) -> str | None:
    """Return the auto class of the fine-tuned head named by `architectures` of a config.json, or None."""
    for name in architectures:
        for head in ("SequenceClassification", "MultipleChoice", "TokenClassification", "QuestionAnswering"):
            if name.endswith(f"For{head}"):
                return f"AutoModelFor{head}"
    return None


def _class(path: Path, auto: str, config: Any, allow_remote_code: bool) -> Any:
    import transformers

    remote = getattr(config, "auto_map", None) or {}
    if allow_remote_code and auto in remote:
        from transformers.dynamic_module_utils import get_class_from_dynamic_module

        return get_class_from_dynamic_module(remote[auto], str(path))
    mapping = getattr(transformers, auto)._model_mapping  # noqa: SLF001 - transformers offers no other table
    if type(config) not in mapping:
        raise BadRequest(f"{path}: transformers has no {auto} for model type '{config.model_type}'")
    classes = mapping[type(config)]
    return classes[0] if isinstance(classes, tuple) else classes


def _without_pooler(model_class: Any, auto: str) -> dict[str, Any]:
    import inspect

    accepts = "add_pooling_layer" in inspect.signature(model_class.__init__).parameters
    return {"add_pooling_layer": False} if accepts and auto == "AutoModel" else {}


def _weights(files: Iterable[Path]) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    weights: dict[str, Tensor] = {}
    for file in files:
        weights |= load_file(file) if file.suffix == ".safetensors" else _unpickled(file)
    return weights


def _unpickled(file: Path) -> dict[str, Tensor]:
    import pickle

    import torch

    try:
        weights: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise StageError(
            f"{file}: the pickle cannot be loaded without running its code; convert it to safetensors"
        ) from error
    return weights


def _check(path: Path, what: str, names: Iterable[str]) -> None:
    wrong = sorted(names)
    if wrong:
        raise StageError(
            f"{path}: weights {what}: {few(wrong, 3)}; the checkpoint is incomplete or does not fit its config.json"
        )


def _modules(names: Iterable[str], parts: _Parts) -> tuple[str, ...]:
    return tuple(sorted({parts.bare(name).split(".")[0] for name in names}))


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the progress bars and loading reports of transformers within the block."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
