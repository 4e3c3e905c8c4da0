"""The command that makes a run again."""

from __future__ import annotations

import shlex

from xharness.api import Request
from xharness_leaderboard.rerun import command


def test_the_command_is_what_the_command_line_reads():
    from xharness.cli import options
    from xharness.cli.main import _Parser

    request = Request(
        model="owner/base",
        suite="both",
        languages=("en", "sw"),
        families=("Bantu branch",),
        seen=False,
        params={"epochs": "3", "note": "it's"},
        source="local",
        data="-odd dir",
        seeds=(1, 2),
        limit=3,
        exact=True,
        plugins=("p.py",),
    )
    line = command(request.record(), "abc")
    words = shlex.split(line)
    assert words[:3] == ["xharness", "run", "owner/base@abc"]
    parser = _Parser(prog="x")
    options.add_request_options(parser)
    parser.add_argument("--plugin", action="append", dest="plugins")
    args = parser.parse_args(words[2:])
    assert args.model == "owner/base@abc"
    assert (args.languages, args.families, args.seen) == (["en", "sw"], ["Bantu branch"], False)
    assert (args.param, args.data, args.seeds, args.limit) == (["epochs=3", "note=it's"], "-odd dir", [1, 2], 3)
    assert (args.exact, args.plugins, args.suite, args.recipe) == (True, ["p.py"], "both", None)
