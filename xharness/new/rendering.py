"""Write the files of a package from templates: files with `$name` for values, below `templates/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template

from xharness.errors import BadRequest, StoreError
from xharness.new.naming import Naming

TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".template"
WIDTH = 100
"""The most characters of a line of source."""


def render(what: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a package by path: those of `common` and those of the plugin."""
    files = {}
    for folder in (TEMPLATES / "common", TEMPLATES / what):
        for path in sorted(each for each in folder.rglob("*") if each.suffix == _SUFFIX):
            name = path.relative_to(folder).as_posix().removesuffix(_SUFFIX)
            for word in ("module", "name"):
                name = name.replace(f"__{word}__", values[word])
            files[name] = _filled(path, values)
    return files


def write(folder: Path, files: Mapping[str, str], copies: Mapping[str, Path]) -> list[str]:
    """Write files and copies below a new folder; return their paths. BadRequest if the folder is not empty."""
    check_free(folder)
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name, source in copies.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read_bytes())
    except OSError as error:
        raise StoreError(f"cannot write the package to {folder}: {error.strerror}") from error
    return [*files, *copies]


def check_free(folder: Path) -> None:
    """Raise BadRequest if a folder exists and is not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadRequest(f"{folder} exists already; choose another folder with --out DIR, or remove it")


def common_values(what: str, naming: Naming, summary: str) -> dict[str, str]:
    """Return the values that all templates use."""
    return {
        "what": what,
        "name": naming.name,
        "module": naming.module,
        "distribution": naming.distribution,
        "identifier": naming.identifier,
        "words": naming.words,
        "summary": summary,
        "conformance_import": "",
        "conformance_data": "",
    }


def source_of(names: Sequence[str], indent: str) -> str:
    """Return the Python source of a tuple of texts, over several lines where one is too long."""
    line = ", ".join(map(quoted, names))
    line = f"({line},)" if len(names) == 1 else f"({line})"
    if len(line) + len(indent) <= WIDTH:
        return line
    return "(\n" + "".join(f"{indent}    {row}\n" for row in _rows(names, indent)) + f"{indent})"


def quoted(text: str) -> str:
    """Return the Python source of a text, in double quotes where these need no escape."""
    return repr(text) if '"' in text or not text.isprintable() or "\\" in text else f'"{text}"'


def _rows(names: Sequence[str], indent: str) -> Iterator[str]:
    row = ""
    for name in names:
        added = f"{row} {quoted(name)},".lstrip()
        if row and len(added) + len(indent) > WIDTH:
            yield row
            added = f"{quoted(name)},"
        row = added
    yield row


def _filled(path: Path, values: Mapping[str, str]) -> str:
    return Template(path.read_text(encoding="utf-8")).substitute(values)
