"""Checkpoint folders: what their weight files hold, and loading them with nothing lost or made up in silence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import BadRequest, StageError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_PICKLED = ("pytorch_model.bin.index.json", "pytorch_model.bin")
_SAFE = ("model.safetensors.index.json", "model.safetensors")
_LONGEST_HEADER = 100 * 2**20


@dataclass(frozen=True)
class Loading:
    """What loading did with heads: the names of modules whose weights were dropped, and of those newly made.

    `encoder` counts the weights of the encoder, all of which were taken over.
    """

    dropped: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    encoder: int = field(default=0, compare=False)


def weight_files(path: Path, allow_pickle: bool = False) -> list[Path]:
    """Return a folder's weight files, all shards, safetensors before pickles; BadRequest without any."""
    for index, single in (_SAFE, _PICKLED):
        if (path / single).exists() or (path / index).exists():
            if index in _PICKLED and not allow_pickle:
                raise BadRequest(
                    f"{path}: its weights are pickled only ({single}), and a pickle can run any code when loaded; "
                    "convert them to safetensors, or consent with --allow-pickle"
                )
            return [path / single] if (path / single).exists() else _shards(path / index)
    held = ", ".join(sorted(entry.name for entry in path.iterdir())[:6]) or "nothing"
    raise BadRequest(f"{path}: no weights; it holds {held}; expected model.safetensors")


def _shards(index: Path) -> list[Path]:
    names = read_json(index).get("weight_map", {}).values()
    files = [index.parent / Path(name).name for name in sorted(set(names))]
    missing = [file.name for file in files if not file.is_file()]
    if missing or not files:
        raise BadRequest(f"{index}: the shards it names are missing: {', '.join(missing) or 'it names none'}")
    return files


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; BadRequest where it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(content, dict):
        raise BadRequest(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content


def shapes(file: Path) -> dict[str, list[int]]:
    """Return the shape of every tensor of a safetensors file from its header; BadRequest where the file is damaged.

    The format: https://github.com/huggingface/safetensors#format
    """
    with file.open("rb") as opened:
        start = opened.read(8)
        length = int.from_bytes(start, "little")
        if start == b"version ":
            raise BadRequest(f"{file}: a Git LFS pointer, not the weights; fetch them with `git lfs pull`")
        try:
            if length > _LONGEST_HEADER:
                raise ValueError("not a safetensors header")
            header = json.loads(opened.read(length))
            header.pop("__metadata__", None)
            end = 8 + length + max((entry["data_offsets"][1] for entry in header.values()), default=0)
            found = {name: list(entry["shape"]) for name, entry in header.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRequest(f"{file}: damaged, or no safetensors file ({error}); fetch it again") from error
    if file.stat().st_size != end:
        raise BadRequest(f"{file}: {file.stat().st_size:,} bytes where its header says {end:,}; fetch it again")
    return found


def load_model(
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
    """Load an encoder with the head of a transformers auto class (`AutoModel`: none), on the CPU.

    A bare encoder is loaded without its pooler unless `pooler` asks for it, which then is a head like others. `weights`
    are the checkpoint's, where its files do not hold them.

    With `fresh_pooler` the checkpoint's pooler is dropped, and a new one made where the head has one.
    With `keep_head` the checkpoint's own head must be there, whole; without, a fine-tuned head is dropped and a new
    one is made from torch's generator. Raises StageError where a weight of the encoder is missing, left over or of
    another shape, and BadRequest where the architecture has no such head.
    """
    made_of = _class(path, auto, config, allow_remote_code)
    weights = _weights(weight_files(path, allow_pickle)) if weights is None else weights
    parts = _encoder_parts(made_of, config)
    fresh = _fresh(weights, parts, config, auto, keep_head)
    if fresh_pooler:
        fresh |= {name for name in weights if parts.bare(name).split(".")[0] == "pooler"}
    with quiet():
        model, info = made_of.from_pretrained(
            None,
            config=config,
            state_dict={name: value for name, value in weights.items() if name not in fresh},
            dtype=dtype,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **({} if pooler else _without_pooler(made_of, auto)),
        )
    missing, left = set(info["missing_keys"]), set(info["unexpected_keys"])
    wrong = {name for name, *_ in info["mismatched_keys"]}
    _check(path, "missing from the file", [name for name in missing if keep_head or parts.holds(name)])
    _check(path, "not known to the architecture", [name for name in left if parts.holds(name)])
    _check(path, "of another shape than config.json says", wrong)
    taken = sum(parts.holds(name) for name in weights.keys() - fresh)
    return model, Loading(dropped=_modules(fresh | left, parts), created=_modules(missing, parts), encoder=taken)


@dataclass(frozen=True)
class _Parts:
    """How a model class calls its encoder: the prefix of its weights in a model with a head, and its modules."""

    prefix: str
    modules: frozenset[str]

    def bare(self, name: str) -> str:
        return name.removeprefix(f"{self.prefix}.") if self.prefix else name

    def holds(self, name: str) -> bool:
        """Say whether a weight is the encoder's; a pooler counts as a head."""
        bare = self.bare(name)
        module = bare.split(".")[0]
        return module != "pooler" and (bare != name or module in self.modules)


def _encoder_parts(made_of: Any, config: Any) -> _Parts:
    import torch

    with torch.device("meta"), quiet():
        model = made_of(config)
    return _Parts(model.base_model_prefix, frozenset(name for name, _ in model.base_model.named_children()))


def _fresh(weights: Mapping[str, Any], parts: _Parts, config: Any, auto: str, keep_head: bool) -> set[str]:
    """Return the weights of a fine-tuned head that is to be replaced; what was pre-trained stays where it fits."""
    if keep_head or not fine_tuned(config.architectures or ()):
        return set()
    return {name for name in weights if not parts.holds(name) and parts.bare(name).split(".")[0] != "pooler"}


def fine_tuned(architectures: Iterable[str]) -> str | None:
    """Return the auto class of a fine-tuned head that the architectures of a config.json name, or None."""
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
    mapping = getattr(transformers, auto)._model_mapping
    if type(config) not in mapping:
        raise BadRequest(f"{path}: transformers has no {auto} for model type '{config.model_type}'")
    found = mapping[type(config)]
    return found[0] if isinstance(found, tuple) else found


def _without_pooler(made_of: Any, auto: str) -> dict[str, Any]:
    import inspect

    accepts = "add_pooling_layer" in inspect.signature(made_of.__init__).parameters
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
        raise StageError(f"{file}: cannot be loaded without running code in it; use safetensors") from error
    return weights


def _check(path: Path, what: str, names: Iterable[str]) -> None:
    found = sorted(names)
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise StageError(f"{path}: weights {what}: {', '.join(found[:3])}{more}; the checkpoint is not whole")


def _modules(names: Iterable[str], parts: _Parts) -> tuple[str, ...]:
    return tuple(sorted({parts.bare(name).split(".")[0] for name in names}))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bars and its loading report from the terminal; what matters is reported by us."""
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
