"""The kind odd-one-out: find the text that is least like the others, among their vectors."""

from xharness import VECTORS, Column, Kind, Search, SearchInput


def read(splits, limit):
    """Return the texts to embed, those of all examples in one list, and the number of texts of each example."""
    groups = list(splits["examples"]["texts"])[:limit]
    return SearchInput({"texts": [text for group in groups for text in group]}, {"sizes": list(map(len, groups))})


def find(texts, vectors):
    """Return for each example the index of the text whose vector is least like the mean of all."""
    import numpy as np

    unit = vectors["texts"] / np.maximum(np.linalg.norm(vectors["texts"], axis=1, keepdims=True), 1e-9)
    groups = np.split(unit, np.cumsum(texts.about["sizes"])[:-1])
    return [{"prediction": int((group @ group.mean(axis=0)).argmin())} for group in groups], {}


KIND = Kind(
    name="odd-one-out",
    summary="Find the word that is least like the others",
    ways=(VECTORS,),
    columns={"texts": Column("the texts", "texts"), "odd": Column("the index of the odd text, from 0", "int")},
    check=lambda row, labels: None if 0 <= row["odd"] < len(row["texts"]) else f"odd {row['odd']}: no such text",
    gold=lambda examples: [example["odd"] for example in examples],
    has_gold=lambda gold, task: True,
    search=Search(read=read, find=find),
    metrics=("odd_one_out_right",),
    headline=("odd_one_out_right",),
    needs_finetuning=False,
)
