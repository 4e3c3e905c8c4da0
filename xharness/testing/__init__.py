"""The conformance kit: checks that every plugin must pass, as tests of pytest and as the command `xharness check`.

`test_conformance = conformance("my_package")` in a test module is one test for each object of a plugin and each check
of its kind. Importing this module imports neither pytest nor anything heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import ModuleType

    from xharness.testing.checks import Check, ConformanceWarning, Verdict
    from xharness.testing.suite import Case, PluginSuite, all_checks

_HOMES = {
    "Case": "suite",
    "Check": "checks",
    "ConformanceWarning": "checks",
    "PluginSuite": "suite",
    "Verdict": "checks",
    "all_checks": "suite",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: every pytest loads this package, few use it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'xharness.testing' has no attribute '{name}'")
    return getattr(import_module(f"xharness.testing.{_HOMES[name]}"), name)


def conformance(
    plugin: str | ModuleType, *, data: str | Path | None = None, models: Iterable[str | Path] = ()
) -> Callable[[Any], None]:
    """Return a test function with one case for each object of a plugin and each check, for a test module of pytest.

    `plugin` is the name of a module with hooks, an installed distribution, a `.py` file, or a module object. `data` is
    a folder as `--data` of `xharness run` takes it. `models` are checkpoints that the plugin's adapters load; tasks are
    run end to end on the first that supports them, else on the embedded checkpoint. A check that fails is a failed
    test, one that warns issues a `ConformanceWarning`, one that cannot be done here is skipped with the reason.
    """
    import pytest

    from xharness.testing.suite import PluginSuite

    cases = PluginSuite(plugin, data=data, models=models).cases()

    @pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])
    def test_conformance(case: Case) -> None:
        report(case)

    return test_conformance


def report(case: Case) -> None:
    """Do a check and report its verdict to pytest: return, warn, skip or fail."""
    import warnings

    import pytest

    from xharness.testing.checks import ConformanceWarning

    verdict = case.verdict()
    if verdict.state == "failed":
        pytest.fail(verdict.text, pytrace=False)
    if verdict.state == "skipped":
        pytest.skip(verdict.text)
    if verdict.state == "warned":
        warnings.warn(f"{case.id}: {verdict.text}", ConformanceWarning, stacklevel=2)


__all__ = ["Case", "Check", "ConformanceWarning", "PluginSuite", "Verdict", "all_checks", "conformance", "report"]
