"""For retrieval, mining, ranking, generation and running text: columns, as Python source, from the columns of data."""

from __future__ import annotations

from xharness.new.columns import Roles
from xharness.new.shapes import Shape, ids, texts


def bitext_retrieval(roles: Roles) -> Shape:
    """Return the shape of a sentence with its translation."""
    return _parallel(roles, "aligned")


def bitext_mining(roles: Roles) -> Shape:
    """Return the shape of a sentence with its translation; either may be missing."""
    return _parallel(roles, "mined")


def passage_retrieval(roles: Roles) -> Shape:
    """Return the shape of a question with the passage that answers it."""
    plain = {"id": roles.need("id", roles.find("id")), **_needed(roles, "question", "passage")}
    return Shape(texts(plain), by="passage", wrap="pooled")


def ranking(roles: Roles) -> Shape:
    """Return the shape of a query with its right candidate."""
    plain = _needed(roles, "question", "passage")
    return Shape({**ids(roles), **texts({"query": plain["question"], "candidate": plain["passage"]})}, wrap="ranked")


def generation(roles: Roles) -> Shape:
    """Return the shape of a description with the code that it asks for, and tests of it if the data have any."""
    plain = _needed(roles, "prompt", "reference")
    columns = {**ids(roles), **texts({"prompt": plain["prompt"], "target": plain["reference"]})}
    more = {role: column for role in ("tests", "entry_point") if (column := roles.find(role))}
    fields = {"unsafe_code": "True"} if "tests" in more else {"metrics": '("bleu", "chrf", "code_exact_match")'}
    fields["most"] = "128"
    return Shape({**columns, **texts(more)}, fields=fields, wrap="described")


def running_text(roles: Roles) -> Shape:
    """Return the shape of a line of text."""
    return Shape(texts({"text": roles.need("text", roles.text())}))


def _parallel(roles: Roles, wrap: str) -> Shape:
    """Return the shape of two columns of texts, or of a column for each language."""
    columns = roles.by_language()
    if not columns:
        return Shape(texts(_needed(roles, "query", "document")), wrap=wrap)
    query = columns.pop("en", None) or columns.pop(next(iter(columns)))
    return Shape(texts(columns), wrap=wrap, query=roles.take("query", query, "a column for each language"))


def _needed(roles: Roles, *names: str) -> dict[str, str]:
    return {role: roles.need(role, roles.find(role)) for role in names}
