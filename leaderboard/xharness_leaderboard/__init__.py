"""The leaderboard: from many runs to a ranked board."""

from __future__ import annotations

import argparse

from xharness import hookimpl


@hookimpl
def xharness_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `leaderboard`."""
    from xharness_leaderboard import commands

    commands.add_parser(subparsers)
