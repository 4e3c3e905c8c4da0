"""The leaderboard: merge runs, rank them, compare them, publish them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import hookimpl

if TYPE_CHECKING:
    from xharness import Format, PublishedRow, Specs


@hookimpl
def xharness_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands `leaderboard` and `compare`."""
    from xharness_leaderboard import commands, compare

    commands.add_parser(subparsers)
    compare.add_parser(subparsers)


@hookimpl
def xharness_published() -> Iterable[PublishedRow]:
    """Yield the built-in published scores."""
    from xharness_leaderboard.published import built_in

    return built_in()


@hookimpl
def xharness_formats() -> Iterable[Format]:
    """Yield the built-in export formats."""
    from xharness_leaderboard.formats import FORMATS

    return FORMATS


@hookimpl
def xharness_compare(a: Path, b: Path, specs: Specs) -> Mapping[str, Any]:
    """Return the paired tests of two runs."""
    from xharness_leaderboard.compare import compared

    return compared(a, b, specs)
