"""Checks of a format of `xharness export`: which files it makes of a finished run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from xharness.errors import BadRequest
from xharness.languages import LANGUAGES
from xharness.run.records.results import RESULTS, read
from xharness.specs.formats import Export, Format
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed, warned
from xharness.testing.finished_runs import SEEDS, changed, fail, finished, lower


def a_run_becomes_files(form: Format, bench: Bench) -> Iterator[Problem]:
    """`make` returns an `Export` with at least one file, each of them bytes; there is a summary."""
    if not form.summary:
        yield warned("no `summary`; describe the files in a few words, as `xharness list formats` prints them")
    made: object = _made(form, finished(bench), bench)
    if not isinstance(made, Export) or not isinstance(made.files, Mapping):
        yield failed(f"`make` returns {type(made).__name__}; return Export(files={{path: bytes}})")
        return
    if not made.files:
        yield failed("the export has no file; return one, or raise BadRequest with the reason")
    contents: Mapping[str, object] = made.files
    for name, content in contents.items():
        if not isinstance(content, bytes):
            yield failed(f"the content of '{name}' is {type(content).__name__}; return bytes, as by text.encode()")


def names_stay_below_the_folder(form: Format, bench: Bench) -> Iterator[Problem]:
    """The names of files are relative paths with / and without .., the same for the same run."""
    first, second = (_files(form, finished(bench), bench) for _ in range(2))
    for name in first:
        path = PureWindowsPath(name)
        if not path.parts or path.anchor or ".." in path.parts or str(PurePosixPath(name)) != name:
            yield failed(f"the file name '{name}' is not a path below the folder; use a relative path with /")
    if set(first) != set(second):
        yield failed(
            f"two exports of a run have other names, {sorted(first)[:1]} and {sorted(second)[:1]}; make names of the "
            "content of the run only"
        )


def the_run_is_not_changed(form: Format, bench: Bench) -> Iterator[Problem]:
    """`make` writes nothing to the folder of the run."""
    folder = changed(bench, f"{form.name}-unchanged", lambda cells: None)
    before = _contents(folder)
    _made(form, folder, bench)
    after = _contents(folder)
    odd = sorted(str(path.relative_to(folder)) for path in {**before, **after} if before.get(path) != after.get(path))
    if odd:
        yield failed(f"`make` changed {odd[0]} in the folder of the run; return files in Export, and write nothing")


def the_results_file_is_enough(form: Format, bench: Bench) -> Iterator[Problem]:
    """The path of results.json gives the same files as the folder of its run."""
    try:
        file = set(_files(form, finished(bench) / RESULTS, bench))
    except OSError as error:
        yield failed(f"`make` cannot read a results file ({error}); accept the path of results.json, or of its folder")
        return
    if file != set(_files(form, finished(bench), bench)):
        yield failed("the files of results.json differ from those of its folder; read the same file for both")


def scores_are_written(form: Format, bench: Bench) -> Iterator[Problem]:
    """Other scores make other files."""
    if _files(form, finished(bench), bench) == _files(form, changed(bench, "lower", lower), bench):
        yield failed("a run with lower scores has the same files; write the values of `metrics`")


def the_seed_is_used(form: Format, bench: Bench) -> Iterator[Problem]:
    """With a seed, only the scores of that seed are written, or BadRequest is raised."""
    folder = changed(bench, "seeds", lambda cells: lower([cell for cell in cells if cell["seed"] == SEEDS[1]]))
    first, second = (_files(form, folder, bench, seed) for seed in SEEDS)
    if first == second:
        yield failed("the files for two seeds with other scores are the same; keep the cells with the given seed")


def failed_cells_are_named(form: Format, bench: Bench) -> Iterator[Problem]:
    """A cell that failed is named in `missing`, by task and language, or in a file with its status."""
    folder = changed(bench, "failed", lambda cells: fail(cells[:1]))
    cell = read(folder)[1]["cells"][0]
    made = _made(form, folder, bench)
    languages = (cell["language"], LANGUAGES[cell["language"]].name)
    named = any(cell["task"] in line and any(name in line for name in languages) for line in made.missing)
    if not named and not any(cell["status"].encode() in content for content in made.files.values()):
        yield failed(
            f"{cell['task']} {cell['language']} failed, and neither `missing` nor a file says so; add a line to "
            "Export.missing"
        )


def a_run_without_scores_is_handled(form: Format, bench: Bench) -> Iterator[Problem]:
    """A run whose cells all failed is exported with what is missing, or refused with BadRequest."""
    try:
        form.make(changed(bench, "nothing", fail), bench.registry, None)
    except BadRequest:
        return
    except Exception as error:  # noqa: BLE001 - it is the finding
        yield failed(f"a run without scores raises {type(error).__name__}; raise BadRequest with the reason")


def _made(form: Format, run: Path, bench: Bench, seed: int | None = None) -> Export:
    """Return the export of a run; `Skip` if the format refuses it."""
    try:
        return form.make(run, bench.registry, seed)
    except BadRequest as error:
        raise Skip(f"the format refuses the run: {error}") from error


def _files(form: Format, run: Path, bench: Bench, seed: int | None = None) -> dict[str, bytes]:
    return dict(_made(form, run, bench, seed).files)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


CHECKS = checks(
    "formats",
    a_run_becomes_files,
    names_stay_below_the_folder,
    the_run_is_not_changed,
    the_results_file_is_enough,
    scores_are_written,
    the_seed_is_used,
    failed_cells_are_named,
    a_run_without_scores_is_handled,
)
