"""Low-rank updates of a checkpoint with the library peft: to add, save, inspect and merge them.

A folder of updates holds peft's own files and config.json, which names the head and its labels. The tokenizer is in the
base checkpoint.
"""

from __future__ import annotations

import copy
import shutil
import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadParameter, BadRequest, LoadOptions, Lora, ModelInfo, StageError, absent, few, needs, reason_of
from xharness.data.forms import read_json, record
from xharness.engine.checkpoints import shapes, weight_files
from xharness_plugins.models.checkpoint_files import UPDATES_CONFIG, base_of, holds_updates
from xharness_plugins.models.inspection import Folder, digests, fingerprint
from xharness_plugins.models.inspection import inspect as inspect_full

if TYPE_CHECKING:
    from torch import Tensor

_WEIGHTS = "adapter_model.safetensors"
# Of decoders and T5: the names of two modules, or of one module for queries, keys and values.
_PROJECTIONS = {
    "query": ("q_proj", "query_key_value", "qkv_proj", "q"),
    "value": ("v_proj", "query_key_value", "qkv_proj", "v"),
}
_TASKS = {False: "CAUSAL_LM", True: "SEQ_2_SEQ_LM"}
# Types of models whose modules have other names than their weights.
_RENAMED = {"gte", "jina_embeddings_v3", "new", "nomic_bert"}
_LIMITS = "tokenizer_config.json"


def check_library() -> None:
    """Raise BadRequest if peft is not installed."""
    if absent("peft"):
        raise BadRequest(needs("a model with low-rank updates", ["peft"], "peft"))


def inspect(
    path: Path, reference: str, revision: str | None, options: LoadOptions, adapter: str, decoders: bool = False
) -> ModelInfo:
    """Return the facts about low-rank updates and their base; BadRequest if one of them cannot be used."""
    if not (path / "config.json").is_file():
        raise BadRequest(
            f"{path}: low-rank updates without config.json, so their head and its labels are unknown; merge them into "
            "their base (merge_and_unload of peft), save the result with its tokenizer, and use that folder"
        )
    weights = weights_file(path)
    folder, (base, rest) = Folder.read(path), base_of(path, options)
    below = inspect_full if not holds_updates(base) else inspect
    info = below(base, str(base), None, rest, adapter, decoders)
    own = digests(path, [path / "config.json", path / UPDATES_CONFIG, weights])
    files = {**own, **{f"base/{name}": digest for name, digest in info.files.items()}}
    return replace(
        info,
        reference=reference,
        path=path,
        revision=revision,
        fingerprint=fingerprint(files),
        architecture=folder.architecture,
        ready=frozenset({folder.head} if folder.head else ()),
        labels=folder.labels,
        files=files,
    )


def weights_file(path: Path) -> Path:
    """Return the file of the weights of low-rank updates.

    BadRequest if it is missing or damaged, if peft is not installed, or if the rank exceeds the weights: that is
    checked before peft builds them.
    """
    check_library()
    if not (path / _WEIGHTS).is_file():
        raise BadRequest(f"{path}: low-rank updates without {_WEIGHTS}; download them again")
    rank = read_json(path / UPDATES_CONFIG, record({})).get("r")
    largest = max((size for shape in shapes(path / _WEIGHTS).values() for size in shape), default=0)
    if isinstance(rank, int) and rank > largest:
        raise BadRequest(
            f"{path / UPDATES_CONFIG}: rank {rank:,}, but the largest dimension in {_WEIGHTS} is {largest:,}; download "
            "the low-rank updates again"
        )
    return path / _WEIGHTS


def check_targets(lora: Lora, info: ModelInfo) -> None:
    """Raise BadParameter if the weights of a checkpoint have no matrix of the name of a target.

    Reads only headers of safetensors. What a header cannot say is found out by `add_updates`: pickled weights, types
    of models whose weights transformers renames, and matrices that are not linear modules.
    """
    if holds_updates(info.path) or not (info.path / "config.json").is_file():
        return
    folder = Folder.read(info.path)
    files = weight_files(info.path, allow_pickle=True)
    if folder.config["model_type"] in _RENAMED or any(file.suffix != ".safetensors" for file in files):
        return
    matrices = [name.split(".")[:-1] for file in files for name, shape in shapes(file).items() if len(shape) > 1]
    names = {path[-1] for path in matrices if path}
    layers = {path[-1] for path in matrices if any(part.isdecimal() for part in path[:-1])}
    if unknown := [name for name in lora.targets if _own_name(name, names) not in names]:
        problem = f"the layers of {folder.architecture} have the matrices {few(sorted(layers))}, not {few(unknown)}"
        raise BadParameter.of("lora_targets", ",".join(lora.targets), problem)


def add_updates(model: Any, lora: Lora, base: Path, *, words: bool = False) -> Any:
    """Add low-rank updates to the encoder of a model; only these, the head and a pooler stay trainable.

    With `words` the model writes text, and its last layer is not trained.

    Returns peft's view of the model, which is changed in place. BadParameter if a target is not a linear module of
    the encoder.
    """
    from peft import LoraConfig
    from torch.nn import Linear

    encoder = model.base_model
    linear = {name.split(".")[-1] for name, module in encoder.named_modules() if isinstance(module, Linear)}
    targets = list(dict.fromkeys(_own_name(name, linear) for name in lora.targets))
    if unknown := [name for name in targets if name not in linear]:
        problem = (
            f"{type(encoder).__name__} has the linear modules {', '.join(sorted(linear))}, not {', '.join(unknown)}"
        )
        raise BadParameter.of("lora_targets", ",".join(lora.targets), problem)
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        modules_to_save=None if words else _heads(model),
        task_type=_TASKS[model.config.is_encoder_decoder] if words else None,
        base_model_name_or_path=str(base),
    )
    return _view(model, config)


def _own_name(name: str, linear: Collection[str]) -> str:
    """Return the name that an architecture gives to the projections `query` and `value`; any other name unchanged."""
    return next((own for own in _PROJECTIONS.get(name, ()) if name not in linear and own in linear), name)


def _view(model: Any, config: Any) -> Any:
    from peft import PeftModel

    with warnings.catch_warnings():
        # peft reads a property by its name in older versions of transformers.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        # Merged weights are not tied again, so updates of one of two tied layers stay its own.
        warnings.filterwarnings("ignore", "Model has `tie_word_embeddings=True`", UserWarning)
        return PeftModel(model, config)


def _heads(model: Any) -> list[str]:
    """Return the names of the modules outside a model's encoder; a pooler counts as a head."""
    encoder = model.base_model
    within = "" if encoder is model else f"{model.base_model_prefix}."
    named = {f"{within}pooler": getattr(encoder, "pooler", None)}
    if within:
        named |= {name: module for name, module in model.named_children() if module is not encoder}
    return sorted(name for name, module in named.items() if module is not None and list(module.parameters()))


def trained_parameters(updated: Any) -> dict[str, Any]:
    """Return the number of trained parameters and their share of all, as entries of a training's report."""
    # peft keeps a copy of the untrained head beside the trained one.
    every = [value for name, value in updated.named_parameters() if ".original_module." not in name]
    trained = sum(value.numel() for value in every if value.requires_grad)
    return {"trained_parameters": trained, "trained_share": round(trained / sum(value.numel() for value in every), 6)}


def merged_copy(updated: Any) -> Any:
    """Return a copy of the model with the updates merged into its weights, as after loading."""
    return copy.deepcopy(updated).merge_and_unload()


def save(updated: Any, base: Path, out: Path) -> None:
    """Write low-rank updates, the head, and the configuration of the model to a folder."""
    save_updates(updated, out)
    model = updated.get_base_model()
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(out)
    if (base / _LIMITS).is_file():
        shutil.copy(base / _LIMITS, out)


def save_updates(updated: Any, out: Path) -> None:
    """Write what was trained, and the configuration of peft, which names the base, to a folder."""
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in _kept(updated).items()}, out / _WEIGHTS, {"format": "pt"})
    updated.active_peft_config.save_pretrained(out)


def _kept(updated: Any) -> dict[str, Tensor]:
    """Return the trained weights, by their names in peft's files."""
    from peft import get_peft_model_state_dict

    weights: dict[str, Tensor] = get_peft_model_state_dict(updated, save_embedding_layers=False)
    return weights


def merged_weights(model: Any, path: Path) -> Mapping[str, Tensor]:
    """Return the weights of a base model after merging the low-rank updates of a folder into it, which changes it.

    StageError if weights of the updates are missing or unknown.
    """
    weights: Mapping[str, Tensor] = merged(model, path).state_dict()
    return weights


def merged(model: Any, path: Path) -> Any:
    """Return a base model after merging the low-rank updates of a folder into it, which changes it.

    BadRequest if peft cannot build the updates; StageError if their weights are missing, unknown, or of other shapes.
    """
    from peft import PeftConfig, load_peft_weights, set_peft_model_state_dict

    try:
        updated = _view(model, PeftConfig.from_pretrained(path))
    except Exception as error:  # peft raises too many types of errors to list
        raise BadRequest(
            f"{path / UPDATES_CONFIG}: peft cannot use it ({reason_of(error)}); correct the file"
        ) from error
    weights = load_peft_weights(path, device="cpu")
    known = updated.state_dict().keys()
    # peft also writes whole embeddings that it did not train, by the names of the model.
    if wrong := {name for name in weights.keys() ^ _kept(updated).keys() if name not in weights.keys() & known}:
        raise StageError(f"{path / _WEIGHTS}: {min(wrong)} is missing or unknown; train the low-rank updates again")
    try:
        set_peft_model_state_dict(updated, weights)
    except RuntimeError as error:
        raise StageError(
            f"{path / _WEIGHTS}: the weights do not fit the base ({reason_of(error)}); use the base that they were "
            "trained on, with an embedding of the same size"
        ) from error
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Input and output embeddings are no longer tied", UserWarning)
        return updated.merge_and_unload()
