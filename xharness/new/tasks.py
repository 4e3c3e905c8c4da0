"""The package of a task: its mapping to data, in Python source, with the reason of each choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xharness.data.tables import split_of
from xharness.errors import BadRequest, suggest, unknown
from xharness.languages import LANGUAGES, canonical
from xharness.new.columns import NAMES, Roles, kind_of, shown
from xharness.new.forms import FORMS, Form
from xharness.new.looking import DataFiles, Look, files_of, format_of, look_at
from xharness.new.readers import columns_of, divided, files_source, readers_of, turns_of
from xharness.new.rendering import quoted, source_of
from xharness.new.shapes import Shape

FIXTURES = Path(__file__).parent / "fixtures"
_SPLITS = ("train", "dev", "test")
_INDENT = " " * 8
_PROMPTS = '''

@hookimpl
def xharness_prompts():
    """Yield the words in which a model is asked."""
    yield Prompt(
        task="{name}",
        templates={{"*": {template}}},
    )
'''
LARGEST = 20 << 20
"""The size in bytes above which data files are not copied into the package."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a user asks of a new task: the kind, the languages and the columns may be left open."""

    kind: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    data: Path | None = None
    revision: str | None = None


@dataclass
class TaskDraft:
    """A task as Python source, and the reasons for it.

    `copies` are files to copy into the package by path, `fixture` texts that its tests read in the language `tested`,
    `choices` the decisions: name, value and reason.
    """

    kind: str
    languages: list[str]
    source: str
    data: str
    imports: list[str]
    shape: Shape
    copies: dict[str, Path] = field(default_factory=dict)
    fixture: dict[str, str] = field(default_factory=dict)
    tested: str = ""
    splits: tuple[str, ...] = _SPLITS
    choices: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def form(self) -> Form:
        """Return how tasks of this kind are written."""
        return FORMS[self.kind]

    @property
    def tuned(self) -> bool:
        """Return whether the task names a selection, since there is no split to select a checkpoint on."""
        return self.form.selects and "train" in self.splits and "dev" not in self.splits

    def values(self, name: str, summary: str) -> dict[str, str]:
        """Return the values of the template."""
        return {
            "imports": "\n".join(self.imports),
            "task_class": self.form.task_class,
            "languages": source_of(self.languages, _INDENT),
            "fields": "".join(f"{_INDENT}{line},\n" for line in self._fields()),
            "data": self.data,
            "source": self.source,
            "tested": f"[{quoted(self.tested)}]" if self.fixture else "TASK.languages",
            "path_import": "from pathlib import Path\n\n" if self.fixture else "",
            "conformance_import": "from pathlib import Path\n\n" if self.fixture else "",
            "conformance_data": ', data=Path(__file__).parent / "hub"' if self.fixture else "",
            "root": 'root=Path(__file__).parent / "hub"' if self.fixture else "",
            "quoted_summary": quoted(summary),
            "prompts": _PROMPTS.format(name=name, template=f'Template(question="{self.form.question}")')
            if self.words
            else "",
        }

    @property
    def words(self) -> list[str]:
        """Return the classes of a task that is asked in words."""
        return ["Prompt", "Template"] if self.form.question else []

    def _fields(self) -> Iterator[str]:
        if self.shape.labels:
            yield f"labels={source_of(self.shape.labels, _INDENT)}"
        if self.source == "hub":
            yield from (f"{role}={quoted(column)}" for role, column in self.shape.plain.items())
        yield from (f"{name}={value}" for name, value in self.shape.fields.items())
        if "train" in self.splits:
            yield f"train={quoted('en' if 'en' in self.languages else self.languages[0])}"
            if self.tuned:
                yield 'tuning=Tuning(selection="last")'


def draft(origin: str, wanted: Wanted) -> TaskDraft:
    """Return the task for a file, a hub repository, or (without an origin) the examples that xharness carries."""
    if wanted.kind and wanted.kind not in FORMS:
        raise BadRequest(
            f"kind '{wanted.kind}': packages are written for {', '.join(FORMS)}{suggest(wanted.kind, FORMS)}; "
            "for other kinds see docs/extend.md, 'Write a task'"
        )
    if not origin:
        path = FIXTURES / FORMS[wanted.kind or "classification"].fixture
        return _of_file(path, wanted, format_of(path))
    path = Path(origin).expanduser()
    if not path.exists() and origin.count("/") == 1 and not path.suffix:
        from xharness.new.hub_tasks import of_repository

        return of_repository(origin, wanted)
    return _of_file(path, wanted, format_of(path))


def shape_of(roles: Roles, kind: str | None) -> tuple[str, Shape]:
    """Return the kind and its columns; BadRequest with the columns and the options if they cannot be decided."""
    found = kind or kind_of(roles)
    if found is None:
        raise BadRequest(
            f"{roles.look.where}: cannot decide which kind of task this is; the columns are "
            f"{', '.join(roles.look.columns)}; name them with --column label=COLUMN --column text=COLUMN, or give the "
            f"kind: --kind {'|'.join(FORMS)}"
        )
    return found, FORMS[found].shape(roles)


def explained(roles: Roles) -> list[tuple[str, str, str]]:
    """Return the choices: role, column, and reason."""
    rows = []
    for role, column in roles.columns.items():
        reason = roles.reasons[role]
        if role in ("label", "language"):
            values = roles.look.distinct(column)
            reason += f"; values: {shown(values, 8)}"
        rows.append((role, column, reason))
    if roles.choices:
        rows.append(("choices", shown(roles.choices), roles.reasons["choices"]))
    return rows


def _of_file(path: Path, wanted: Wanted, form: str) -> TaskDraft:
    if form != "table":
        return _of_fixed_form(path, wanted, form)
    look = look_at(path)
    roles = Roles(look, wanted.columns)
    language, split = roles.language(), roles.split()
    files = files_of(path, by_language=not language)
    if files.languages or len(files.paths) > 1:
        look = _joined(look, files)
        roles.look = look
    kind, shape = shape_of(roles, wanted.kind)
    spelt: Sequence[str] = tuple(shape.columns) if shape.query else ()
    spelt = spelt or (look.distinct(language) if language else _spelt(files, wanted, path, roles.odd))
    splits = _splits(look, split, files, FORMS[kind])
    roles.check_complete(FORMS[kind].optional)
    divides = files.divided and not split
    if divides:
        _check_divisible(roles, shape.by, FORMS[kind])
    task = TaskDraft(kind, _codes(spelt), "local", "", [], shape, splits=splits)
    task.choices = [("kind", kind, "you named it" if wanted.kind else "by the columns"), *explained(roles)]
    _add_files(task, files, readers_of(shape, FORMS[kind], (language, split), divides=divides))
    return task


def _of_fixed_form(path: Path, wanted: Wanted, form: str) -> TaskDraft:
    """Return the task for tagged sentences, or questions in the form of SQuAD: the form gives the kind."""
    kind = {"squad": "span-qa", "tagged": "tagging"}[form]
    if wanted.kind not in (None, kind):
        raise BadRequest(f"--from {path}: the file has the form of kind '{kind}', not of '{wanted.kind}'")
    if wanted.columns:
        raise BadRequest(f"--column {next(iter(wanted.columns))}: a file in this form has no columns to name")
    files = files_of(path, by_language=True)
    reader = "read_squad" if form == "squad" else "tagged_reader(())"
    shape = Shape({}, by="context" if form == "squad" else "")
    splits = tuple(split for split in _SPLITS if split in files.patterns)
    task = TaskDraft(kind, _codes(_spelt(files, wanted, path)), "local", "", [], shape, splits=splits)
    task.choices = [("kind", kind, "by the form of the file")]
    _add_files(task, files, [f"READ = {divided(reader, shape, task.form) if files.divided else reader}"])
    return task


def _add_files(task: TaskDraft, files: DataFiles, readers: list[str]) -> None:
    """Add the imports, the data and the copies of files on disk to a task."""
    reader = "\n".join(readers)
    size = sum(path.stat().st_size for path in files.paths)
    copied = size <= LARGEST
    folder = files.paths[0].resolve().parent
    names = [name for name in ("table_reader", "parallel_reader", "divided") if name in reader]
    modules = {"xharness.data.tables": names}
    modules["xharness.data.pools"] = [task.shape.wrap] if task.shape.wrap else []
    modules["xharness.data.squad"] = ["read_squad"] if "read_squad" in reader else []
    modules["xharness.data.tagged"] = ["tagged_reader"] if "tagged_reader" in reader else []
    tuning = ["Tuning"] if task.tuned else []
    own = [*sorted([task.form.task_class, "Layout", *task.words, *tuning]), "hookimpl", "local"]
    task.imports = [
        "from pathlib import Path",
        "",
        f"from xharness import {', '.join(own)}",
        *(f"from {module} import {', '.join(sorted(own))}" for module, own in sorted(modules.items()) if own),
        "",
        *columns_of(task.shape),
        *readers,
        f"FILES = {files_source(files, task.splits, pool=task.shape.wrap == 'pooled')}",
    ]
    root = 'Path(__file__).parent / "data"' if copied else f"Path({quoted(str(folder))})"
    task.data = f'local(Layout(name="files", files=FILES, read=READ), root={root})'
    task.copies = {f"data/{path.name}": path for path in files.paths} if copied else {}
    names = [path.name for path in files.paths]
    task.choices += [
        ("languages", shown(task.languages), f"{len(task.languages)} in all"),
        ("splits", ", ".join(task.splits), _reason(task.form, files, reader)),
        ("files", shown(names, 4), "copied into the package" if copied else f"too large to copy: read from {folder}"),
    ]


def _reason(form: Form, files: DataFiles, reader: str) -> str:
    if not files.divided:
        return "by the file names"
    return "the column of splits" if "split=" in reader else turns_of(form)


def _splits(look: Look, split: str | None, files: DataFiles, form: Form) -> tuple[str, ...]:
    if files.divided and not split:
        return form.splits
    known = map(split_of, look.distinct(split)) if split else files.patterns
    found = set(known)
    for name in form.needs:
        if name not in found:
            raise BadRequest(f"{look.where}: there is no split '{name}', only {', '.join(sorted(map(str, found)))}")
    return tuple(name for name in _SPLITS if name in found)


def _check_divisible(roles: Roles, by: str, form: Form) -> None:
    """Raise BadRequest if a language has fewer rows than there are turns, so that a split could have none.

    Rows with the same value of the role `by` are in one split, and count once.
    """
    look, kept = roles.look, roles.columns.get(by)
    rows = range(len(next(iter(look.columns.values()))))
    codes = look.columns[roles.columns["language"]] if "language" in roles.columns else [""] * len(rows)
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(str(codes[row]), set()).add(str(look.columns[kept][row] if kept else row))
    for code, values in parts.items():
        if len(values) < len(form.turns):
            what = f"different values in column '{kept}'" if kept else "rows"
            raise BadRequest(
                f"{look.where}: {f'language {code} has' if code else 'there are'} only {len(values)} {what}; "
                f"{turns_of(form).removeprefix('divided: ')}; add rows, or a column that names the split of each row"
            )


def _joined(look: Look, files: DataFiles) -> Look:
    """Return the columns of all files of a task, so that all its labels are seen."""
    looks = [look_at(path) for path in files.paths]
    for other in looks:
        if set(other.columns) != set(look.columns):
            raise BadRequest(f"{other.where}: other columns than {look.where}; give files with the same columns")
    return Look(look.where, {name: [v for each in looks for v in each.columns[name]] for name in look.columns})


def _spelt(files: DataFiles, wanted: Wanted, path: Path, odd: str = "") -> Sequence[str]:
    spelt = files.languages or wanted.languages
    if not spelt:
        raise BadRequest(
            f"{path.name}: no column and no part of the file name gives the language{odd}; name the column with "
            "--column language=COLUMN, or the language with --lang en"
        )
    if not files.languages and len(spelt) > 1:
        raise BadRequest(f"{path.name}: --lang names {len(spelt)} languages, but nothing says which rows are in which")
    return spelt


def _codes(spelt: Sequence[str]) -> list[str]:
    codes = sorted({canonical(each) for each in spelt})
    for code in codes:
        if code not in LANGUAGES:
            raise unknown("language", code, LANGUAGES)
    return codes


def parsed_columns(given: Sequence[str]) -> dict[str, str]:
    """Return the columns that a user named, by role; BadRequest for a text that is not ROLE=COLUMN."""
    columns = {}
    for text in given:
        role, equals, column = text.partition("=")
        if not equals or not column:
            known = ", ".join(NAMES)
            raise BadRequest(f"--column {text}: expected ROLE=COLUMN, for example text=premise; roles: {known}")
        columns[role] = column
    return columns
