"""The inputs of a cell with noise: the stage that changes the texts, or why a noise does not apply there."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from xharness.errors import BadRequest, unknown
from xharness.extras import needs
from xharness.languages import LANGUAGES
from xharness.registry import Registry
from xharness.request import Resolved
from xharness.specs.noises import Noise, NoiseSetting
from xharness.specs.places import Cell
from xharness.specs.recipes import Inputs
from xharness.specs.stage_params import Attack, Noising, Predict
from xharness.specs.stages import DataRef, Stage
from xharness.specs.tasks import Task
from xharness.specs.ways import Way


@dataclass(frozen=True)
class Clean:
    """A cell without noise: how its model is asked, the stage of its predictions, and what that predicts on.

    `made` is what the recipe predicts on instead of the evaluated split, None if it is the split itself.
    """

    cell: Cell
    way: Way
    stage: Stage
    made: Inputs | None


def noised_inputs(resolved: Resolved, task: Task, clean: Clean, setting: NoiseSetting, noise: Noise) -> Inputs:
    """Return the inputs of a cell changed by a noise; BadRequest says why the noise does not apply."""
    cell = clean.cell
    check(task, cell.place.language, setting, noise)
    if setting.of_core:
        check_core(task, cell.place.language, noise)
    if clean.made is not None:
        raise BadRequest(
            f"noise '{noise.name}': recipe '{resolved.recipe.name}' predicts on other inputs than the evaluated split; "
            "use a recipe that reads the split itself, as zero-shot"
        )
    ref = DataRef(task.name, cell.place.language, cell.split)
    limit = resolved.request.limit if task.kind.limit == "rows" else None
    params = noising(task, ref, setting, noise, limit)
    stage = Stage(params=params, data={"examples": ref})
    if setting.search:
        check_search(task, clean.way, noise)
        asked = clean.stage.params
        assert isinstance(asked, Predict)
        attack = Attack(**vars(params), asked=asked, search=setting.search)
        stage = Stage(params=attack, inputs=clean.stage.inputs, data=clean.stage.data)
    return Inputs(ref=DataRef(ref.task, ref.language, ref.split, stage), language=ref.language, gold="examples")


def check(task: Task, language: str, setting: NoiseSetting, noise: Noise) -> None:
    """Raise BadRequest if a noise cannot change a task in a language."""
    kind, what = task.kind, f"noise '{noise.name}'"
    if kind.noise is None:
        raise BadRequest(f"{what}: examples of kind {kind.name} cannot be changed by a noise")
    if kind.words_tagged and not noise.words_kept:
        raise BadRequest(f"{what} adds or removes words, but each word of '{task.name}' has a tag")
    if noise.family in task.noise.refused:
        raise BadRequest(f"{what} is not used on '{task.name}': {task.noise.refused[noise.family]}")
    _check_columns(task, setting, noise)
    reason = noise.applies(language)
    if reason:
        raise BadRequest(f"{what} does not apply: {reason}")
    _check_needs(setting, noise, language)


def check_core(task: Task, language: str, noise: Noise) -> None:
    """Raise BadRequest if a noise is not one of `core` in a language, or for a task, in which it may be used."""
    what = f"noise '{noise.name}' is left out of core"
    ask = "ask for it by its name"
    if noise.risk(language) == "high":
        name = LANGUAGES[language].name if language in LANGUAGES else language
        raise BadRequest(f"{what}: it often changes the meaning in {name}; {ask}")
    if noise.adds_sentences and not any(column.type == "spans" for column in task.kind.columns.values()):
        raise BadRequest(f"{what}: an added sentence may change the gold of '{task.name}'; {ask}")


def replaced_in_core(task: Task, language: str, noise: Noise, registry: Registry) -> bool:
    """Return whether the noise that `noise` stands in for in `core` applies, so that it is not needed."""
    if not noise.core_instead_of or noise.core_instead_of not in registry.names("noises"):
        return False
    other = registry.get("noises", noise.core_instead_of)
    try:
        check(task, language, NoiseSetting(name=noise.core_instead_of, severity=min(other.settings)), other)
    except BadRequest:
        return False
    return True


def check_search(task: Task, way: Way, noise: Noise) -> None:
    """Raise BadRequest if no search can choose the edits of a noise by the scores of a model."""
    if task.kind.right is None or not way.scored:
        what = f"examples of kind {task.kind.name}" if way.scored else f"predictions of the way '{way.name}'"
        raise BadRequest(f"noise '{noise.name}': a search needs scores of labels or choices, but {what} have none")
    if not (noise.searchable and noise.words_kept and all("rate" in each for each in noise.settings.values())):
        raise BadRequest(
            f"noise '{noise.name}' does not edit a share of the words, so a search cannot choose the words; use "
            "another noise, as char_swap"
        )


def _check_columns(task: Task, setting: NoiseSetting, noise: Noise) -> None:
    kind = task.kind
    if noise.adds_sentences and not kind.passages:
        raise BadRequest(f"noise '{noise.name}' adds sentences, but examples of kind {kind.name} have no passage")
    changed = [column for column, about in kind.columns.items() if about.noise != "never"]
    allowed = kind.passages if noise.adds_sentences else changed
    for name in setting.columns:
        if name not in allowed:
            raise unknown("column", name, allowed, f"kind {kind.name} for noise '{noise.name}'")


def _check_needs(setting: NoiseSetting, noise: Noise, language: str) -> None:
    """Raise BadRequest if a file is not given, or a package is not installed."""
    for name, param in noise.params.items():
        if param.type is Path and param.default is None and name not in setting.params:
            raise BadRequest(
                f"noise '{noise.name}' needs the file '{name}', {param.help}; "
                f"use --noise {noise.name}:{setting.severity}:{name}=FILE"
            )
    for package in noise.packages(language):
        if not _version(package):
            raise BadRequest(needs(f"noise '{noise.name}' in '{language}'", [package]))


@lru_cache
def _tables(packages: tuple[str, ...]) -> Mapping[str, str]:
    return {"unicode": unicodedata.unidata_version, **{name: str(_version(name)) for name in packages}}


@lru_cache
def _version(package: str) -> str | None:
    """Return the version of an installed package, None if it is not installed; cached, since a look-up takes 1 ms."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def noising(task: Task, ref: DataRef, setting: NoiseSetting, noise: Noise, limit: int | None = None) -> Noising:
    """Return the parameters of the stage that changes a split of a task with a noise; `limit` keeps the first rows."""
    defaults = {name: param.default for name, param in noise.params.items()}
    rules = task.noise
    policy = {"protected": list(rules.protected), "tied": rules.tied, "common_kept": rules.common_kept}
    return Noising(
        noise=setting.name,
        noise_version=noise.version,
        severity=setting.severity,
        seed=setting.seed,
        columns=setting.columns or (task.kind.passages if noise.adds_sentences else task.kind.noised),
        settings={**defaults, **noise.settings[setting.severity], **setting.params},
        seeded_by=(ref.task, ref.language, ref.split),
        tables=_tables(("regex", *noise.packages(ref.language))),
        files=_files(noise, setting),
        policy={name: value for name, value in policy.items() if value},
        limit=limit,
    )


def _files(noise: Noise, setting: NoiseSetting) -> dict[str, str]:
    """Return the digests of the files that a user gives as parameters, and of all files in folders among them."""
    digests = {}
    for name, value in setting.params.items():
        if noise.params[name].type is not Path:
            continue
        path = Path(value)
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        digest = hashlib.sha256()
        for file in files:
            name_in_folder = file.relative_to(path).as_posix()
            digest.update(name_in_folder.encode() + b"\0" + file.read_bytes())
        digests[name] = digest.hexdigest()
    return digests
