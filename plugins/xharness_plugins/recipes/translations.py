"""Machine translations for recipes that train or predict on them: published ones, or those of a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xharness import (
    BadParameter,
    BadRequest,
    DataRef,
    Inputs,
    Param,
    RecipeInput,
    Task,
    Translate,
    caveat,
    positive,
    translate,
    translated,
)

PUBLISHED = "published"
_ENGLISH = "en"

TRANSLATIONS = {
    "translations": Param(
        type=str,
        default=PUBLISHED,
        help="published, or a checkpoint that translates: a folder or a hub id",
    ),
    "beams": Param(type=positive, default=4, help="beam size"),
    "translation_length": Param(type=positive, default=256, help="maximum number of tokens of a translated sentence"),
}
ROWS = Param(type=positive, help="number of examples of each language, from the first; by default all")


def published(wish: RecipeInput) -> bool:
    """Return whether the published translations are read."""
    return bool(wish.params["translations"] == PUBLISHED)


def training_splits(wish: RecipeInput, task: Task, languages: Sequence[str]) -> tuple[DataRef, ...]:
    """Return a task's English training split, or its translation, in each language.

    BadRequest if it is not published in a language.
    """
    own = task.training
    assert own is not None
    english = DataRef(task.name, own.language, "train")
    _translatable(task)
    if published(wish) and (missing := sorted({*languages} - {*own.translations, own.language})):
        raise BadRequest(_none(f"the English training split of task '{task.name}'", "in", missing, own.translations))
    return tuple(english if code == own.language else _translation(wish, task, english, code) for code in languages)


def english_inputs(wish: RecipeInput, split: DataRef) -> Inputs | None:
    """Return the English translation of a split of the task, None if it is in English."""
    task = wish.task
    if split.language == _ENGLISH:
        return None
    _translatable(task)
    if published(wish) and split.language not in task.translated:
        raise BadRequest(_none(f"test data of task '{task.name}'", "from", [split.language], task.translated))
    inputs = _translation(wish, task, split, _ENGLISH)
    return Inputs(ref=inputs, language=_ENGLISH, caveat=caveat("translated_inputs", into=_ENGLISH))


def _translation(wish: RecipeInput, task: Task, split: DataRef, target: str) -> DataRef:
    training = target != _ENGLISH
    name = DataRef(task.name, target if training else split.language, translated(split.split))
    if published(wish):
        return name
    model = wish.find_model(wish.params["translations"])
    if "translate" not in model.ready:
        raise BadParameter.of(
            "translations",
            model.reference,
            f"{model.architecture} cannot translate; use a translation model, such as NLLB or Marian",
        )
    how = Translate(
        source=split.language,
        target=target,
        beams=wish.params["beams"],
        max_length=wish.params["translation_length"],
        rows=wish.params.get("rows"),
        located=training and task.kind.gold_follows_inputs,
        kept=tuple(getattr(task, "english", ())),
    )
    return replace(name, made=translate(model, split, how))


def _translatable(task: Task) -> None:
    if task.kind.translate is None:
        raise BadRequest(f"task '{task.name}': examples of kind {task.kind.name} cannot be translated")


def _none(what: str, way: str, missing: Sequence[str], known: Sequence[str]) -> str:
    """Return the message for translations that are not published; `way` is `in` or `from` a language."""
    only = f"only {way} {', '.join(sorted(known))}" if known else f"{way} no language"
    return (
        f"translations of {what} are published {only}, not {way} {', '.join(missing)}; add --param translations=MODEL "
        "to translate with a checkpoint"
    )
