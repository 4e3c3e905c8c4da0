"""BLEU, chrF and others on code: those of sacrebleu, and their statistics for the bootstrap."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xharness.errors import StageError
from xharness.metrics.canonical_nll import canonical_nll
from xharness.metrics.code_tokens import code_tokens
from xharness.metrics.snippets import bleu, bleu_13a, chrf, code_exact_match, syntax_rate

WRITTEN = ["x = sorted(xs)", "for i in range(10):\n    print(i)", "", "df['a'].sum()", "return 1 +"]
TRUE = ["xs.sort()", "for i in range(10):\n    print(i)", "pass", 'df["a"].sum()', "return x"]


def predictions(texts=WRITTEN):
    return [{"id": str(number), "prediction": text} for number, text in enumerate(texts)]


def gold(texts=TRUE, prompt="# >>> 1\n", **more):
    return [{"id": str(number), "target": text, "prompt": prompt, **more} for number, text in enumerate(texts)]


def test_tokens_of_conala():
    code = "myList.sortBy(\"a_b\", key='x1')"
    assert code_tokens(code) == "my List . sort By ( ` a_b ` , key = ` x1 ` )".split()
    assert code_tokens("  \n") == []


def command_line(tmp_path, written, true, *options):
    """Return the score that sacrebleu prints for two files."""
    for name, texts in (("written", written), ("true", true)):
        (tmp_path / name).write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", str(tmp_path / "true"), "-i", str(tmp_path / "written")]
    done = subprocess.run([*command, *options, "-b", "-w", "6"], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_bleu_is_that_of_the_command_line_of_sacrebleu(tmp_path):
    tokens = [[" ".join(code_tokens(text)) for text in texts] for texts in (WRITTEN, TRUE)]
    found = bleu(predictions(), gold()).values["bleu"]
    assert found == pytest.approx(command_line(tmp_path, *tokens, "-m", "bleu", "-tok", "none", "--force"), abs=1e-6)
    lines = [[text.replace("\n", "\\n") for text in texts] for texts in (WRITTEN, TRUE)]
    found = bleu_13a(predictions(), gold()).values["bleu_13a"]
    assert found == pytest.approx(command_line(tmp_path, *lines, "-m", "bleu"), abs=1e-6)


def test_chrf_is_that_of_the_command_line_of_sacrebleu(tmp_path):
    lines = [[text.replace("\n", " ") for text in texts] for texts in (WRITTEN, TRUE)]
    found = chrf(predictions(), gold()).values["chrf"]  # white space does not count
    assert found == pytest.approx(command_line(tmp_path, *lines, "-m", "chrf"), abs=1e-6)


@pytest.mark.parametrize("metric", [bleu, bleu_13a, chrf])
@pytest.mark.parametrize("texts", [WRITTEN, TRUE, [""] * 5, ["a"] * 5, ["zzz zzz"] * 5])
def test_the_statistics_of_the_bootstrap_give_the_score(metric, texts):
    found = metric(predictions(texts), gold())
    [(name, value)] = found.values.items()
    assert found.combine[name](found.stats.sum(axis=0, keepdims=True))[0] == pytest.approx(value, abs=1e-9)


def test_the_reference_has_100():
    for metric in (bleu, bleu_13a, chrf, code_exact_match):
        assert list(metric(predictions(TRUE), gold()).values.values()) == [pytest.approx(100.0)]


def test_exact_match_and_syntax():
    assert code_exact_match(predictions(), gold()).values == {"exact_match": 40.0}
    found = syntax_rate(predictions(), gold(prompt="def f():\n    ", repairs=["quotes"]))
    assert found.values == {"syntax_rate": 40.0}  # the body of the loop is not indented there
    assert found.notes == {"visible_tests": 0, "repaired_rows": 5}
    assert syntax_rate(predictions(), gold()).notes["visible_tests"] == 5


def test_predictions_that_do_not_fit_are_refused():
    with pytest.raises(StageError, match="must be equal"):
        bleu(predictions()[1:], gold())
    with pytest.raises(StageError, match=r"problem '0' is 3\.5, not code"):
        bleu([{"id": "0", "prediction": 3.5}], gold(["x"]))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(StageError, match=r"pip install 'xharness\[codegen\]'"):
        bleu(predictions(), gold())


def test_likelihoods_are_averaged_by_character():
    rows = [{"id": "0", "prediction": 3.0, "characters": 10}, {"id": "1", "prediction": 9.0, "characters": 20}]
    found = canonical_nll(rows, gold(["x" * 10, "y" * 20]))
    assert found.values == {"canonical_nll": 40.0}
    assert found.combine["canonical_nll"](found.stats[1:]) == pytest.approx([45.0])
    assert found.notes["visible_tests"] == 2
