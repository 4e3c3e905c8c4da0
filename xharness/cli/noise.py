"""`xharness noise write`: the splits of tasks with a noise as files, for others to score on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from xharness.errors import BadRequest
from xharness.language_filters import named
from xharness.noise_settings import noise_settings
from xharness.registry import Registry
from xharness.run.export.noise_files import MANIFEST, Wanted, write_noise
from xharness.specs.params import typed
from xharness.specs.sources import SPLITS, DataOptions


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("noise", help="write the splits of tasks with a noise as files")
    parser.add_argument("action", choices=("write",), metavar="write")
    add = parser.add_argument
    add("tasks", metavar="TASK", nargs="+")
    add("--noise", required=True, metavar="N[:S]", help="a noise and its severity, 1 to 5 (default 3)")
    add("--noise-seed", type=int, default=0, metavar="N", help="the seed of the noise (default 0)")
    add("--noise-column", action="append", default=[], metavar="C", help="what the noise changes; repeat for more")
    add("--out", required=True, metavar="DIR", help="an empty folder for the files and manifest.json")
    add("--lang", action="append", default=[], metavar="L", help="a language; repeat for more (default: all)")
    add("--split", choices=SPLITS, help="this split instead of each task's test split")
    add("--source", default="hub", help="where examples come from: hub, local or mini (default: hub)")
    add("--data", metavar="DIR", help="folder of the files (source local), or of a mirror of hub repositories")
    add("--json", action="store_true", help="print the manifest")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files and say where they are."""
    registry: Registry = args.registry
    settings = noise_settings([args.noise], [args.noise_seed], args.noise_column, registry)
    if len(settings) != 1:
        raise BadRequest(f"--noise {args.noise}: a frozen set has one noise at one severity, as NAME:3")
    if settings[0].search:
        raise BadRequest(
            f"--noise {args.noise}: a search needs a model, so it cannot make a frozen set; leave out search="
        )
    source = registry.get("sources", args.source)
    root = Path(args.data).expanduser() if args.data else None
    if root and not root.is_dir():
        raise BadRequest(f"--data {args.data}: no such folder")
    tasks = [registry.get("tasks", name) for name in dict.fromkeys(args.tasks)]
    wanted = [(task, task.languages) for task in tasks]
    if args.lang:
        wanted, _ = named(wanted, args.lang, every=True)
    out = Path(args.out).expanduser()
    options = DataOptions(root=root.resolve() if root else None, params=typed(source.params, {}))
    content = write_noise(
        Wanted(tasks=wanted, setting=settings[0], source=source, options=options, split=args.split), registry, out
    )
    if args.json:
        print(json.dumps(content, indent=1, ensure_ascii=False))
        return 0
    for entry in content["files"]:
        what = f"{entry['changed']:,} of {entry['examples']:,} examples changed" if entry["noised"] else "without noise"
        print(f"{entry['path']}  {what}")
    for entry in content["skipped"]:
        print(f"skipped: {entry['task']} {entry['language']}: {entry['reason']}")
    print(f"manifest: {out / MANIFEST}; read the files with {content['read_with'].replace('DIR', str(out))}")
    return 0
