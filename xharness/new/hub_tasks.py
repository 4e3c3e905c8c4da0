"""The package of a task whose data are a repository of the hub."""

from __future__ import annotations

import json
from typing import Any

from xharness.errors import BadRequest
from xharness.languages import LANGUAGES, canonical
from xharness.new.columns import Roles, shown
from xharness.new.forms import FORMS
from xharness.new.hub_look import Repository, look_at_hub
from xharness.new.readers import columns_of
from xharness.new.rendering import quoted
from xharness.new.shapes import Shape
from xharness.new.tasks import TaskDraft, Wanted, explained, shape_of

_NAMES = {"train": "train", "dev": "validation", "test": "test"}


def of_repository(id: str, wanted: Wanted) -> TaskDraft:
    """Return the task for a repository; raise BadRequest if its columns or languages cannot be decided on."""
    found = look_at_hub(id, wanted.revision, wanted.data)
    roles = Roles(found.look, wanted.columns)
    language = None if found.languages else roles.language()
    squad = _squad(found) and wanted.kind in (None, "span-qa")
    kind, shape = ("span-qa", Shape({}, plain={})) if squad else shape_of(roles, wanted.kind)
    spelt = found.languages or (roles.look.distinct(language) if language else wanted.languages)
    codes = sorted({canonical(each) for each in spelt} & set(LANGUAGES))
    if not codes:
        raise BadRequest(
            f"--from {id}: neither its configs nor a column gives languages; name the column with "
            "--column language=COLUMN, or the language with --lang en"
        )
    splits = _splits(found, kind, shape)
    read = _read(shape, language, squad=squad)
    task = TaskDraft(kind, codes, "hub", _declared(found, splits, read), [], shape, splits=tuple(splits))
    names = sorted([task.form.task_class, *task.words, *(["Tuning"] if task.tuned else [])])
    task.imports = [f"from xharness import {', '.join(names)}, hookimpl, hub"]
    task.imports += [f"from xharness.data.pools import {shape.wrap}"] if shape.wrap else []
    task.imports += ["from xharness.data.tables import mapped"] if "mapped" in read else []
    task.imports += ["from xharness.data.squad import hub_questions"] if squad else []
    task.imports += ["", *columns_of(shape)] if "mapped" in read else []
    first = canonical(str(roles.look.columns[language][0])) if language else ""
    task.tested = first or next((code for code in codes if code == "en"), codes[0])
    task.fixture = _fixture(found, splits)
    task.choices = [
        ("kind", kind, "you named it" if wanted.kind else "by the columns"),
        *explained(roles),
        ("languages", shown(codes), f"configs '{found.config}'" if found.languages else f"column '{language}'"),
        ("splits", ", ".join(splits.values()), _tested(splits)),
        ("revision", found.revision or "none", _pinned(found, wanted)),
    ]
    return task


def _splits(found: Repository, kind: str, shape: Shape) -> dict[str, str]:
    """Return the repository's names of the splits of a task; BadRequest if one that the kind needs is missing."""
    form, splits = FORMS[kind], dict(found.splits)
    if "test" in form.needs and "test" not in splits:
        other = next((name for name in ("dev", "train") if name in splits and name not in form.needs), None)
        if other == "dev" or form.splits == ("test",):
            splits["test"] = splits.pop(str(other))
    lacking = [name for name in form.needs if name not in splits]
    if lacking or shape.wrap == "pooled" or shape.query:
        what = "a column for each language is read from files only" if shape.query else ""
        what = what or (f"no split for {' and '.join(lacking)}" if lacking else "its pool needs the rows of all splits")
        raise BadRequest(
            f"--from {found.id}: kind '{kind}': {what}; download a file and give it with --from FILE, or write the "
            "task by hand (docs/extend.md)"
        )
    return splits


def _tested(splits: dict[str, str]) -> str:
    tested = splits.get("test", "test")
    return (
        "by their names" if tested == "test" else f"by their names; '{tested}' is evaluated, since there is no 'test'"
    )


def _pinned(found: Repository, wanted: Wanted) -> str:
    if wanted.revision:
        return "you named it"
    return "the newest commit" if found.revision else "a copy has no commit; add it"


def _squad(found: Repository) -> bool:
    """Return whether the rows have the columns of SQuAD on the hub."""
    answers = found.look.columns.get("answers") or [None]
    return {"id", "question", "context"} <= set(found.look.columns) and isinstance(answers[0], dict)


def _read(shape: Shape, language: str | None, *, squad: bool) -> str:
    if squad:
        return "lambda rows, language: hub_questions(rows)"
    if shape.plain and not language:
        return ""
    rows = f"mapped(COLUMNS, language={quoted(language)})" if language else "mapped(COLUMNS)"
    return f"{shape.wrap}({rows})" if shape.wrap else rows


def _declared(found: Repository, splits: dict[str, str], read: str) -> str:
    lines = [quoted(found.id)]
    if found.config:
        lines.append(f"config={quoted(found.config)}")
    if found.revision:
        lines.append(f"revision={quoted(found.revision)}")
    if any(_NAMES[split] != name for split, name in splits.items()):
        named = ", ".join(f"{quoted(split)}: {quoted(name)}" for split, name in splits.items())
        lines.append(f"splits={{{named}}}")
    if read:
        lines.append(f"read={read}")
    return "hub(\n" + "".join(f"            {line},\n" for line in lines) + "        )"


def _fixture(found: Repository, splits: dict[str, str]) -> dict[str, str]:
    """Return a copy of the repository with its first 20 rows, as the tests of the package read it."""
    columns = found.look.columns
    classes = {name: dict(enumerate(names)) for name, names in found.look.classes.items()}
    count = min(20, *map(len, columns.values()))
    rows = [{name: _plain(values[n], classes.get(name)) for name, values in columns.items()} for n in range(count)]
    files = [{"split": name, "path": "rows.jsonl"} for name in splits.values()]
    front = json.dumps({"configs": [{"config_name": found.read, "data_files": files}]})
    folder = f"tests/hub/{found.id}"
    lines = "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    return {f"{folder}/README.md": f"---\n{front}\n---\n", f"{folder}/rows.jsonl": lines}


def _plain(value: Any, classes: dict[int, str] | None) -> Any:
    if classes is None:
        return value
    return [classes.get(each) for each in value] if isinstance(value, list) else classes.get(value)
