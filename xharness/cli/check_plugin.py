"""`xharness check PLUGIN`: the conformance checks of a plugin as a table."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from xharness.cli.table import table
from xharness.errors import BadRequest
from xharness.testing.checks import Verdict
from xharness.testing.suite import Case, PluginSuite


def check_plugin(args: argparse.Namespace) -> int:
    """Do the checks of a plugin and print them; return 1 if one fails."""
    if args.param or args.allow_pickle or args.allow_remote_code:
        raise BadRequest(f"'{args.model}' is a plugin; --param and --allow-... are for checkpoints")
    suite = PluginSuite(args.model, data=args.data, models=args.models)
    ambiguous = "/" not in args.model and suite.name == args.model and Path(args.model).is_dir()
    other = f" (a checkpoint folder: ./{args.model})" if ambiguous else ""
    print(f"xharness: checking {suite.summary()}{other}", file=sys.stderr)
    found = [(case, _verdict(case)) for case in suite.cases()]
    counts = Counter(verdict.state for _, verdict in found)
    if args.json:
        rows = [
            {"object": case.object, "check": case.check.name, "state": verdict.state, "found": verdict.text}
            for case, verdict in found
        ]
        content = {"plugin": suite.name, "failed": counts["failed"], "warned": counts["warned"], "checks": rows}
        print(json.dumps(content, indent=1, ensure_ascii=False))
        return int(bool(counts["failed"]))
    lines = [[case.object, case.check.name, verdict.state, verdict.text] for case, verdict in found]
    print(table(lines, ("object", "check", "state", "what to do")))
    print("\n" + ", ".join(f"{counts[state]} {state}" for state in ("ok", "warned", "skipped", "failed")))
    return int(bool(counts["failed"]))


def _verdict(case: Case) -> Verdict:
    """Do a check; on a terminal, show which one is being done."""
    if not sys.stderr.isatty():
        return case.verdict()
    print(f"\r\x1b[K{case.id}", end="", file=sys.stderr, flush=True)
    verdict = case.verdict()
    print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return verdict
