"""Sentence-transformers folders: embeddings as they declare them; heads on their encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadParameter, BadRequest, Finding, LoadedModel, LoadOptions, Model, ModelInfo, Task, Training
from xharness_plugins.models import st_folder, st_settings, word_space
from xharness_plugins.models.st_folder import encoder


def _claims(path: Path) -> int | None:
    return 20 if (path / st_folder.MODULES).is_file() else None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.inspection import digests, fingerprint, inspect

    modules = st_folder.modules(path)
    folders = [folder for folder, _ in modules]
    _check_first(path, modules[0])
    st_folder.check_trust(path, options)
    st_folder.check_forms(path)
    st_folder.check_sizes(folders[1:])
    info = inspect(folders[0], reference, revision, options, adapter="st", decoders=True, root=path)
    own = [file for folder in folders[1:] if folder.is_dir() for file in folder.iterdir()]
    root = path.resolve()
    files = digests(root, [root / st_folder.MODULES, *root.glob("*sentence*.json"), *own])
    below = folders[0].relative_to(root)
    files |= {(below / name).as_posix(): digest for name, digest in info.files.items()}
    return replace(info, path=path, files=files, fingerprint=fingerprint(files), ready=frozenset({"embed"}), labels=())


def _check_first(path: Path, module: st_folder.Module) -> None:
    kind = st_folder.class_of(module)
    if module[1].startswith("sentence_transformers.") and kind != "Transformer":
        raise BadRequest(
            f"{path / st_folder.MODULES}: the first module is {kind}, which is not supported; expected Transformer, "
            f"{', '.join(st_folder.TABLES)} or Router"
        )


def check(info: ModelInfo, params: Mapping[str, Any]) -> None:
    """Raise BadParameter if a length of vectors is asked for that is above their own."""
    length = params.get("truncate_dim")
    if length is None or not _claims(info.path):
        return
    most = st_folder.dimension(st_folder.modules(info.path)[1:], info.hidden_size)
    if most and length > most:
        raise BadParameter.of("truncate_dim", length, f"must be at most {most}, the length of its vectors")


def _settle(info: ModelInfo, params: Mapping[str, Any]) -> Mapping[str, Any]:
    return word_space.settle(info, st_settings.settle(info, params))


def _on_encoders(options: LoadOptions) -> LoadOptions:
    """Return options whose bases are the encoder folders, since low-rank updates were trained on these."""
    return replace(options, bases=tuple(encoder(base) for base in options.bases))


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    if capability == "embed" and _claims(path):
        from xharness_plugins.models import st_embedder

        return st_embedder.load(path, params, options)

    from xharness_plugins.models.loading import load

    return load(encoder(path), capability, task, params, _on_encoders(options))


def _train(training: Training) -> Mapping[str, Any]:
    from xharness_plugins.models.training import train

    return train(replace(training, path=encoder(training.path), options=_on_encoders(training.options)))


def _merge(path: Path, *rest: Any, **more: Any) -> Mapping[str, Any]:
    from xharness_plugins.models.merging import merge

    return merge(encoder(path), *rest, **more)


def _check_up(path: Path, words: Mapping[str, Sequence[str]], options: LoadOptions) -> Iterator[Finding]:
    from xharness_plugins.models.check_up import check_up

    return check_up(encoder(path), words, _on_encoders(options))


ST = Model(
    name="st",
    summary="sentence-transformers folders, with their own prompts, pooling and further layers",
    capabilities=frozenset({"embed", "classify", "choose", "tag", "answer", "fill"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check_up=_check_up,
    train=_train,
    trainings=frozenset({"finetune", "multitask"}),
    lora=True,
    merge=_merge,
    check=check,
    settle=_settle,
    params={**st_settings.PARAMS, word_space.NAME: word_space.PARAM},
)
