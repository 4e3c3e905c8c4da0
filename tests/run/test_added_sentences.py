"""A run in which a noise adds the sentences of other contexts."""

from __future__ import annotations

import json


def test_a_sentence_of_another_context_is_added_to_each(run, tmp_path):
    results = run(tasks=["toy-qa"], languages=["sw"], noises=["distractor"])
    [noisy] = [cell for cell in results["cells"] if cell["noise"]]
    assert noisy["status"] == "ok"
    assert noisy["notes"]["noise"]["changed"] == 30
    [file] = (tmp_path / "store").rglob("changes.jsonl")
    for line in file.read_text("utf-8").splitlines():
        change = json.loads(line)
        [[start, end, added]] = change["edits"]["context"]
        assert start == end
        assert change["columns"]["context"].endswith(added)
        assert len(added.split()) == 6
        assert set(change["columns"]) == {"context"}
