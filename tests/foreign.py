"""Valid JSON with values of other types in it, for tests of everything that reads files of others."""

from __future__ import annotations

import copy
import json

from hypothesis import strategies as st

ODD = [
    None, True, -1, 0, 1, 600, 2.5, 10**30, float("nan"), float("inf"), "", "text", "a\nb", "\0", "\ud800", "x" * 5000,
    "../..", "/", [], [1], ["a"], [[]], {}, {"a": 1}, {"1": "a"}, {"0": None}, [{"path": 3}],
]  # fmt: skip
VALUES = st.sampled_from(ODD) | st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutated(draw, content):
    """Return a content with some of its values, at any depth, replaced by values of any type, or removed."""
    content = json.loads(json.dumps(content))
    for _ in range(draw(st.integers(1, 3))):
        part = content
        while True:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(part[key], dict | list) and part[key] and draw(st.booleans()):
                part = part[key]
                continue
            if draw(st.integers(0, 4)):
                part[key] = copy.deepcopy(draw(VALUES))
            else:
                del part[key]
            break
    return content
