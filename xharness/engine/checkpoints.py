"""Load checkpoint folders strictly: every dropped or newly initialised weight is reported or an error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xharness.engine.added_heads import can_add, with_head
from xharness.engine.model_sizes import check_config, check_parameters
from xharness.engine.weight_names import foreign_prefix, renamed_prefix, whole_layers
from xharness.errors import BadRequest, StageError, few
from xharness.foreign import NAME, PATH, list_of, mismatch, object_of, read_json, record, whole

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_PICKLED = ("pytorch_model.bin.index.json", "pytorch_model.bin")
_SAFE = ("model.safetensors.index.json", "model.safetensors")
_LONGEST_HEADER = 100 * 2**20
_INDEX = record({"weight_map": object_of(PATH)}, required=["weight_map"])
_SIZES = list_of(whole(high=10**18))
_OFFSETS = replace(
    _SIZES, expected="a list of two numbers", fits=lambda value: isinstance(value, list) and len(value) == 2
)
_HEADER = object_of(
    record({"shape": _SIZES, "data_offsets": _OFFSETS, "dtype": NAME}, required=["shape", "data_offsets"])
)


@dataclass(frozen=True)
class Loading:
    """The report of loading: names of head modules that were dropped, and of those that were newly initialised.

    `encoder` is the number of encoder weights that were loaded, `unknown` are the names of the weights within the
    encoder that the architecture does not have. `prefix` was removed from the names of all weights.
    """

    dropped: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    encoder: int = field(default=0, compare=False)
    unknown: tuple[str, ...] = ()
    prefix: str = ""


def weight_files(path: Path, allow_pickle: bool = False) -> list[Path]:
    """Return the weight files of a folder, all shards, preferring safetensors; raise BadRequest if there are none."""
    for index, single in (_SAFE, _PICKLED):
        if (path / single).exists() or (path / index).exists():
            if index in _PICKLED and not allow_pickle:
                raise BadRequest(
                    f"{path}: the weights are only available as a pickle ({single}), which can run arbitrary code when "
                    "loaded; convert them to safetensors, or allow it with --allow-pickle"
                )
            if (path / single).exists() and not (path / single).is_file():
                raise BadRequest(f"{path / single}: not a file, so it has no weights; download the checkpoint again")
            return [path / single] if (path / single).exists() else _shards(path / index, Path(single).suffix)
    contents = ", ".join(sorted(entry.name for entry in path.iterdir())[:6]) or "nothing"
    raise BadRequest(f"{path}: no weights; the folder contains {contents}; expected model.safetensors")


def _shards(index: Path, suffix: str) -> list[Path]:
    names = read_json(index, _INDEX)["weight_map"].values()
    files = [index.parent / Path(name).name for name in sorted(set(names))]
    if others := [file.name for file in files if file.suffix != suffix]:
        raise BadRequest(f"{index}: expected shards that end with {suffix}, got {few(others)}")
    missing = [file.name for file in files if not file.is_file()]
    if missing or not files:
        raise BadRequest(
            f"{index}: missing shards: {', '.join(missing)}; download the checkpoint again"
            if missing
            else f"{index}: lists no shards; download the checkpoint again"
        )
    return files


def shapes(file: Path) -> dict[str, list[int]]:
    """Return the shape of every tensor from the header of a safetensors file; raise BadRequest if it is damaged."""
    return {name: list(entry["shape"]) for name, entry in header(file).items()}


def header(file: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of the header of a safetensors file by tensor; raise BadRequest if it is damaged.

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
            entries: dict[str, dict[str, Any]] = json.loads(opened.read(length))
            entries.pop("__metadata__", None)
            if problem := mismatch(entries, _HEADER):
                raise ValueError(problem)
            end = 8 + length + max((entry["data_offsets"][1] for entry in entries.values()), default=0)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise BadRequest(f"{file}: damaged, or not a safetensors file ({error}); download it again") from error
    if file.stat().st_size != end:
        raise BadRequest(
            f"{file}: the file has {file.stat().st_size:,} bytes, its header says {end:,}; download it again"
        )
    return entries


def tensors(file: Path) -> Iterator[tuple[str, Tensor]]:
    """Yield the names and tensors of a weight file, one at a time; a pickle is read without running its code."""
    from safetensors import safe_open

    if file.suffix != ".safetensors":
        yield from _unpickled(file).items()
        return
    with safe_open(file, framework="pt") as opened:
        for name in opened.keys():  # noqa: SIM118 - it is no mapping
            yield name, opened.get_tensor(name)


def read_weights(path: Path, allow_pickle: bool = False) -> dict[str, Tensor]:
    """Return the weights of a checkpoint folder by name; BadRequest if there are none."""
    from safetensors.torch import load_file

    weights: dict[str, Tensor] = {}
    for file in weight_files(path, allow_pickle):
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


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Which parts of a checkpoint are loaded besides its encoder.

    `head`: with `complete` the checkpoint must contain every weight of the head; with `matching` its weights are loaded
    where the model has them too, as those of a pre-trained head; with `new` none is loaded. `fresh_pooler` leaves the
    pooler out. A model without head (`AutoModel`) has a pooler only with `pooler`. A `decoder` gets a head of
    `added_heads` where transformers has none for its architecture.
    """

    head: Literal["complete", "matching", "new"] = "matching"
    pooler: bool = False
    fresh_pooler: bool = False
    decoder: bool = False


_ENCODER = Parts()


def load_model(
    path: Path,
    auto: str,
    config: Any,
    weights: Mapping[str, Tensor],
    *,
    dtype: torch.dtype,
    parts: Parts = _ENCODER,
    allow_remote_code: bool = False,
) -> tuple[Any, Loading]:
    """Load an encoder with the head of a transformers auto class (`AutoModel`: no head), on the CPU.

    `path` is the folder of the checkpoint, `weights` are its weights by name (see `read_weights`). What `parts` leaves
    out, or the checkpoint lacks, is initialised by torch's generator. A pooler counts as a head.

    Weights within the encoder that the architecture does not have are left out, unless they are whole layers. A prefix
    that all names share and the architecture does not have is removed, such as `module.`.

    Raises StageError if a weight of the encoder, or of a complete head, is missing or has the wrong shape, or if whole
    layers are unexpected; BadRequest if transformers has no such head for the architecture, or the configuration
    describes a much larger model than the weights are. Nothing is built before its size is known.
    """
    model_class = _class(path, auto, config, allow_remote_code, parts.decoder)
    values = sum(value.numel() for value in weights.values())
    check_config(path, config.to_dict(), len(weights), values)
    encoder = _encoder_names(model_class, config)
    check_parameters(path, encoder.parameters, values)
    prefix = foreign_prefix(weights, encoder.weights, encoder.bare)
    weights = {name.removeprefix(prefix): value for name, value in weights.items()}
    other = renamed_prefix(weights, encoder.weights, encoder.bare)
    if other:
        weights = {_renamed(name, other, f"{encoder.prefix}."): value for name, value in weights.items()}
    left_out = _left_out(weights, encoder, parts)
    with quiet():
        model, info = model_class.from_pretrained(
            None,
            config=config,
            state_dict={name: value for name, value in weights.items() if name not in left_out},
            dtype=dtype,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **({} if parts.pooler else _without_pooler(model_class, auto)),
        )
    missing, unexpected = set(info["missing_keys"]), set(info["unexpected_keys"])
    mismatched = {name for name, *_ in info["mismatched_keys"]}
    needed = missing if parts.head == "complete" else filter(encoder.holds, missing)
    unknown = {name for name in unexpected if encoder.holds(name)}
    without = f" (without the prefix '{prefix}' of all weights)" if prefix else ""
    _check(path, f"missing from the files{without}", needed)
    _check(
        path, "unknown to the architecture, of whole layers", whole_layers(map(encoder.bare, unknown), encoder.weights)
    )
    _check(path, "with another shape than config.json says", mismatched)
    loaded = sum(encoder.holds(name) for name in weights.keys() - left_out - unknown)
    return model, Loading(
        dropped=_modules(left_out | unexpected - unknown, encoder),
        created=_modules(missing, encoder),
        encoder=loaded,
        unknown=tuple(sorted(name for name in unknown if encoder.bare(name) not in encoder.buffers)),
        prefix=prefix,
    )


def _renamed(name: str, prefix: str, new: str) -> str:
    return new + name.removeprefix(prefix) if name.startswith(prefix) else name


@dataclass(frozen=True)
class _EncoderNames:
    """The names of the encoder in a model class, and its number of parameters.

    `prefix` is that of its weights in a model with a head, `modules` are its modules, `weights` and `buffers` the names
    of its weights and buffers without the prefix.
    """

    prefix: str
    modules: frozenset[str]
    weights: frozenset[str]
    buffers: frozenset[str]
    parameters: int

    def bare(self, name: str) -> str:
        return name.removeprefix(f"{self.prefix}.") if self.prefix else name

    def holds(self, name: str) -> bool:
        """Return whether a weight belongs to the encoder; a pooler counts as a head."""
        bare = self.bare(name)
        module = bare.split(".")[0]
        return module != "pooler" and (bare != name or module in self.modules)


def _encoder_names(model_class: Any, config: Any) -> _EncoderNames:
    import torch

    with torch.device("meta"), quiet():
        model = model_class(config)
    encoder = model.base_model
    return _EncoderNames(
        prefix=model.base_model_prefix,
        modules=frozenset(name for name, _ in encoder.named_children()),
        weights=frozenset(encoder.state_dict()),
        buffers=frozenset(name for name, _ in encoder.named_buffers()),
        parameters=sum(weight.numel() for weight in encoder.parameters()),
    )


def _left_out(weights: Iterable[str], encoder: _EncoderNames, parts: Parts) -> set[str]:
    """Return the names of the weights that are not loaded: those of a head to replace, and of a pooler to replace."""
    others = {name for name in weights if not encoder.holds(name)}
    pooler = {name for name in others if encoder.bare(name).split(".")[0] == "pooler"}
    head = others - pooler if parts.head == "new" else set()
    return head | (pooler if parts.fresh_pooler else set())


def _class(path: Path, auto: str, config: Any, allow_remote_code: bool, decoder: bool) -> Any:
    import transformers

    remote = getattr(config, "auto_map", None) or {}
    if allow_remote_code and auto in remote:
        from transformers.dynamic_module_utils import get_class_from_dynamic_module

        return get_class_from_dynamic_module(remote[auto], str(path))
    encoder = None if getattr(config, "is_encoder_decoder", False) else _encoder_alone(config)
    if encoder is not None and auto == "AutoModel":
        return encoder
    known = _mapped(getattr(transformers, auto), config)
    if known is not None and encoder is None:
        return known
    base = encoder or _mapped(transformers.AutoModel, config)
    if base is None or not can_add(auto):
        raise BadRequest(f"{path}: transformers has no {auto} for model type '{config.model_type}'")
    return with_head(base, auto, last=decoder)


def _encoder_alone(config: Any) -> Any:
    """Return the class of the encoder of a type that has encoder and decoder, as T5; None for other types."""
    import transformers

    both = getattr(type(config)(), "is_encoder_decoder", False)
    return _mapped(transformers.AutoModelForTextEncoding, config) if both else None


def _mapped(auto: Any, config: Any) -> Any:
    """Return the model class of a transformers auto class for a configuration, None if it has none."""
    mapping = auto._model_mapping  # noqa: SLF001 - transformers offers no other table
    if type(config) not in mapping:
        return None
    classes = mapping[type(config)]
    return classes[0] if isinstance(classes, tuple) else classes


def _without_pooler(model_class: Any, auto: str) -> dict[str, Any]:
    import inspect

    accepts = "add_pooling_layer" in inspect.signature(model_class.__init__).parameters
    return {"add_pooling_layer": False} if accepts and auto == "AutoModel" else {}


def _check(path: Path, what: str, names: Iterable[str]) -> None:
    wrong = sorted(names)
    if wrong:
        raise StageError(
            f"{path}: weights {what}: {few(wrong, 3)}; the checkpoint is incomplete or does not fit its config.json"
        )


def _modules(names: Iterable[str], encoder: _EncoderNames) -> tuple[str, ...]:
    return tuple(sorted({encoder.bare(name).split(".")[0] for name in names}))


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
