"""The cells of runs that a board leaves out, since it does not know their task or language."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness import Task
from xharness_leaderboard.entries import task_language
from xharness_leaderboard.records import Run

_BUILT_IN = "xharness"  # the distribution of the built-in plugins


def omitted(runs: Sequence[Run], tasks: Mapping[str, Task]) -> Iterator[dict[str, str]]:
    """Yield {file, reason} for each run with cells of unknown tasks, or of languages that their task does not have."""
    known = {(name, code) for name, task in tasks.items() for code in task.languages}
    for run in runs:
        unknown = set(map(task_language, run.content["cells"])) - known
        names = sorted({task for task, _ in unknown} - tasks.keys())
        if names:
            reason = f"omitted unknown tasks: {', '.join(names)}; {_remedy(run.content['run'])}"
            yield {"file": str(run.path), "reason": reason}
        odd = sorted(f"{task} {code}" for task, code in unknown if task in tasks)
        if odd:
            reason = f"omitted cells: {', '.join(odd)}: not languages of these tasks"
            yield {"file": str(run.path), "reason": reason}


def _remedy(run: Mapping[str, Any]) -> str:
    """Return how to load the plugins that a run was made with."""
    plugins = [each for each in run["plugins"] if each["distribution"] != _BUILT_IN and not each.get("error")]
    if not plugins:
        return "load their plugin with --plugin"
    names = ", ".join(f"'{each['name']}'" for each in plugins)
    options = [f"--plugin {shlex.quote(each['name'])}" for each in plugins if each.get("version") is None]
    packages = [f"{each['distribution']} {each['version']}" for each in plugins if each.get("version") is not None]
    steps = [f"install {' and '.join(packages)}"] if packages else []
    steps += [f"build again with {' '.join(options)}"] if options else ["build again"]
    return f"the run was made with the plugin{'s'[: len(plugins) > 1]} {names}: {', then '.join(steps)}"
