"""Decide which column of the data has which role, by names and by contents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xharness.data.tables import split_of
from xharness.errors import BadRequest, unknown
from xharness.languages import LANGUAGES, canonical
from xharness.new.looking import Look

NAMES: Mapping[str, Sequence[str]] = {
    "language": ("language", "lang", "locale", "languagecode", "langcode", "languageid"),
    "split": ("split", "set", "partition", "subset"),
    "id": ("id", "uid", "guid", "idx", "index", "indexid", "exampleid", "questionid"),
    "label": "label labels class category sentiment stars rating topic intent goldlabel target y".split(),
    "text": "text sentence sentence1 text1 premise review reviewbody body content comment tweet utterance".split(),
    "text_pair": "textpair sentence2 text2 hypothesis".split(),
    "context": "context passage florespassage paragraph article premise startphrase".split(),
    "question": ("question", "query"),
    "choices": "choices options endings candidates".split(),
    "answer": "label answer answers correctanswernum correctanswer correct goldlabel gold answerkey".split(),
    "tokens": ("tokens", "words"),
    "tags": "tags nertags postags upos labels".split(),
    "query": "english en source src sourcetext sourcesentence query sentence1 text1".split(),
    "document": "translation foreign target tgt targettext targetsentence document sentence2 text2".split(),
    "passage": "passage context paragraph document candidate positive text answer".split(),
    "prompt": "prompt instruction input description".split(),
    "reference": "reference target completion output response solution canonicalsolution code answer".split(),
    "tests": ("tests", "test"),
    "entry_point": ("entrypoint",),
}  # fmt: skip
"""The usual names of the columns of each role, without _ and -, the most usual first."""
_NUMBERED = re.compile(r"(mc_?answer|choice|option|ending|answer|sol|solution)[_-]?(\d|[a-e])", re.IGNORECASE)
_MOST_LABELS = 30
_SHORT = 30


@dataclass
class Roles:
    """The columns of data by role, and the reason of each decision.

    `given` are the columns that the user named; a name that the data do not have is a BadRequest. `odd` says why a
    column with the name of languages is not used.
    """

    look: Look
    given: Mapping[str, str]
    columns: dict[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)
    odd: str = ""

    def __post_init__(self) -> None:
        """Take the columns that the user named."""
        for role, column in self.given.items():
            if role not in NAMES:
                raise unknown("role of a column", role, NAMES)
            if column not in self.look.columns:
                raise unknown(f"column of {self.look.where}", column, self.look.columns)
            self.take(role, column, "you named it")

    def find(self, role: str, by_content: Callable[[], Iterable[str]] = lambda: (), fits: str = "") -> str | None:
        """Return the column of a role: named by the user, by a usual name, or the only one with fitting contents."""
        if role in self.columns:
            return self.columns[role]
        plain = {re.sub(r"[\s_-]", "", name.lower()): name for name in self.free()}
        named = next((plain[name] for name in NAMES[role] if name in plain), None)
        if named:
            return self.take(role, named, "by its name")
        found = list(by_content())
        return self.take(role, found[0], fits) if len(found) == 1 else None

    def need(self, role: str, found: str | None) -> str:
        """Return the column of a role; BadRequest with the columns and the option that names one if there is none."""
        if found is None:
            names = ", ".join(self.look.columns)
            raise BadRequest(
                f"{self.look.where}: cannot decide which column is the {role}; the columns are {names}; "
                f"name it with --column {role}=COLUMN"
            )
        return found

    def free(self) -> list[str]:
        """Return the columns without a role."""
        used = {*self.columns.values(), *self.choices}
        return [name for name in self.look.columns if name not in used]

    def by_language(self) -> dict[str, str]:
        """Return the columns that are named after languages, by code; empty unless all but id and split are."""
        found = {}
        for name in self.free():
            if name.lower() == "id" and not any(" " in text for text in self.look.texts(name)):
                continue
            code = canonical(name)
            if code not in LANGUAGES:
                return {}
            found[code] = name
        return found if len(found) > 1 else {}

    def language(self) -> str | None:
        """Return the column that names the language of each row."""
        known = [name for name in self.free() if self._languages(name)]
        named = self.find("language", lambda: known, "all its values are languages")
        if named is None or named in known or "language" in self.given:
            return named
        del self.columns["language"], self.reasons["language"]
        others = [value for value in self.look.distinct(named) if canonical(value) not in LANGUAGES]
        self.odd = f" (column '{named}' has values that are not known languages: {shown(others, 3)})"
        return None

    def split(self) -> str | None:
        """Return the column that names the split of each row."""
        fitting = [name for name in self.free() if all(map(split_of, self.look.distinct(name)))]
        return self.find("split", lambda: fitting, "all its values are splits") if fitting or self.given else None

    def label(self) -> str | None:
        """Return the column with few values, each of several rows."""
        return self.find("label", lambda: filter(self._few, self.free()), "the only column with few values")

    def text(self) -> str | None:
        """Return the only other column whose values are long, or mostly distinct."""
        long = [name for name in self.free() if self._mean(name) >= _SHORT]
        return self.find("text", lambda: long or filter(self._distinct, self.free()), "the only column of texts")

    def numbered(self) -> tuple[str, ...]:
        """Return the columns of choices that are numbered, such as `choice1` and `choice2`."""
        groups: dict[str, list[str]] = {}
        for name in self.look.columns:
            if match := _NUMBERED.fullmatch(name):
                groups.setdefault(match[1].lower(), []).append(name)
        best = max(groups.values(), key=len, default=[])
        if len(best) < 2 or "choices" in self.given:
            return ()
        self.choices = tuple(sorted(best))
        self.reasons["choices"] = "numbered columns"
        return self.choices

    def check_complete(self, optional: Iterable[str]) -> None:
        """Raise BadRequest if a row has no value for a role; `optional` roles may be empty."""
        for role, column in self.columns.items():
            values = self.look.columns[column]
            empty = [number for number, value in enumerate(values, start=1) if value is None]
            if empty and role not in optional:
                raise BadRequest(
                    f"{self.look.where}: {len(empty)} of {len(values)} rows have no {role} (column '{column}'), first "
                    f"row {empty[0]}; complete these rows, or remove them"
                )

    def take(self, role: str, column: str, why: str) -> str:
        """Give a column a role, with the reason; return the column."""
        self.columns[role] = column
        self.reasons[role] = why
        return column

    def _languages(self, column: str) -> bool:
        values = self.look.distinct(column)
        return bool(values) and all(canonical(value) in LANGUAGES for value in values)

    def _few(self, column: str) -> bool:
        values, total = self.look.distinct(column), len(self.look.texts(column))
        return not self.look.listed(column) and 2 <= len(values) <= min(_MOST_LABELS, total / 3)

    def _distinct(self, column: str) -> bool:
        values = self.look.texts(column)
        return len(set(values)) > len(values) / 2 and not all(value.isdecimal() for value in values)

    def _mean(self, column: str) -> float:
        values = self.look.texts(column)
        return sum(map(len, values)) / max(len(values), 1)


def kind_of(roles: Roles) -> str | None:
    """Return the kind of task that the columns of data fit, None if none can be decided on."""
    plain = {re.sub(r"[\s_-]", "", name.lower()) for name in roles.look.columns}

    def named(*wanted: str) -> bool:
        return all(role in roles.given or plain & set(NAMES[role]) for role in wanted)

    if roles.numbered() or named("choices"):
        return "multiple-choice"
    if named("question", "context", "answer"):
        return "span-qa"
    if named("tokens", "tags"):
        return "tagging"
    if named("prompt", "reference"):
        return "generation"
    if roles.by_language():
        return "bitext-retrieval"
    pairs = (("query", "document", "bitext-retrieval"), ("question", "passage", "passage-retrieval"))
    for one, other, kind in pairs:
        labelled = "label" in roles.given or plain & (set(NAMES["label"]) - set(NAMES[other]))
        if named(one, other) and not labelled:
            return kind
    return "classification" if roles.label() else None


def shown(names: Sequence[str], most: int = 10) -> str:
    """Return names joined by commas, the number of the others at the end."""
    more = f", ... ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(names[:most]) + more
