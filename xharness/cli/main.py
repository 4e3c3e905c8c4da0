"""The entry point of the command line: parses, dispatches, and converts errors to one line and an exit code."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import xharness
from xharness.errors import BadRequest, XHarnessError, unknown
from xharness.extras import needs
from xharness.registry import Registry

COMMANDS = (
    "run", "plan", "fetch", "worker", "status", "score", "rescore", "export", "explain", "list", "show", "noise",
    "store", "check", "new", "doctor", "completion",
)  # fmt: skip
_MODULES = {"list": "listing"}  # other modules have the name of their command
_CUT_SHORT = 130
_OBJECTS = 50_000
"""New objects after which Python looks for garbage."""


class _Formatter(argparse.HelpFormatter):
    """Help as wide as the terminal; argparse imports shutil to find the width, for each option that is added."""

    def __init__(self, prog: str) -> None:
        columns = 0
        with suppress(OSError, ValueError):
            columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns
        super().__init__(prog, width=(columns or 80) - 2)


_NAMES = {"COMMAND": "command", "GROUP": "group"}  # what the user reads for the name of an argument
_FIRST = ("-h", "--help", "--version")  # the options that stand before a command


class _Parser(argparse.ArgumentParser):
    """A parser that raises its errors as BadRequest and accepts no abbreviated options."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter} | options | {"allow_abbrev": False})

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Raise BadRequest with the nearest choices for a value that is none of the choices."""
        if action.choices is not None and value not in action.choices:
            option = action.option_strings[-1] if action.option_strings else ""
            name = f"value of {option}" if option else _NAMES.get(str(action.metavar), "action")
            raise unknown(name, str(value), action.choices)

    def error(self, message: str) -> NoReturn:
        """Raise BadRequest instead of printing the usage."""
        raise BadRequest(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 on success, 1 if a cell failed or a file was not saved, 2 for a bad request."""
    words = list(sys.argv[1:] if argv is None else argv)
    # The start makes many objects that stay; with the usual threshold, looking for garbage takes a tenth of its time.
    gc.set_threshold(_OBJECTS, 10, 10)
    # Waiting OpenMP threads release their core early. On a shared machine, threads that spin for long block the threads
    # that they wait for, and everything takes many times as long.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if isinstance(sys.stdout, io.TextIOWrapper):  # texts of files may hold what the terminal cannot show
        with suppress(OSError):  # a pipe that was opened for reading and writing cannot be changed
            sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _main(words)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        print("xharness: interrupted; run the same command to resume", file=sys.stderr)
        return _CUT_SHORT
    except XHarnessError as error:
        if "--debug" in words:
            raise
        print(f"xharness: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadRequest) else 1
    except ModuleNotFoundError as error:
        if "--debug" in words or not error.name:
            raise
        print(f"xharness: {needs('this command', [error.name.partition('.')[0]])}", file=sys.stderr)
        return 1
    except Exception as error:  # a plugin may raise anything; the user sees one line
        if "--debug" in words:
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        print(
            f"xharness: {reason}; internal error in xharness or a plugin; rerun with --debug for the traceback",
            file=sys.stderr,
        )
        return 1


def _main(words: list[str]) -> int:
    early, _ = _common().parse_known_args(words)
    if words and words[0].startswith("-") and words[0] not in _FIRST:
        raise BadRequest(f"option '{words[0]}' before the command; write options after it: xharness COMMAND {words[0]}")
    plugins = [*early.plugin, *_configured(words)]
    registry = Registry.load(plugins, third_parties=not early.no_plugins)
    args, rest = parser_of(registry, words[:1]).parse_known_args(words)
    if rest and not rest[0].startswith("-"):
        raise BadRequest(f"unexpected argument '{rest[0]}'; see xharness {words[0]} --help")
    if rest:
        raise unknown("argument", rest[0], args.options)
    args.registry = registry
    _warn(registry.warnings)
    known = len(registry.warnings)
    code: int = args.run(args)
    sys.stdout.flush()
    _warn(registry.warnings[known:])
    return code


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        print(f"xharness: warning: {warning}", file=sys.stderr)


def _configured(words: list[str]) -> list[str]:
    """Return the plugins that the file of `--config` names; they must be loaded before the request is read."""
    parser = _Parser(prog="xharness", add_help=False)
    parser.add_argument("--config")
    known, _ = parser.parse_known_args(words)
    if not known.config:
        return []
    from xharness.request import build, read_toml

    return list(build({"model": "any", "plugins": read_toml(Path(known.config)).get("plugins", [])}).plugins)


def _common() -> argparse.ArgumentParser:
    common = _Parser(prog="xharness", add_help=False)
    common.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="P",
        help="load a plugin: path/to/file.py or a module name (repeatable)",
    )
    common.add_argument("--no-plugins", action="store_true", help="do not load installed third-party plugins")
    common.add_argument("--debug", action="store_true", help="show the traceback if an error occurs")
    return common


def parser_of(registry: Registry, command: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of one built-in command or of the plugins' commands, because each takes time to build.

    Without a command, or with an unknown one, it has all commands.
    """
    parser: argparse.ArgumentParser = _Parser(
        prog="xharness",
        description="Evaluate a checkpoint on XTREME and XTREME-R: every task and every language with one command.",
    )
    parser.add_argument("--version", action="version", version=f"xharness {xharness.__version__}")
    # With `prog` argparse does not format the usage here, for which it imports much.
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, prog="xharness")
    of_plugin = bool(command) and not command[0].startswith("-") and command[0] not in COMMANDS
    known = set(command) & set(COMMANDS)
    for name in command if known else () if of_plugin else COMMANDS:
        import_module(f"xharness.cli.{_MODULES.get(name, name)}").add_parser(subparsers)
    if not known:
        registry.add_commands(subparsers)
    if of_plugin and command[0] not in subparsers.choices:
        return parser_of(registry)  # its error names the nearest of all commands
    for child in subparsers.choices.values():
        _add_common(child)
        child.set_defaults(options=[name for name in child._option_string_actions if name.startswith("--")])  # noqa: SLF001 - argparse offers no other list of options
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("plugins and errors")
    for action in _common()._actions:  # noqa: SLF001 - argparse cannot copy options otherwise
        group._add_action(action)  # noqa: SLF001 - argparse cannot copy options otherwise


if __name__ == "__main__":
    sys.exit(main())
