"""Frozen sets: the splits of tasks with a noise, written to files that others score on."""

from __future__ import annotations

import hashlib
import platform
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xharness
from xharness.errors import BadRequest
from xharness.noise_inputs import check, noising
from xharness.registry import Registry
from xharness.run.steps.noise import Counts, changes
from xharness.specs.noises import NoiseSetting, label
from xharness.specs.sources import CANDIDATES, DataOptions, Source
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.store.writing import guarded, write_json

if TYPE_CHECKING:
    from datasets import Dataset

MANIFEST = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be written: splits of tasks in languages, from a source, with a noise."""

    tasks: Sequence[tuple[Task, Sequence[str]]]
    setting: NoiseSetting
    source: Source
    options: DataOptions
    split: str | None = None


def write_noise(wanted: Wanted, registry: Registry, out: Path) -> dict[str, Any]:
    """Write the splits below an empty folder, with a manifest, and return its content.

    A language in which the noise does not apply, or changes nothing, is `skipped` with its reason. BadRequest if
    the folder is not empty, or nothing is left to write.
    """
    if out.exists() and any(out.iterdir()):
        raise BadRequest(f"--out {out}: the folder is not empty; a frozen set needs a folder of its own")
    writer = next((source for source in registry.all("sources") if source.write), None)
    if writer is None:
        raise BadRequest("no source of the plugins that are loaded can write files")
    with guarded(out):
        out.mkdir(parents=True, exist_ok=True)
    files: list[dict[str, Any]] = []
    skipped: list[dict[str, str]] = []
    for task, languages in wanted.tasks:
        written: list[str] = []
        for language in languages:
            try:
                files += _noised(wanted, registry, task, language, _Writer(writer, out))
                written.append(language)
            except BadRequest as error:
                skipped.append({"task": task.name, "language": language, "reason": str(error)})
        files += _others(wanted, task, written, _Writer(writer, out))
    if not files:
        raise BadRequest(f"nothing to write: {skipped[0]['reason']}")
    content = _manifest(wanted, writer.name) | {"files": files, "skipped": skipped}
    write_json(out / MANIFEST, content)
    return content


@dataclass(frozen=True)
class _Writer:
    """A source that writes, and the folder."""

    source: Source
    out: Path

    def __call__(self, ref: DataRef, task: Task, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Write a split; yield what the manifest says of each of its files."""
        assert self.source.write is not None
        written = self.source.write(task, ref.language, ref.split, rows, self.out)
        for path in written.files:
            yield {
                "path": path.relative_to(self.out).as_posix(),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "task": ref.task,
                "language": ref.language,
                "split": ref.split,
                "layout": written.layout,
                "examples": len(rows),
            }


def _noised(wanted: Wanted, registry: Registry, task: Task, language: str, write: _Writer) -> Iterator[dict[str, Any]]:
    """Write a split with the noise; BadRequest if the noise does not apply or changes nothing."""
    setting = wanted.setting
    noise = registry.get("noises", setting.name)
    check(task, language, setting, noise)
    ref = DataRef(task.name, language, wanted.split or task.test_split)
    examples = wanted.source.load(task, language, ref.split, wanted.options)
    counts, rows = Counts(), list(examples)
    for line in counts.counted(changes(task, noise, noising(task, ref, setting, noise), examples)):
        rows[line["row"]] = {**rows[line["row"]], **line["columns"]}
    if not counts.changed:
        raise BadRequest(f"noise '{setting.name}' at severity {setting.severity} changes none of the examples")
    data = wanted.source.fingerprint(task, language, ref.split, wanted.options)
    for entry in write(ref, task, _typed(rows, examples)):
        yield {**entry, "noised": True, "made_of": data, **counts.report()}


def _typed(rows: list[Any], examples: Dataset) -> list[dict[str, Any]]:
    """Return rows with the types of the examples that they were made of."""
    from datasets import Dataset

    return list(Dataset.from_list(rows, features=examples.features))


def _others(wanted: Wanted, task: Task, languages: Sequence[str], write: _Writer) -> Iterator[dict[str, Any]]:
    """Write the splits without noise that predictions need too: dev splits that tune, and a pool of candidates."""
    refs = [DataRef(task.name, language, "dev") for language in languages if task.kind.tunes_threshold]
    if task.kind.pool and languages:
        refs += [DataRef(task.name, code, CANDIDATES) for code in task.kind.pool.languages(task)]
    for ref in refs:
        examples = wanted.source.load(task, ref.language, ref.split, wanted.options)
        data = wanted.source.fingerprint(task, ref.language, ref.split, wanted.options)
        for entry in write(ref, task, list(examples)):
            yield {**entry, "noised": False, "made_of": data}


def _manifest(wanted: Wanted, reader: str) -> dict[str, Any]:
    """Return how the files were made, and which source reads them."""
    setting = wanted.setting
    words = ["xharness noise write", *(task.name for task, _ in wanted.tasks), "--noise"]
    words.append(label({**setting.record(), "seed": 0, "columns": []}))
    words += [f"--noise-seed {setting.seed}"] if setting.seed else []
    words += [f"--noise-column {column}" for column in setting.columns]
    words += [f"--lang {code}" for code in dict.fromkeys(code for _, codes in wanted.tasks for code in codes)]
    words += [f"--split {wanted.split}"] if wanted.split else []
    return {
        "format": _FORMAT,
        "command": " ".join([*words, f"--source {wanted.source.name}"]),
        "noise": setting.record(),
        "source": wanted.source.name,
        "read_with": f"--source {reader} --data DIR",
        "synthetic": wanted.source.synthetic,
        "versions": {
            "xharness": xharness.__version__,
            "python": platform.python_version(),
            "unicode": unicodedata.unidata_version,
            "regex": version("regex"),
        },
    }
