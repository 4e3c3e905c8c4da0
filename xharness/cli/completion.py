"""`xharness completion`: a script that completes commands, options and names in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from xharness.errors import BadRequest
from xharness.extras import absent, needs
from xharness.registry import Registry

SHELLS = ("bash", "zsh", "tcsh")
_NAMES = {
    "--task": "tasks",
    "--suite": "suites",
    "--recipe": "recipes",
    "--source": "sources",
    "--executor": "executors",
    "--noise": "noises",
}
"""The options whose values are names of specs, and their group."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("completion", help="print a script that completes commands and names in a shell")
    parser.add_argument("shell", choices=SHELLS, help='for example: eval "$(xharness completion bash)"')
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script; BadRequest if the package that writes it is missing."""
    if absent("shtab"):
        raise BadRequest(needs("shell completion", ["shtab"], "completion"))
    import shtab

    from xharness.cli.main import parser_of

    print(shtab.complete(named(parser_of(args.registry), args.registry), shell=args.shell))
    return 0


def named(parser: argparse.ArgumentParser, registry: Registry) -> argparse.ArgumentParser:
    """Return the parser of all commands with the names of the plugins' specs as values of options."""
    for action in _actions(parser):
        group = next((_NAMES[option] for option in action.option_strings if option in _NAMES), None)
        if group and action.choices is None:
            action.choices = registry.names(group)
    return parser


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other list of its options
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the type has no public name
            for child in action.choices.values():
                yield from _actions(child)
