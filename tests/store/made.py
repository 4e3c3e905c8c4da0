"""Artifacts as the tests of the store make them."""

from __future__ import annotations

from tests.store.programs import names

KEY = "0123456789abcdef0123456789abcdef"


def make(store, key=KEY, text="content", kind="predict"):
    with store.creating(kind, key, {"params": {"seed": 1}}) as folder:
        (folder / "sub").mkdir()
        (folder / "a.txt").write_text(text)
        (folder / "sub" / "b.txt").write_text(text * 2)


def leftovers(store):
    return names(store.root / "tmp")
