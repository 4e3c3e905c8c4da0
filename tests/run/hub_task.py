"""A plugin with a task on a hub repository that is not pinned to a commit."""

from __future__ import annotations

from xharness import Classification, Tuning, hookimpl, hub


@hookimpl
def xharness_tasks():
    yield Classification(
        name="hub-parity",
        languages=("sw",),
        labels=("even", "odd"),
        data=hub("me/mine", config="{lang}"),
        train="sw",
        tuning=Tuning(epochs=1, selection="last"),
    )
