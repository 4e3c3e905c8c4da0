"""The options that `run` and `plan` share, and the request that they make."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest
from xharness.request import Request, build, from_toml


def add_request_options(parser: argparse.ArgumentParser) -> None:
    """Add MODEL and every option that makes a request; an option that is not given leaves the config file's value."""
    add = parser.add_argument
    add("model", metavar="MODEL", nargs="?", help="hub id (owner/name[@revision]), local folder, or adapter:reference")
    add("--suite", help="a suite of tasks (default: xtreme)")
    add("--task", action="append", dest="tasks", metavar="T", help="a task; repeat for more")
    add("--lang", action="append", dest="languages", metavar="L", help="a language; repeat for more (default: all)")
    add("--family", action="append", dest="families", metavar="F", help="languages of a family; repeat for more")
    add(
        "--script", action="append", dest="scripts", metavar="S", help="languages in a script, as Latn; repeat for more"
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--seen", action="store_true", default=None, help="languages that the model saw in pre-training"
    )
    either.add_argument("--unseen", action="store_false", default=None, dest="seen", help="those that it did not see")
    add("--recipe", help="how the checkpoint becomes fit for a task (default: zero-shot)")
    add(
        "--param",
        action="append",
        metavar="K=V",
        help="a parameter of the recipe or model, as epochs=3; see `xharness show recipe NAME`",
    )
    add("--source", help="where examples come from: hub, local or mini (default: hub)")
    add("--data", metavar="DIR", help="folder of the files (source local), or of a mirror of hub repositories")
    add("--split", help="evaluate this split instead of each task's test split: dev, test or train")
    add("--seed", action="append", type=int, dest="seeds", metavar="N", help="a seed; repeat for more (default: 1)")
    add(
        "--noise",
        action="append",
        dest="noises",
        metavar="N[:S]",
        help="evaluate with a noise too, at severity 1 to 5 (default 3), as NAME:1,3,5; core and all stand for many"
        "; repeat for more",
    )
    add("--noise-seed", action="append", type=int, dest="noise_seeds", metavar="N", help="a seed of the noise; repeat")
    add("--noise-column", action="append", dest="noise_columns", metavar="C", help="what a noise changes; repeat")
    add("--way", metavar="W", help="how a task is asked, as loglikelihood or generate (default: the first that fits)")
    add("--prompt", metavar="P", help="the words of a task that is asked in words, as english or native")
    add("--shots", type=int, metavar="N", help="examples before each question of a prompt (default: 0)")
    add("--shot-draw", type=int, metavar="N", help="which examples are drawn (default: 0)")
    add("--limit", type=int, metavar="N", help="keep the first N examples of every split")
    add("--device", help="auto, cpu, cuda, mps (default: auto)")
    add("--dtype", help="auto, float32 or bfloat16 (default: auto)")
    add("--exact", action="store_true", default=None, help="fp32, fixed order, deterministic: bit-equal reruns")
    add("--executor", help="where stages run: local or processes (default: local)")
    add(
        "--workers",
        type=int,
        metavar="N",
        help="how many processes --executor processes runs stages in at once (default: one for each GPU, 2 on CPU)",
    )
    add(
        "--keep-checkpoints",
        action="store_true",
        default=None,
        help="keep what was trained for a target after predicting, for languages and tasks that are asked for later",
    )
    add("--allow-pickle", action="store_true", default=None, help="load pickled weights, which can run any code")
    add("--allow-remote-code", action="store_true", default=None, help="run code that the checkpoint brings")
    add(
        "--config",
        metavar="FILE.toml",
        help="read the request, or an experiment, from a file; options given here win over its fields on top, and what "
        "a row of an experiment says itself over both",
    )
    add("--store", metavar="DIR", help="where artifacts are kept (default: $XHARNESS_HOME or ~/.cache/xharness)")


def request_of(args: argparse.Namespace) -> Request:
    """Make the request of parsed options; BadRequest where they are not valid."""
    return from_toml(Path(args.config), given(args)) if args.config else build(given(args))


def given(args: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of a request that options give."""
    found: dict[str, Any] = {
        field.name: value for field in fields(Request) if (value := getattr(args, field.name, None)) is not None
    }
    return found | ({"params": dict(_pair(text) for text in args.param)} if args.param else {})


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise BadRequest(f"--param {text}: say name=value")
    return name, value
