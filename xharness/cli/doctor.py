"""`xharness doctor`: checks versions, devices, hub access, disk, sandboxes and plugins; each check is independent."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from xharness.cli.table import table
from xharness.extras import install
from xharness.registry import Registry
from xharness.specs.findings import FAILED, NOTE, OK, Finding

_TIMEOUT = 3.0

Found = Iterator[tuple[str, str, str]]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "doctor", help="check this machine: versions, devices, hub access, disk, sandboxes, plugins"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings; return 1 if one of them is a failure."""
    findings = list(examine(args.registry))
    if args.json:
        print(json.dumps([finding.record() for finding in findings], indent=1, ensure_ascii=False))
    else:
        rows = [list(finding.record().values()) for finding in findings]
        print(table(rows, ("part", "check", "state", "found")))
    return 1 if any(finding.state == FAILED for finding in findings) else 0


def examine(registry: Registry) -> Iterator[Finding]:
    """Yield the findings of every check."""
    checks: dict[str, Callable[[], Found]] = {
        "system": _system,
        "packages": _packages,
        "devices": _devices,
        "hub": _hub,
        "store": _store,
        "sandboxes": lambda: _sandboxes(registry),
        "plugins": lambda: _plugins(registry),
    }
    for part, check in checks.items():
        try:
            for name, state, found in check():
                yield Finding(part, name, state, found)
        except Exception as error:  # noqa: BLE001 - a broken dependency may raise anything; the other checks continue
            yield Finding(part, part, FAILED, _line(error))


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _system() -> Found:
    from xharness.run.records.provenance import environment

    about = environment()
    revision = f" ({about['revision']})" if about["revision"] else ""
    yield "xharness", OK, f"{about['xharness']}{revision}"
    yield "python", OK, about["python"]
    yield "platform", OK, about["platform"]


def _packages() -> Found:
    """Compare the installed packages with the requirements in the metadata of xharness."""
    from importlib.metadata import requires

    for line in requires("xharness") or ():
        needed, _, marker = line.partition(";")
        if "extra" not in marker:
            yield _package(needed.strip(), missing=FAILED, why="pip install -U xharness")
        elif "dev" not in marker:
            extra = marker.partition("==")[2].strip(" '\"")
            yield _package(needed.strip(), missing=NOTE, why=install(extra))


def _package(needed: str, missing: str, why: str) -> tuple[str, str, str]:
    from importlib.metadata import PackageNotFoundError, version

    from packaging.requirements import Requirement

    requirement = Requirement(needed)
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return requirement.name, missing, f"not installed; {why}"
    if not requirement.specifier.contains(installed, prereleases=True):
        return requirement.name, FAILED, f"{installed}, but {requirement.specifier} is needed; {why}"
    return requirement.name, OK, installed


def _devices() -> Found:
    from xharness.run.records.provenance import environment

    about = environment()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    yield "cpu", OK, f"{about['processor']}, {about['cores']} cores, {_size(memory)}"

    import torch

    for number in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(number)
        yield f"cuda:{number}", OK, f"{properties.name}, {_size(properties.total_memory)}"
    if torch.backends.mps.is_available():
        yield "mps", OK, "Apple GPU"

    from xharness.engine.device import resolve_device, resolve_dtype

    device = resolve_device("auto")
    dtype = str(resolve_dtype("auto", device)).removeprefix("torch.")
    yield "auto", OK, f"--device auto is {device}, --dtype auto is {dtype}"


def _hub() -> Found:
    from huggingface_hub import constants, get_token

    yield "cache", OK, f"{constants.HF_HUB_CACHE}, {_free(Path(constants.HF_HUB_CACHE))}"
    yield "token", OK, "found" if get_token() else "none (only gated repositories need one)"
    if constants.HF_HUB_OFFLINE:
        yield "access", NOTE, "off, because HF_HUB_OFFLINE is set; only repositories in the cache can be used"
    else:
        yield "access", *_reach(constants.ENDPOINT)


def _reach(address: str) -> tuple[str, str]:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(address, method="HEAD"), timeout=_TIMEOUT):
            return OK, f"{address} answers"
    except HTTPError as error:
        return NOTE, f"{address} answers with status {error.code}"
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return NOTE, f"{address} cannot be reached ({reason}); use local checkpoints, and --source local or --data DIR"


def _store() -> Found:
    from xharness.api import home

    folder = home()
    if os.access(_existing(folder), os.W_OK):
        yield "folder", OK, f"{folder}, {_free(folder)}"
    else:
        yield "folder", FAILED, f"{folder} is not writable; set XHARNESS_HOME to a writable folder"


def _sandboxes(registry: Registry) -> Found:
    """Run the probes, the strongest sandbox first, up to the one that is used for generated code."""
    from xharness.sandboxing import probes

    for sandbox, reason in probes(registry):
        if reason is None:
            yield sandbox.name, OK, f"used for generated code: {sandbox.summary}"
            return
        yield sandbox.name, NOTE, f"not available: {reason}"
    yield "none", NOTE, "generated code cannot run on this machine, because no sandbox works"


def _plugins(registry: Registry) -> Found:
    for plugin in registry.plugins:
        about = f"{plugin.distribution} {plugin.version or ''}".strip()
        if plugin.error:
            yield plugin.name, FAILED, f"disabled ({about}): {plugin.error}"
        else:
            yield plugin.name, OK, f"{about}, {plugin.seconds * 1000:.0f} ms"


def _existing(path: Path) -> Path:
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())


def _free(path: Path) -> str:
    return f"{_size(shutil.disk_usage(_existing(path)).free)} free"


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GiB"
