"""Formats with one fault each."""

from __future__ import annotations

import itertools
import json

from tests.testing.faults import Fault, plugin
from xharness import Export, Format

counter = itertools.count()


def read(run, seed):
    file = run / "results.json" if run.is_dir() else run
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if seed in (None, cell["seed"])]


def lines(cells, name="scores.txt"):
    """Return a file with a line for each cell: no fault."""
    text = "".join(f"{cell['task']} {cell['language']} {cell['metrics'] or cell['status']}\n" for cell in cells)
    return {name: text.encode()}


def as_text(run, specs, seed):
    return Export({"scores.txt": "text"})


def numbered(run, specs, seed):
    return Export(lines(read(run, seed), f"{next(counter)}.txt"))


def outside(run, specs, seed):
    return Export(lines(read(run, seed), "../scores.txt"))


def writing(run, specs, seed):
    (run / "scores.txt").write_bytes(lines(read(run, seed))["scores.txt"])
    return Export(lines(read(run, seed)))


def of_folders(run, specs, seed):
    return Export({"scores.txt": (run / "results.json").read_bytes()})


def without_scores(run, specs, seed):
    return Export({"cells.txt": "\n".join(cell["status"] for cell in read(run, seed)).encode()})


def all_seeds(run, specs, seed):
    return Export(lines(read(run, None)))


def silent(run, specs, seed):
    return Export(lines([cell for cell in read(run, seed) if cell["metrics"]]))


def dividing(run, specs, seed):
    cells = [cell for cell in read(run, seed) if cell["metrics"]]
    return Export({"mean.txt": str(sum(1 for _ in cells) / len(cells)).encode()})


def form(name, make):
    return Format(name=name, summary="scores as text", make=make)


MANY = plugin(
    "formats",
    formats=[
        form(make.__name__, make)
        for make in (as_text, numbered, outside, writing, of_folders, without_scores, all_seeds, silent, dividing)
    ],
)


def fault(check, subject, message):
    return Fault(check=f"formats:{check}", plugin=MANY, subject=subject, message=message)


FAULTS = [
    fault("a_run_becomes_files", "as_text", r"the content of 'scores\.txt' is str; return bytes"),
    fault("names_stay_below_the_folder", "outside", r"'\.\./scores\.txt' is not a path below .*; use a relative path"),
    fault("names_stay_below_the_folder", "numbered", "two exports of a run have other names, .*; make names of"),
    fault("the_run_is_not_changed", "writing", r"`make` changed scores\.txt in the folder of the run; return files"),
    fault(
        "the_results_file_is_enough", "of_folders", r"cannot read a results file .*; accept the path of results\.json"
    ),
    fault("scores_are_written", "without_scores", "a run with lower scores has the same files; write the values"),
    fault("the_seed_is_used", "all_seeds", "the files for two seeds with other scores are the same; keep the cells"),
    fault("failed_cells_are_named", "silent", "failed, and neither `missing` nor a file says so; add a line to"),
    fault("a_run_without_scores_is_handled", "dividing", "raises ZeroDivisionError; raise BadRequest with the reason"),
]
