"""Each check catches a plugin with the fault that it is for, and says what to do."""

from __future__ import annotations

import re

import pytest

from tests.testing.faults import (
    executors,
    formats,
    kinds,
    metrics,
    models,
    noises,
    plugins,
    recipes,
    sandboxes,
    sources,
    suites,
    tasks,
)
from xharness.testing import PluginSuite, all_checks

PARTS = (
    plugins, kinds, tasks, suites, models, recipes, noises, sources, metrics, executors, sandboxes, formats,
)  # fmt: skip
FAULTS = [fault for part in PARTS for fault in part.FAULTS]
CHECKS = [f"{check.group}:{check.name}" for check in all_checks()]


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """Return what loads a faulty plugin, each once."""
    known = {}

    def load(fault):
        name = fault.plugin.__name__
        if name not in known:
            models = fault.models(tmp_path_factory.mktemp("models")) if fault.models else ()
            known[name] = PluginSuite(fault.plugin, models=models)
        return known[name]

    return load


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}-{fault.subject}")
def test_a_faulty_plugin_is_caught_with_what_to_do(suite, fault):
    group, _, name = fault.check.partition(":")
    [case] = [
        case
        for case in suite(fault).cases()
        if (case.check.group, case.check.name, case.subject) == (group, name, fault.subject)
    ]
    verdict = case.verdict()
    assert verdict.state == fault.state, verdict
    assert re.search(fault.message, verdict.text), verdict.text


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_a_faulty_plugin(check):
    assert check in {fault.check for fault in FAULTS}
