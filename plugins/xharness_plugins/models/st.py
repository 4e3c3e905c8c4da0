"""Sentence-transformers folders: embeddings with their own pooling and normalisation; heads on their encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, Finding, LoadedModel, LoadOptions, Model, ModelInfo, StageError, Task, Training
from xharness.engine.checkpoints import weight_files
from xharness.errors import reason_of
from xharness.foreign import FLAG, NAME, PATH, TEXT, list_of, object_of, read_json, record, shown, whole
from xharness_plugins.models.hf import MAX_LENGTH

if TYPE_CHECKING:
    from torch import Tensor

    from xharness.engine.checkpoints import Loading
    from xharness_plugins.models.heads.embed import Embedder

_MODULES = "modules.json"
_MODULES_FORM = list_of(record({"path": PATH, "type": NAME}, required=["path", "type"]))
# By pattern: the form of the other files that describe the vectors.
_FORMS = {
    "config_sentence_transformers.json": record({"prompts": object_of(TEXT), "default_prompt_name": TEXT}),
    "sentence_*_config.json": record({"max_seq_length": whole(1), "do_lower_case": FLAG}),
}


def _claims(path: Path) -> int | None:
    return 20 if (path / _MODULES).is_file() else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.inspection import digests, fingerprint, inspect

    folders = _folders(path)
    _check_trust(path, options)
    _check_forms(path, folders[0])
    _check_sizes(folders[1:])
    info = inspect(folders[0], reference, revision, options, adapter="st", decoders=True, root=path)
    own = [file for folder in folders[1:] if folder.is_dir() for file in folder.iterdir()]
    files = digests(path, [path / _MODULES, *path.glob("*sentence*.json"), *own])
    below = folders[0].relative_to(path)
    files |= {(below / name).as_posix(): digest for name, digest in info.files.items()}
    return replace(info, path=path, files=files, fingerprint=fingerprint(files), ready=frozenset({"embed"}), labels=())


def _modules(path: Path) -> list[tuple[Path, str]]:
    """Return the folder and the class of each module; BadRequest if a folder is not below `path`."""
    entries = read_json(path / _MODULES, _MODULES_FORM)
    modules = [((path / entry["path"]).resolve(), entry["type"]) for entry in entries]
    if not modules or not all(folder.is_relative_to(path.resolve()) for folder, _ in modules):
        raise BadRequest(f"{path / _MODULES}: expected modules in folders below {path}")
    return modules


def _folders(path: Path) -> list[Path]:
    """Return the folders of the modules, the encoder's first."""
    return [folder for folder, _ in _modules(path)]


def _check_trust(path: Path, options: LoadOptions) -> None:
    """Raise BadRequest if a module runs code that the user has not allowed."""
    for number, (folder, kind) in enumerate(_modules(path)):
        if not kind.startswith("sentence_transformers.") and not options.allow_remote_code:
            raise BadRequest(
                f"{path / _MODULES}: '{kind}' is not a module of sentence-transformers, so loading it runs code from "
                "the checkpoint; check that code, then allow it with --allow-remote-code"
            )
        pickled = (folder / "pytorch_model.bin").exists() and not (folder / "model.safetensors").exists()
        if number and pickled and not options.allow_pickle:
            raise BadRequest(
                f"{folder}: the weights are only available as a pickle, which can run arbitrary code when loaded; "
                "convert them to safetensors, or allow it with --allow-pickle"
            )


def _check_forms(path: Path, encoder: Path) -> None:
    """Raise BadRequest if a file that describes the vectors has another form than sentence-transformers reads."""
    for pattern, form in _FORMS.items():
        for file in sorted({*path.glob(pattern), *encoder.glob(pattern)}):
            content = read_json(file, form)
            name = content.get("default_prompt_name")
            if name is not None and name not in (content.get("prompts") or {}):
                raise BadRequest(f"{file}: default_prompt_name: expected a name of prompts, got {shown(name)}")


def _check_sizes(folders: Sequence[Path]) -> None:
    """Raise BadRequest if a module after the encoder is much larger than its weights, before it is built."""
    from xharness_plugins.models.inspection import sizes

    for folder in folders:
        config = read_json(folder / "config.json", record({})) if (folder / "config.json").is_file() else {}
        inner, outer = config.get("in_features"), config.get("out_features")
        if isinstance(inner, int) and isinstance(outer, int):
            _, values = sizes(weight_files(folder, allow_pickle=True))
            if inner * outer > 2 * values:
                raise BadRequest(
                    f"{folder / 'config.json'}: describes a layer with {inner * outer:,} parameters, but the weights "
                    f"have {values:,}; download the checkpoint again"
                )


def _encoder(path: Path) -> Path:
    """Return the folder of the encoder: `path` itself for a checkpoint that was fine-tuned here."""
    return _folders(path)[0] if _claims(path) else path


def _on_encoders(options: LoadOptions) -> LoadOptions:
    """Return options whose bases are the encoder folders, since low-rank updates were trained on these."""
    return replace(options, bases=tuple(_encoder(base) for base in options.bases))


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models.loading import load

    if capability == "embed" and _claims(path):
        return _embedder(path, params, options)
    return load(_encoder(path), capability, task, params, _on_encoders(options))


def _train(training: Training) -> Mapping[str, Any]:
    from xharness_plugins.models.training import train

    return train(replace(training, path=_encoder(training.path), options=_on_encoders(training.options)))


def _merge(path: Path, *rest: Any, **more: Any) -> Mapping[str, Any]:
    from xharness_plugins.models.merging import merge

    return merge(_encoder(path), *rest, **more)


def _check_up(path: Path, words: Mapping[str, Sequence[str]], options: LoadOptions) -> Iterator[Finding]:
    from xharness_plugins.models.check_up import check_up

    return check_up(_encoder(path), words, _on_encoders(options))


def _embedder(path: Path, params: Mapping[str, Any], options: LoadOptions) -> Embedder:
    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness_plugins.models.fitting import fit_inputs, remarks, stream_options
    from xharness_plugins.models.heads.embed import Embedder
    from xharness_plugins.models.inspection import Folder
    from xharness_plugins.models.loading import stream_on
    from xharness_plugins.models.predictors import TextEncoder

    _check_trust(path, options)
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    model, loading = _sentence_transformer(path, str(device), dtype, options)
    folder = Folder.read(_encoder(path))
    tokenizer = model.tokenizer  # lower-cases if the folder says so
    types = fit_inputs(folder.path, tokenizer, model[0].auto_model)
    length = min(params.get("max_length") or model.max_seq_length or folder.max_length, folder.max_length)
    prompt = model.prompts.get(model.default_prompt_name or "") or ""
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        "architecture": folder.architecture,
        "layer": folder.layers,
        "layers": folder.layers,
        "pooling": " > ".join(type(module).__name__ for module in list(model.children())[1:]),
        "prompt": prompt,
        "max_length": length,
        **remarks(loading, types),
    }
    encode, step = TextEncoder(tokenizer, length, prompt=prompt), _step(model, tokenizer, prompt)
    stream = stream_on(device, tokenizer, folder.hidden_size, stream_options(options, model[0].auto_model))
    fixed = bool(params.get("max_length"))
    return Embedder(model, stream, about, tokenizer=tokenizer, encode=encode, step=step, fixed_length=fixed)


def _step(model: Any, tokenizer: Any, prompt: str) -> Callable[[dict[str, Tensor]], Tensor]:
    # Some folders do not pool the tokens of the prompt; the final special token does not belong to the prompt.
    ids = tokenizer(prompt)["input_ids"] if prompt else []
    more = {"prompt_length": len(ids) - (ids[-1] in tokenizer.all_special_ids)} if ids else {}

    def step(batch: dict[str, Tensor]) -> Tensor:
        embeddings: Tensor = model({**batch, **more})["sentence_embedding"]
        return embeddings.float()

    return step


def _sentence_transformer(path: Path, device: str, dtype: Any, options: LoadOptions) -> tuple[Any, Loading]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise StageError(
            "the adapter 'st' needs sentence-transformers: pip install 'xharness[sentence-transformers]'"
        ) from error

    from xharness.engine.checkpoints import quiet
    from xharness_plugins.models.checkpoint import Checkpoint

    # Refuse missing weights, which sentence-transformers would initialise at random.
    checkpoint = Checkpoint.read(_encoder(path), options)
    encoder, loading = checkpoint.load("AutoModel", checkpoint.config(), dtype=dtype)
    try:
        with quiet():
            model = SentenceTransformer(
                str(path),
                device=device,
                local_files_only=True,
                trust_remote_code=options.allow_remote_code,
                model_kwargs={"torch_dtype": dtype},
            )
    except Exception as error:  # its modules raise too many types of errors to list
        raise StageError(f"{path}: sentence-transformers cannot load it ({reason_of(error)})") from error
    if loading.prefix:  # sentence-transformers does not find weights with another prefix
        model[0].auto_model.load_state_dict(encoder.state_dict(), strict=False)
    return model.to(dtype).eval(), loading


ST = Model(
    name="st",
    summary="sentence-transformers folders, with their own pooling and normalisation",
    capabilities=frozenset({"embed", "classify", "choose", "tag", "answer", "fill"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check_up=_check_up,
    train=_train,
    trainings=frozenset({"finetune", "multitask"}),
    lora=True,
    merge=_merge,
    params={"max_length": MAX_LENGTH},
)
