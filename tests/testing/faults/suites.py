"""Suites with one fault each."""

from __future__ import annotations

from tests.testing.faults import Fault, plugin
from tests.testing.faults.tasks import task
from xharness import Suite

TASKS = {"first": (), "second": ()}


class Doubled(Suite):
    """A suite that sums instead of averaging."""

    def average(self, scores):
        return sum(scores[name] for name in self.tasks)


class Gap(Suite):
    """A suite whose value falls if its second task scores more."""

    def average(self, scores):
        first, second = (scores[name] for name in self.tasks)
        return 2 * first - second


class Lenient(Suite):
    """A suite that counts a missing score as 0."""

    def average(self, scores):
        return sum(scores.get(name, 0.0) for name in self.tasks) / len(self.tasks)


class Shared(Suite):
    """A suite whose shares are not its weights."""

    @property
    def shares(self):
        return self.weights


def suite(name, kind=Suite, **fields):
    return kind(**{"name": name, "tasks": TASKS, "summary": "two tasks", **fields})


MANY = plugin(
    "suites",
    tasks=[task("first"), task("second")],
    suites=[
        suite("nowhere", tasks={"no-such-task": ()}),
        suite("strange", groups={"words": ("first", "third")}),
        suite("heavy", kind=Shared, weights={"first": 2, "second": 1}),
        suite("uncounted", weights={"first": 1}),
        suite("mixed", tasks={"xnli": (), "mconala_nll": ()}),
        suite("doubled", kind=Doubled),
        suite("gap", kind=Gap),
        suite("lenient", kind=Lenient),
    ],
)


def fault(check, subject, message, state="failed"):
    return Fault(check=f"suites:{check}", plugin=MANY, subject=subject, message=message, state=state)


FAULTS = [
    fault("tasks_exist", "nowhere", "task 'no-such-task' does not exist; .* correct `tasks`"),
    fault("groups_are_sound", "strange", "groups: 'words' has third, which the suite does not; add it to `tasks`"),
    fault("weights_reach_all_tasks", "heavy", r"add up to 3\.000, not 1; correct `shares`"),
    fault("weights_reach_all_tasks", "uncounted", "no weight reaches second: .*; add it to `weights`", "warned"),
    fault("scores_have_one_direction", "mixed", "lower is better for mconala_nll, higher for xnli; .* two suites"),
    fault("perfect_scores_average_100", "doubled", r"every task scores 100, and the suite 200\.00; correct `average`"),
    fault("better_scores_average_more", "gap", "the value falls from .* if 'second' scores more; correct `average`"),
    fault("missing_scores_have_no_value", "lenient", r"without the score of 'first', .* 50\.00; .*scores\[task\]"),
]
