"""Which dataset of the hub an examples' fingerprint names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# As the source `hub` names a split that it read there. Splits of several parts are no one dataset; copies of
# repositories and files on disk are named by their contents.
_HUB = re.compile(r"hub:([\w.-]+(?:/[\w.-]+)?)@([0-9a-f]{40}):([^:]*):([\w.-]+):.*", re.DOTALL)


@dataclass(frozen=True)
class Origin:
    """A split of a dataset of the hub, at a commit; `config` is None where the dataset has but one."""

    id: str
    revision: str
    config: str | None
    split: str


def origin_of(record: Mapping[str, Any]) -> Origin | None:
    """Return where the examples of a cell's record come from on the hub; None where they were not read there."""
    found = _HUB.fullmatch(record["data"].get("examples", ""))
    return Origin(found[1], found[2], found[3] or None, found[4]) if found else None
