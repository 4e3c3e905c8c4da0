"""The plugin of pytest: `pytest --xharness-plugin NAME` collects the conformance tests of a plugin without a test file.

It is loaded by every pytest that runs where xharness is installed, so that it imports the kit only if it is asked to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xharness.testing.suite import Case


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option `--xharness-plugin`."""
    group = parser.getgroup("xharness")
    group.addoption(
        "--xharness-plugin",
        action="append",
        default=[],
        metavar="NAME",
        help="check an xharness plugin: a module, path/to/file.py, or an installed distribution (repeatable)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the checks of each plugin to the collected tests."""
    for name in config.getoption("xharness_plugin"):
        plugin: _Plugin = _Plugin.from_parent(session, name=name)
        items += plugin.collect()


class _Plugin(pytest.Collector):
    """The checks of one plugin."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one test for each object and check."""
        from xharness.testing.suite import PluginSuite

        for case in PluginSuite(self.name).cases():
            yield _Test.from_parent(self, name=case.id, case=case)


class _Test(pytest.Item):
    """One check of one object."""

    def __init__(self, *, case: Case, **options: Any) -> None:
        super().__init__(**options)
        self.case = case

    def runtest(self) -> None:
        """Do the check."""
        from xharness.testing import report

        report(self.case)

    def reportinfo(self) -> tuple[str, None, str]:
        """Return what a report names the test by."""
        return str(self.path), None, self.name
