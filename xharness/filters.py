"""Which languages of its tasks a request is about: those it names, by family, by script, by what the model saw."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from xharness.errors import BadRequest, UnknownName, unknown
from xharness.languages import LANGUAGES, canonical
from xharness.specs.models import ModelInfo
from xharness.specs.tasks import Task

Wanted = list[tuple[Task, tuple[str, ...]]]

_PLACES: dict[str, Callable[[str], str]] = {
    "family": lambda code: LANGUAGES[code].family,
    "script": lambda code: LANGUAGES[code].script,
}


def places(what: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return families or scripts as the table of languages spells them; BadRequest with near names for others."""
    known = {_PLACES[what](code).casefold(): _PLACES[what](code) for code in LANGUAGES}
    for name in given:
        if name.casefold() not in known:
            raise unknown(what, name, known.values())
    return tuple(dict.fromkeys(known[name.casefold()] for name in given))


def named(wanted: Wanted, given: Sequence[str], *, every: bool) -> tuple[Wanted, tuple[str, ...]]:
    """Keep the languages that are named, in any spelling; return them with the names as the tasks spell them.

    Raises BadRequest for a language that no task has, and, where `every` task must keep one, for a task that has none.
    """
    known = list(dict.fromkeys(code for _, languages in wanted for code in languages))
    codes: list[str] = []
    for name in given:
        found = [name] if name in known else [code for code in known if canonical(code) == canonical(name)]
        if not found:
            raise _not_there(name, known, [task.name for task, _ in wanted])
        codes += found
    kept = _kept(wanted, codes.__contains__, f"none of {', '.join(given)}", every=every)
    return kept, tuple(dict.fromkeys(codes))


def within(wanted: Wanted, what: str, given: Sequence[str], *, every: bool) -> Wanted:
    """Keep the languages of some families or scripts; a language outside the table is of none."""

    def keep(code: str) -> bool:
        code = canonical(code)
        return code in LANGUAGES and _PLACES[what](code) in given

    return _kept(wanted, keep, f"no language of {what} {' or '.join(given)}", every=every)


def by_training(wanted: Wanted, seen: bool, info: ModelInfo, *, every: bool) -> Wanted:
    """Keep the languages that the model saw in pre-training, or those that it did not; BadRequest if not known."""
    known = info.languages
    if known is None:
        raise BadRequest(
            f"--{'seen' if seen else 'unseen'}: what languages {info.reference} saw in pre-training is not known; list "
            "them under `language:` in the front matter of a README.md in its folder, or name languages with --lang"
        )
    what = f"no language that {info.reference} {'saw' if seen else 'did not see'} in pre-training"
    return _kept(wanted, lambda code: (canonical(code) in known) == seen, what, every=every)


def _kept(wanted: Wanted, keep: Callable[[str], bool], lacking: str, *, every: bool) -> Wanted:
    pairs = [(task, tuple(code for code in languages if keep(code))) for task, languages in wanted]
    for (task, kept), (_, languages) in zip(pairs, wanted, strict=True):
        if every and not kept:
            raise BadRequest(f"task '{task.name}' has {lacking}; it has {', '.join(languages)}")
    found = [(task, languages) for task, languages in pairs if languages]
    if not found:
        raise BadRequest(f"nothing to run: {', '.join(task.name for task, _ in wanted)} have {lacking}")
    return found


def left_out(asked: Sequence[str], languages: Mapping[str, Collection[str]]) -> list[str]:
    """Say which of the languages that were asked for each task lacks; tasks that lack the same ones go together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for task, known in languages.items():
        has = {canonical(code) for code in known}
        lacking = tuple(code for code in asked if canonical(code) not in has)
        if lacking:
            groups.setdefault(lacking, []).append(task)
    return [f"{', '.join(codes)}: not in {', '.join(tasks)}" for codes, tasks in groups.items()]


def _not_there(name: str, known: Sequence[str], tasks: Sequence[str]) -> BadRequest:
    code, where = canonical(name), ", ".join(tasks)
    if code in LANGUAGES:
        have = ", ".join(sorted(known))
        return BadRequest(f"language '{code}' ({LANGUAGES[code].name}) is not in {where}, which has {have}")
    names = [LANGUAGES[code].name for code in map(canonical, known) if code in LANGUAGES]
    return UnknownName(f"{unknown('language', name, [*known, *names])} (for {where})")
