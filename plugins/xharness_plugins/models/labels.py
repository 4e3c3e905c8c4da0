"""The classes of a head and the labels of a task, matched by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xharness import BadRequest

_PLACEHOLDER = re.compile(r"LABEL_\d+")


def order(head: Sequence[str], task: Sequence[str], name: str) -> list[int]:
    """Return, for each label of a task, its place in a head; case is ignored.

    Raises BadRequest, naming both lists, where the head has other labels than the task `name`.
    """
    if list(head) == list(task):
        return list(range(len(head)))
    places = {label.casefold(): place for place, label in enumerate(head)}
    if places and all(_PLACEHOLDER.fullmatch(label) for label in head):
        raise BadRequest(
            f"the head's classes are only numbered ({', '.join(head[:4])}), so they cannot be matched with the labels "
            f"of '{name}' ({', '.join(task)}); name them in id2label of config.json"
        )
    if set(places) != {label.casefold() for label in task}:
        raise BadRequest(
            f"the head's labels ({', '.join(head)}) are not those of task '{name}' ({', '.join(task)}); "
            "use a recipe that trains a head"
        )
    return [places[label.casefold()] for label in task]
