"""The options of `run` and `plan`, and the request that they form."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest
from xharness.request import Request, build, from_toml


def add_request_options(parser: argparse.ArgumentParser) -> None:
    """Add MODEL and the options of a request; an option that is not given keeps the value of the config file."""
    _add_targets(parser)
    add = parser.add_argument
    add("--recipe", metavar="R", help="how the checkpoint is trained for a task (default: zero-shot)")
    add(
        "--param",
        action="append",
        metavar="K=V",
        help="a parameter of the recipe, model, source or executor, for example epochs=3 (repeatable); "
        "`xharness show recipe NAME` lists them",
    )
    add("--source", metavar="S", help="where examples come from: hub, local or mini (default: hub)")
    add("--data", metavar="DIR", help="folder of the data files (source local) or of a mirror of hub repositories")
    add(
        "--offline",
        action="store_true",
        default=None,
        help="download nothing, and stop before any work if something is missing; with --data, the folder that "
        "`xharness fetch` filled",
    )
    add("--split", metavar="S", help="evaluate this split instead of each task's test split: dev, test or train")
    add("--seed", action="append", type=int, dest="seeds", metavar="N", help="a random seed (repeatable; default: 1)")
    add(
        "--noise",
        action="append",
        dest="noises",
        metavar="N[:S]",
        help="also evaluate with a noise, as NAME or NAME:1,3,5 with severities from 1 to 5 (default 3); core and all "
        "are groups of noises (repeatable)",
    )
    add("--noise-seed", action="append", type=int, dest="noise_seeds", metavar="N", help="noise seed (repeatable; 0)")
    add("--noise-column", action="append", dest="noise_columns", metavar="C", help="column to change (repeatable)")
    add(
        "--way",
        metavar="W",
        help="the way to ask a task, such as loglikelihood or generate (default: the first)",
    )
    add("--prompt", metavar="P", help="the prompt of a task, such as english or native (default: the first)")
    add("--shots", type=int, metavar="N", help="examples before each question of a prompt (default: 0)")
    add("--shot-draw", type=int, metavar="N", help="the number of the draw of these examples (default: 0)")
    add("--limit", type=int, metavar="N", help="use only the first N examples of every split")
    add("--device", metavar="D", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    add("--dtype", metavar="D", help="auto, float32 or bfloat16 (default: auto)")
    add("--exact", action="store_true", default=None, help="fp32, each example alone: bit-equal reruns, but slow")
    add("--executor", metavar="E", help="where stages run: local, processes or slurm (default: local)")
    add(
        "--workers",
        type=int,
        metavar="N",
        help="number of workers (default of executor processes: one for each GPU, 2 on CPU; of slurm: 4)",
    )
    add(
        "--keep-checkpoints",
        action="store_true",
        default=None,
        help="keep the checkpoints of target tasks and all vectors; by default they are deleted after predicting",
    )
    add("--allow-pickle", action="store_true", default=None, help="load pickled weights; these can run any code")
    add("--allow-remote-code", action="store_true", default=None, help="run Python code of the checkpoint")
    add(
        "--confirm-run-unsafe-code",
        action="store_true",
        default=None,
        help="run programs that the model writes, in a sandbox; needed by metrics of code generation",
    )
    add(
        "--config",
        metavar="FILE.toml",
        help="read the request, or an experiment, from a file; options override its top-level fields, and the fields "
        "of an experiment's row override both",
    )
    add("--store", metavar="DIR", help="folder of the artifacts (default: $XHARNESS_HOME or ~/.cache/xharness)")


def _add_targets(parser: argparse.ArgumentParser) -> None:
    """Add MODEL and the options that select tasks and languages."""
    add = parser.add_argument
    add(
        "model",
        metavar="MODEL",
        nargs="?",
        help="hub id (owner/name[@revision]), local folder, or ADAPTER:REFERENCE (for example st:./my-model)",
    )
    add("--suite", metavar="S", help="a suite of tasks (default: xtreme)")
    add("--task", action="append", dest="tasks", metavar="T", help="a task (repeatable)")
    add("--lang", action="append", dest="languages", metavar="L", help="a language (repeatable; default: all)")
    add("--family", action="append", dest="families", metavar="F", help="languages of this family only (repeatable)")
    add(
        "--script",
        action="append",
        dest="scripts",
        metavar="S",
        help="languages in this script only, for example Latn (repeatable)",
    )
    seen = parser.add_mutually_exclusive_group()
    seen.add_argument("--seen", action="store_true", default=None, help="languages seen in pre-training only")
    seen.add_argument(
        "--unseen", action="store_false", default=None, dest="seen", help="languages unseen in pre-training only"
    )


def request_of(args: argparse.Namespace) -> Request:
    """Return the request of parsed options; raise BadRequest if they are not valid."""
    return from_toml(Path(args.config), given(args)) if args.config else build(given(args))


def given(args: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of a request that the options set."""
    values: dict[str, Any] = {
        field.name: value for field in fields(Request) if (value := getattr(args, field.name, None)) is not None
    }
    return values | ({"params": dict(pair(text) for text in args.param)} if args.param else {})


def pair(text: str) -> tuple[str, str]:
    """Return name and value of an option NAME=VALUE; BadRequest if it has another form."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise BadRequest(f"--param {text}: expected NAME=VALUE")
    return name, value
