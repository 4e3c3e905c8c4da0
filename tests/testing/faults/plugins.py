"""Plugins that do not load, load slowly, or take a name that is taken."""

from __future__ import annotations

from tests.testing.faults import Fault, heavy, plugin
from tests.testing.faults.tasks import task

FAULTS = [
    Fault(
        check="plugins:loads",
        plugin=plugin("load", tasks=["xnli"]),
        subject="faulty_load",
        message="the plugin is disabled: .*hook xharness_tasks yields a value of type str, expected Task",
    ),
    Fault(
        check="plugins:imports_nothing_heavy",
        plugin=heavy,
        subject="tests.testing.faults.heavy",
        message="listing imports numpy; import them inside the functions that need them",
    ),
    Fault(
        check="plugins:names_are_free",
        plugin=plugin("name", tasks=[task("xnli")]),
        subject="faulty_name",
        message="task 'xnli' is also declared by another plugin; choose another name",
        state="warned",
    ),
]
