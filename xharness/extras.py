"""Optional packages: which are missing, and how to install them."""

from __future__ import annotations

from collections.abc import Sequence


def install(extra: str) -> str:
    """Return the command that installs an extra of xharness."""
    return f"pip install 'xharness[{extra}]'"


def absent(*modules: str) -> list[str]:
    """Return the modules that are not installed; none is imported."""
    import importlib.util

    return [name for name in modules if importlib.util.find_spec(name) is None]


def needs(what: str, packages: Sequence[str], extra: str | None = None) -> str:
    """Return the message for packages that are missing: what needs them, and the command that installs them."""
    named = f"the package{'s'[: len(packages) > 1]} {' and '.join(packages)}"
    command = install(extra) if extra else f"pip install {' '.join(packages)}"
    return f"{what} needs {named}; run: {command}"
