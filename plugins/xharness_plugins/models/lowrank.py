"""Low-rank updates of a checkpoint by the library peft: trained, kept without the checkpoint, put into it.

A folder holds peft's own files, and config.json, which names the head and its labels; the tokenizer is the base's.
"""

from __future__ import annotations

import copy
import importlib.util
import shutil
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadParameter, BadRequest, LoadOptions, Lora, ModelInfo, StageError
from xharness.engine.checkpoints import fine_tuned, read_json
from xharness_plugins.models.inspection import Folder, digests, fingerprint
from xharness_plugins.models.inspection import inspect as inspect_whole

if TYPE_CHECKING:
    from torch import Tensor

_CONFIG, _WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_LIMITS = "tokenizer_config.json"


def check_library() -> None:
    """Raise BadRequest where peft is not installed."""
    if importlib.util.find_spec("peft") is None:
        raise BadRequest("low-rank updates need peft: pip install 'xharness[peft]'")


def holds_updates(path: Path) -> bool:
    """Say whether a folder holds low-rank updates, and not a whole checkpoint."""
    return (path / _CONFIG).is_file()


def base_of(path: Path, options: LoadOptions) -> tuple[Path, LoadOptions]:
    """Return the checkpoint that low-rank updates stand on, and the options to load it; BadRequest where it is gone."""
    if options.bases:
        return options.bases[0], replace(options, bases=options.bases[1:])
    base = Path(read_json(path / _CONFIG).get("base_model_name_or_path") or "")
    if not base.is_absolute() or not base.is_dir():
        raise BadRequest(
            f"{path}: low-rank updates of '{base}', which is not a folder here; put that checkpoint there, or name its "
            f"folder as base_model_name_or_path in {_CONFIG}"
        )
    return base, options


def whole(path: Path, options: LoadOptions) -> Path:
    """Return the folder that low-rank updates stand on in the end, which is `path` where it holds none."""
    while holds_updates(path):
        path, options = base_of(path, options)
    return path


def inspect(path: Path, reference: str, revision: str | None, options: LoadOptions, adapter: str) -> ModelInfo:
    """Return what is known of low-rank updates and their base; BadRequest where one of them cannot be taken."""
    if not (path / "config.json").is_file():
        raise BadRequest(
            f"{path}: low-rank updates without a config.json that names their head and its labels; put them into their "
            "base (merge_and_unload of peft), save that with its tokenizer, and give its folder"
        )
    check_library()
    folder, (base, rest) = Folder.read(path), base_of(path, options)
    below = inspect_whole if not holds_updates(base) else inspect
    info = below(base, str(base), None, rest, adapter)
    own = digests(path, [path / "config.json", path / _CONFIG, path / _WEIGHTS])
    files = {**own, **{f"base/{name}": digest for name, digest in info.files.items()}}
    return replace(
        info,
        reference=reference,
        path=path,
        revision=revision,
        fingerprint=fingerprint(files),
        architecture=folder.architecture,
        head=folder.head,
        labels=folder.labels,
        files=files,
    )


def add(model: Any, lora: Lora, base: Path) -> Any:
    """Give the encoder of a model low-rank updates, and leave these, heads and a pooler to be trained.

    Returns peft's view of the model, which is changed in place. BadParameter where a target is not in the encoder.
    """
    from peft import LoraConfig
    from torch.nn import Linear

    encoder = model.base_model
    linear = {name.split(".")[-1] for name, module in encoder.named_modules() if isinstance(module, Linear)}
    if unknown := [name for name in lora.targets if name not in linear]:
        has = f"{type(encoder).__name__} has the linear modules {', '.join(sorted(linear))}, not {', '.join(unknown)}"
        raise BadParameter.of("lora_targets", ",".join(lora.targets), has)
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
        modules_to_save=_heads(model),
        base_model_name_or_path=str(base),
    )
    return _view(model, config)


def _view(model: Any, config: Any) -> Any:
    from peft import PeftModel

    with warnings.catch_warnings():
        # peft asks for a property by the name that it had in older versions of transformers.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        return PeftModel(model, config)


def _heads(model: Any) -> list[str]:
    """Return the names of the modules of a model that are not its encoder's; a pooler counts as a head."""
    encoder = model.base_model
    within = "" if encoder is model else f"{model.base_model_prefix}."
    named = {f"{within}pooler": getattr(encoder, "pooler", None)}
    if within:
        named |= {name: module for name, module in model.named_children() if module is not encoder}
    return sorted(name for name, module in named.items() if module is not None and list(module.parameters()))


def told(updated: Any) -> dict[str, Any]:
    """Return how many parameters are trained, and their share of all, as the report of a training says it."""
    # peft keeps a head as it was beside the one that is trained.
    every = [value for name, value in updated.named_parameters() if ".original_module." not in name]
    trained = sum(value.numel() for value in every if value.requires_grad)
    return {"trained_parameters": trained, "trained_share": round(trained / sum(value.numel() for value in every), 6)}


def merged_first(updated: Any, evaluate: Callable[[Any], float] | None) -> Callable[[Any], float] | None:
    """Return what scores a model with its updates put into its weights, as they are when it is loaded."""
    return (lambda _: evaluate(copy.deepcopy(updated).merge_and_unload())) if evaluate else None


def save(updated: Any, base: Path, out: Path) -> None:
    """Write low-rank updates, the head, and the configuration of the model with both to a folder."""
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in _kept(updated).items()}, out / _WEIGHTS, {"format": "pt"})
    updated.active_peft_config.save_pretrained(out)
    model = updated.get_base_model()
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(out)
    if (base / _LIMITS).is_file():
        shutil.copy(base / _LIMITS, out)


def _kept(updated: Any) -> dict[str, Tensor]:
    """Return what is trained, by the names that peft gives it in files."""
    from peft import get_peft_model_state_dict

    weights: dict[str, Tensor] = get_peft_model_state_dict(updated, save_embedding_layers=False)
    return weights


def merged_weights(path: Path, options: LoadOptions) -> Mapping[str, Tensor] | None:
    """Return the weights of a checkpoint with its low-rank updates put into them; None where its files hold them all.

    Raises BadRequest where the base is gone, and StageError where base or updates are not whole.
    """
    if not holds_updates(path):
        return None
    import torch
    from peft import PeftConfig, load_peft_weights, set_peft_model_state_dict

    from xharness_plugins.models.loading import load_checkpoint, load_config

    base, rest = base_of(path, options)
    auto = fine_tuned([Folder.read(path).architecture]) or "AutoModel"
    config = load_config(path, options)
    with torch.random.fork_rng(devices=[]):  # what is made here by chance gives way, and must leave no trace
        model, _ = load_checkpoint(
            base, auto, rest, config=config, dtype=torch.float32, keep_head=False, pooler=auto == "AutoModel"
        )
        updated = _view(model, PeftConfig.from_pretrained(path))
    found = load_peft_weights(path, device="cpu")
    if wrong := found.keys() ^ _kept(updated).keys():
        raise StageError(f"{path / _WEIGHTS}: {min(wrong)} is missing or not known; the updates are not whole")
    set_peft_model_state_dict(updated, found)
    merged: Mapping[str, Tensor] = updated.merge_and_unload().state_dict()
    return merged
