"""Which caveats are shown: the grave ones always, those that differ in numbers in one line."""

from __future__ import annotations

from xharness.experiment.caveats import notes


def content(*texts, rows=("a", "b"), targets=("xnli", "udpos")):
    own = [each if isinstance(each, tuple) else (each, ["a"], ["xnli"]) for each in texts]
    return {
        "rows": [{"name": name, "status": "complete"} for name in rows],
        "targets": dict.fromkeys(targets),
        "caveats": [{"text": text, "rows": where, "targets": tasks} for text, where, tasks in own],
    }


GRAVE = (
    "oracle: the checkpoint was chosen by the dev splits of xnli in 3 evaluated languages",
    "predicted on a machine translation of the examples into English, and scored against its answers",
    "the checkpoint was trained on the evaluated split",
    "the checkpoint was chosen by mlqa dev, which shares with the evaluated split: its paragraphs",
    "made-up examples of source 'mini': no measure of a model",
)


def test_grave_caveats_come_first_and_none_is_left_out():
    harmless = [f"split {name} instead of test" for name in "abcdefgh"]
    found = notes(content(*harmless, *GRAVE))
    assert found[: len(GRAVE)] == [f"note: {text} (rows a, targets xnli)" for text in GRAVE]
    assert found[len(GRAVE) :] == [
        *(f"note: {text} (rows a, targets xnli)" for text in harmless[:6]),
        "note: 2 more, in the results.json of each row",
    ]


def test_remarks_that_differ_in_numbers_share_a_line_with_their_rows_and_targets():
    text = "finetune on xnli did not leave chance (loss {}, guessing 1.10)"
    found = notes(
        content(
            (text.format("1.09"), ["a"], ["xnli"]),
            (text.format("1.10"), ["b"], ["xnli"]),
            (text.format("1.11"), ["b"], ["udpos"]),
            ("finetune on bucc2018 is odd", ["a"], ["xnli"]),
            ("finetune on bucc2019 is odd", ["a"], ["xnli"]),
        )
    )
    assert found == [
        f"note: {text.format('1.09')}; and 2 more with other numbers (all rows, all targets)",
        "note: finetune on bucc2018 is odd (rows a, targets xnli)",
        "note: finetune on bucc2019 is odd (rows a, targets xnli)",
    ]
