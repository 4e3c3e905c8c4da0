"""The hub dataset of a data fingerprint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The fingerprint of a split that source `hub` read from one dataset. Splits of several datasets, copied repositories
# and local files have other fingerprints.
_HUB = re.compile(r"hub:([\w.-]+(?:/[\w.-]+)?)@([0-9a-f]{40}):([^:]*):([\w.-]+):.*", re.DOTALL)


@dataclass(frozen=True)
class Origin:
    """A split of a hub dataset at a commit; `config` is None if the dataset has only one."""

    id: str
    revision: str
    config: str | None
    split: str


def origin_of(record: Mapping[str, Any]) -> Origin | None:
    """Return the hub dataset of the examples of a cell's record; None if they are not from the hub."""
    match = _HUB.fullmatch(record["data"].get("examples", ""))
    return Origin(match[1], match[2], match[3] or None, match[4]) if match else None
