"""Rows whose vectors are read in another way than the baseline's are named."""

from __future__ import annotations

from pathlib import Path

from xharness.experiment.readings import other_vectors
from xharness.experiment.scores import Scores

DECLARED = {"layer": 12, "pooling": "Pooling > Normalize", "prompt": ""}
MIDDLE = {"layer": 8, "pooling": "mean"}


def scores(**models):
    cells = [
        {
            "task": task,
            "language": "de",
            "seed": 1,
            "noise": None,
            "status": "ok" if model else "failed",
            "model": model,
        }
        for task, model in models.items()
    ]
    return Scores(Path(), {"cells": cells})


def test_rows_that_read_other_vectors_are_named_with_their_targets():
    rows = {
        "none": scores(tatoeba=DECLARED, search=DECLARED, xnli={"dtype": "float32"}),
        "same": scores(tatoeba=DECLARED, search=DECLARED, xnli={"dtype": "float32"}),
        "one": scores(tatoeba=MIDDLE, search=MIDDLE, xnli={"dtype": "float32"}),
        "two": scores(tatoeba=MIDDLE, search=None),
    }
    (found,) = other_vectors(rows, "none")
    assert (found["code"], found["grave"]) == ("other_vectors", True)
    assert (found["rows"], found["targets"]) == (["one", "two"], ["search", "tatoeba"])
    assert found["facts"] == {"row": "layer 8, pooling mean", "baseline": "layer 12, pooling Pooling > Normalize"}


def test_another_prompt_is_another_reading():
    rows = {"none": scores(tatoeba=DECLARED), "asked": scores(tatoeba={**DECLARED, "prompt": "query: "})}
    assert [each["rows"] for each in other_vectors(rows, "none")] == [["asked"]]
