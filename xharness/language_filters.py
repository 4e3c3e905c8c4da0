"""Select the languages of a request by name, family, script, or whether the model saw them in pre-training."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from xharness.errors import BadRequest, UnknownName, unknown
from xharness.languages import LANGUAGES, canonical
from xharness.specs.models import ModelInfo
from xharness.specs.tasks import Task

Wanted = list[tuple[Task, tuple[str, ...]]]

_ATTRIBUTES: dict[str, Callable[[str], str]] = {
    "family": lambda code: LANGUAGES[code].family,
    "script": lambda code: LANGUAGES[code].script,
}


def spelled(what: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return families or scripts as the language table spells them; raise BadRequest for an unknown one."""
    known = {_ATTRIBUTES[what](code).casefold(): _ATTRIBUTES[what](code) for code in LANGUAGES}
    for name in names:
        if name.casefold() not in known:
            raise unknown(what, name, known.values())
    return tuple(dict.fromkeys(known[name.casefold()] for name in names))


def named(wanted: Wanted, spellings: Sequence[str], *, every: bool) -> tuple[Wanted, tuple[str, ...]]:
    """Keep the named languages, in any spelling; return them and their codes as the tasks spell them.

    Raises BadRequest for a language that no task has and, with `every`, for a task that keeps no language.
    """
    known = list(dict.fromkeys(code for _, languages in wanted for code in languages))
    codes: list[str] = []
    for name in spellings:
        matches = [name] if name in known else [code for code in known if canonical(code) == canonical(name)]
        if not matches:
            raise _missing(name, known, [task.name for task, _ in wanted])
        codes += matches
    kept = _kept(wanted, codes.__contains__, f"none of {', '.join(spellings)}", every=every)
    return kept, tuple(dict.fromkeys(codes))


def within(wanted: Wanted, what: str, given: Sequence[str], *, every: bool) -> Wanted:
    """Keep the languages of the given families or scripts; drop languages outside the table."""

    def keep(code: str) -> bool:
        code = canonical(code)
        return code in LANGUAGES and _ATTRIBUTES[what](code) in given

    return _kept(wanted, keep, f"no language of {what} {' or '.join(given)}", every=every)


def by_training(wanted: Wanted, seen: bool, info: ModelInfo, *, every: bool) -> Wanted:
    """Keep the languages that the model saw in pre-training, or the others; raise BadRequest if unknown."""
    known = info.languages
    if known is None:
        raise BadRequest(
            f"--{'seen' if seen else 'unseen'}: the pre-training languages of {info.reference} are unknown; list them "
            "under `language:` in the front matter of a README.md in its folder, or select languages with --lang"
        )
    what = f"no language that {info.reference} {'saw' if seen else 'did not see'} in pre-training"
    return _kept(wanted, lambda code: (canonical(code) in known) == seen, what, every=every)


def _kept(wanted: Wanted, keep: Callable[[str], bool], lacking: str, *, every: bool) -> Wanted:
    pairs = [(task, tuple(code for code in languages if keep(code))) for task, languages in wanted]
    for (task, kept), (_, languages) in zip(pairs, wanted, strict=True):
        if every and not kept:
            raise BadRequest(f"task '{task.name}' has {lacking}; available: {', '.join(languages)}")
    nonempty = [(task, languages) for task, languages in pairs if languages]
    if not nonempty:
        raise BadRequest(f"nothing to run: {', '.join(task.name for task, _ in wanted)} have {lacking}")
    return nonempty


def left_out(requested: Sequence[str], languages: Mapping[str, Collection[str]]) -> list[str]:
    """Return one line for each group of tasks that lack the same requested languages."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for task, known in languages.items():
        has = {canonical(code) for code in known}
        lacking = tuple(code for code in requested if canonical(code) not in has)
        if lacking:
            groups.setdefault(lacking, []).append(task)
    return [f"{', '.join(codes)}: not in {', '.join(tasks)}" for codes, tasks in groups.items()]


def _missing(name: str, known: Sequence[str], tasks: Sequence[str]) -> BadRequest:
    code, where = canonical(name), ", ".join(tasks)
    if code in LANGUAGES:
        available = ", ".join(sorted(known))
        return BadRequest(f"language '{code}' ({LANGUAGES[code].name}) is not in {where}; available: {available}")
    names = [LANGUAGES[code].name for code in map(canonical, known) if code in LANGUAGES]
    return UnknownName(f"{unknown('language', name, [*known, *names])} (for {where})")
