"""The table of a run says how many answers of each task have a flaw, and how many contexts were cut."""

from __future__ import annotations

from xharness.cli.answers import answer_notes


def cell(task, n, status="ok", **notes):
    return {"task": task, "status": status, "n": n, "notes": notes}


def test_flaws_and_cut_contexts_are_summed_by_task():
    cells = [
        cell("ask", 1000, flaws={"empty": 2, "cut": 1}, cut_contexts=3),
        cell("ask", 500, flaws={"cut": 4}),
        cell("marks", 10),
        cell("pick", None, status="failed", flaws={"empty": 9}),
    ]
    assert list(answer_notes(cells)) == [
        "7 of 1,500 answers have a flaw: 5 cut, 2 empty (ask)",
        "3 of 1,500 contexts were longer than the model reads and were cut (ask)",
    ]
