"""Read two pools of sentences and their gold pairs, in the format of the BUCC shared task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from xharness.data.lines import Row, nonempty
from xharness.data.tsv import read_tsv
from xharness.errors import DataError


@nonempty
def read_pools(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the source pool, then the target pool, of files (source, target) or (source, target, gold).

    Lines are `id TAB sentence` in a pool, `source id TAB target id` in the gold file. Without a gold file all gold is
    empty. Raises DataError if a gold id is not in its pool.
    """
    source, target, *rest = paths
    gold: dict[str, list[str]] = {}
    unseen: dict[tuple[str, str], int] = {}
    for path in rest:
        for number, row in read_tsv(path, ("source id", "target id")):
            ids = {side: row[f"{side} id"].strip() for side in ("source", "target")}
            gold.setdefault(ids["source"], []).append(ids["target"])
            for side_and_id in ids.items():
                unseen.setdefault(side_and_id, number)
    for path, side in ((source, "source"), (target, "target")):
        for sentence in _pool(path, side, gold):
            unseen.pop((side, sentence["id"]), None)
            yield sentence
    if unseen:
        (side, unknown), number = next(iter(unseen.items()))
        pool = source if side == "source" else target
        raise DataError.at(rest[0], number, f"id '{unknown}' is not in {pool.name}")


def _pool(path: Path, side: str, gold: Mapping[str, list[str]]) -> Iterator[Row]:
    count = 0
    for _, row in read_tsv(path, ("id", "sentence")):
        count += 1
        name = row["id"].strip()
        ids = gold.get(name, []) if side == "source" else []
        yield {"side": side, "id": name, "text": row["sentence"].strip(), "gold": ids}
    if not count:
        raise DataError.at(path, None, f"the {side} pool is empty")
