"""The grammar of one language: lexicons and sentence templates, read from `languages/<code>.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from xharness import DataError, language

# The lexicons whose words are tagged PROPN by default.
_PROPER = {"given", "family", "place", "country"}


@dataclass(frozen=True)
class Word:
    """A token of a template: its masculine and feminine form, its tag, and whether a space precedes it."""

    forms: tuple[str, str]
    tag: str
    space: bool


@dataclass(frozen=True)
class Slot:
    """A slot of a template, filled with an entry of a lexicon: name `place2` and form `to` use lexicon `place`."""

    name: str
    form: str
    space: bool

    @property
    def lexicon(self) -> str:
        """Return the lexicon that fills the slot."""
        return self.name.rstrip("2")


Template = tuple[Word | Slot, ...]


@dataclass(frozen=True)
class Grammar:
    """The content of a language file.

    `lexicons[lexicon][entry][form]` and `templates[section][name]` are templates; `genders` maps given names to
    0 (men) or 1 (women), the index in `Word.forms`.
    """

    language: str
    lexicons: Mapping[str, Mapping[str, Mapping[str, Template]]]
    templates: Mapping[str, Mapping[str, Template]]
    genders: Mapping[str, int]


@cache
def grammar(code: str) -> Grammar:
    """Return the grammar of a language; raise DataError if its file is invalid."""
    path = files("xharness_tasks.mini") / "languages" / f"{code}.toml"
    try:
        return _parse(code, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"mini data, {code}.toml: {error}") from error


def _parse(code: str, content: Mapping[str, Any]) -> Grammar:
    spaced = language(code).spaced
    forms = content.get("forms", {})
    given = content["given"]
    tables = {
        "person": {"person": _person(content["person"], forms)},
        "given": {**given["m"], **given["f"]},
        **{name: content[name] for name in ("family", "place", "country", "org", "job", "thing", "item", "time")},
    }
    return Grammar(
        language=code,
        lexicons={name: _lexicon(name, table, forms, spaced) for name, table in tables.items()},
        templates={
            section: {name: template(text, spaced) for name, text in content[section].items()}
            for section in ("statements", "questions", "causes", "effects")
        },
        genders={name: index for index, sex in enumerate("mf") for name in given[sex]},
    )


def _person(declared: Mapping[str, str], forms: dict[str, list[str]]) -> list[str]:
    forms["person"] = list(declared)
    return list(declared.values())


def _lexicon(
    name: str, table: Mapping[str, str | list[str]], forms: Mapping[str, list[str]], spaced: bool
) -> dict[str, dict[str, Template]]:
    columns = forms.get(name, ["name"])
    default = "PROPN" if name in _PROPER else ""
    entries: dict[str, dict[str, Template]] = {}
    for entry, given in table.items():
        texts = [given] if isinstance(given, str) else given
        if len(texts) != len(columns):
            raise ValueError(f"[{name}] {entry}: {len(texts)} forms, expected {', '.join(columns)}")
        entries[entry] = {column: template(text, spaced, default) for column, text in zip(columns, texts)}
    return entries


def template(text: str, spaced: bool, tag: str = "") -> Template:
    """Parse a template: items `form/TAG`, `man~woman/TAG`, `{slot}` or `{slot:form}`, separated by spaces.

    `+` before an item joins it to the previous one, `_` forces a space; otherwise words of spaced languages are
    separated by spaces, except punctuation. Raises ValueError for a word without a tag.
    """
    items: list[Word | Slot] = []
    forced: bool | None = None
    for item in text.split():
        if item == "_":
            forced = True
            continue
        if item.startswith("+"):
            item, forced = item[1:], False
        if item.startswith("{"):
            name, _, form = item.strip("{}").partition(":")
            items.append(Slot(name, form or "name", spaced if forced is None else forced))
        else:
            form, _, own_tag = item.partition("/")
            if not (own_tag or tag) or not form:
                raise ValueError(f"'{item}' in '{text}' has no tag")
            space = (spaced and own_tag != "PUNCT") if forced is None else forced
            man, _, woman = form.partition("~")
            items.append(Word((man, woman if "~" in form else man), own_tag or tag, space))
        forced = None
    return tuple(items)
