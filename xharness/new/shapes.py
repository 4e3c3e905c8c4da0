"""For each kind of task that trains a head: its columns, as Python source, from the columns of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xharness.errors import BadRequest
from xharness.new.columns import Roles
from xharness.new.rendering import quoted


@dataclass(frozen=True)
class Shape:
    """The columns of a kind as Python source, by column; names of columns that need no computation; further fields.

    `plain` is empty if a value is computed. `by` is the column whose rows stay in one split. `wrap` is the function of
    `xharness.data.pools` that makes the rows of the kind from these columns. With `query`, the column of the queries,
    `columns` are the columns of their translations by language.
    """

    columns: Mapping[str, str]
    plain: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    by: str = ""
    wrap: str = ""
    query: str = ""


def classification(roles: Roles) -> Shape:
    """Return the shape of a text, or a pair of texts, with a label."""
    label = roles.need("label", roles.label())
    pair = roles.find("text_pair")
    plain = {"text": roles.need("text", roles.text())}
    if pair:
        plain["text_pair"] = pair
    plain["label"] = label
    labels = tuple(roles.look.distinct(label))
    return Shape(texts(plain), plain=plain, labels=labels)


def multiple_choice(roles: Roles) -> Shape:
    """Return the shape of a context with choices, one of which is right."""
    numbered = roles.numbered()
    listed = "" if numbered else roles.need("choices", roles.find("choices"))
    answer = roles.need("answer", roles.find("answer"))
    question = roles.find("question")
    context = roles.find("context")
    first = context or roles.need("context", question)
    both = bool(context and question)
    choices = f"[{', '.join(map(_row, numbered))}]" if numbered else _list_of(roles, listed)
    columns = {
        "context": f'lambda row: {_row(first)} + " " + {_row(question or "")}' if both else quoted(first),
        "choices": quoted(listed) if listed and choices == _row(listed) else f"lambda row: {choices}",
        "label": f"lambda row: {_index(roles, answer, choices, len(numbered))}",
    }
    number = {"number": str(len(numbered))} if numbered else {}
    return Shape(columns, fields=number, by="context" if both else "")


def span_qa(roles: Roles) -> Shape:
    """Return the shape of a question whose answer is a part of a context."""
    plain = {role: roles.need(role, roles.find(role)) for role in ("question", "context")}
    answer = roles.need("answer", roles.find("answer"))
    found = f'[{{"text": {_row(answer)}, "start": {_row(plain["context"])}.find({_row(answer)})}}]'
    columns = {**ids(roles), **texts(plain)}
    wrap = "" if "id" in columns else "numbered"
    columns["answers"] = f"lambda row: (\n        {found} if {_row(answer)} else []\n    )"
    if roles.look.listed(answer) or any(isinstance(value, dict) for value in roles.look.columns[answer]):
        raise BadRequest(
            f"{roles.look.where}: the answers in column '{answer}' are not texts; write them as a JSON file in the "
            "form of SQuAD, or as a column with the text of one answer"
        )
    return Shape(columns, by="context", wrap=wrap)


def tagging(roles: Roles) -> Shape:
    """Return the shape of a sentence with a tag for each word."""
    plain = {role: roles.need(role, roles.find(role)) for role in ("tokens", "tags")}
    lists = {role: roles.look.listed(column) for role, column in plain.items()}
    columns = {
        role: quoted(column) if lists[role] else f"lambda row: {_row(column)}.split()" for role, column in plain.items()
    }
    return Shape(columns, plain=plain if all(lists.values()) else {})


def texts(plain: Mapping[str, str]) -> dict[str, str]:
    """Return the source of columns that are taken as they are."""
    return {role: quoted(column) for role, column in plain.items()}


def ids(roles: Roles) -> dict[str, str]:
    """Return the source of the column of ids; empty if the data have none."""
    column = roles.find("id")
    return {"id": quoted(column)} if column else {}


def _row(column: str) -> str:
    return f"row[{quoted(column)}]"


def _list_of(roles: Roles, column: str) -> str:
    """Return the source of the list of choices in a column: a list, or an object with the list `text`, as ARC has."""
    if roles.look.listed(column):
        return _row(column)
    if all(isinstance(value, dict) and isinstance(value.get("text"), list) for value in roles.look.columns[column]):
        return f'{_row(column)}["text"]'
    raise BadRequest(
        f"{roles.look.where}: the choices in column '{column}' are not lists; write lists in JSON Lines, or a "
        "column for each choice, as choice1 and choice2"
    )


def _index(roles: Roles, answer: str, choices: str, count: int) -> str:
    """Return the source of the index of the right choice, from 0."""
    values = roles.look.distinct(answer)
    if all(value.lstrip("-").isdecimal() for value in values):
        lowest, highest = min(map(int, values)), max(map(int, values))
        # Without a 0 the numbers begin with 1, if the highest is the number of choices or unknown.
        return f"int({_row(answer)}) - 1" if lowest >= 1 and highest >= count else f"int({_row(answer)})"
    if all(len(value) == 1 and value in "ABCDE" for value in values):
        return f'"ABCDE".index({_row(answer)})'
    return f"{choices}.index({_row(answer)})"
