"""Choosing languages on the command line: spellings, families, scripts, and what the model saw."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.conftest import words
from xharness import LANGUAGES


@pytest.fixture
def evaluated(command, warm, checkpoint, data, tmp_path):
    """Return what runs a model with a card on udpos with some more words, from a store that has it all."""
    model = shutil.copytree(checkpoint, tmp_path / "model")
    (model / "README.md").write_text("---\nlanguage:\n- en\n- deu\n---\n", encoding="utf-8")

    def run(*more, name="run"):
        asked = [*words(model, data, "udpos", languages=[]), "--store", warm / "store", *more]
        return command(name, *asked, *(["--out", "out"] if name == "run" else []))

    return run


def evaluated_languages(tmp_path):
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    return [cell["language"] for cell in results["cells"]], results


def test_every_spelling_is_the_same_language(evaluated, tmp_path):
    done = evaluated("--lang", "German", "--lang", "spa_Latn", "--lang", "UD_German-GSD")
    assert (done.code, done.err.splitlines()) == (0, ["2 cells, 2 of them cached"])
    languages, results = evaluated_languages(tmp_path)
    assert (languages, results["run"]["request"]["languages"]) == (["de", "es"], ["de", "es"])


def test_a_subset_is_printed_under_its_own_name(evaluated, tmp_path):
    done = evaluated("--lang", "deu", "--lang", "es", "--family", "indo-european", "--script", "latn", "--seen")
    assert done.code == 0, done.err
    languages, results = evaluated_languages(tmp_path)
    assert languages == ["de"]
    assert results["run"]["model"]["languages"] == ["de", "en"]
    value = results["cells"][0]["metrics"]["f1"]["value"]
    assert results["subset"]["value"] == value
    chosen = "languages de, es; families Indo-European; scripts Latn; seen in pre-training"
    assert f"subset ({chosen}): {value:.1f} (udpos {value:.1f})" in done.out.splitlines()
    assert results["tasks"]["udpos"]["value"] is None


def test_a_plan_of_what_the_model_did_not_see(evaluated):
    plan = evaluated("--lang", "en", "--lang", "es", "--unseen", "--json", name="plan").json()
    assert plan["cells"] == 1


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (["--lang", "swahilli"], "unknown language 'swahilli'"),
        (["--lang", "Swahili"], "language 'sw' (Swahili) is not in udpos; available: af, "),
        (["--family", "Germanic"], "unknown family 'Germanic'"),
        (["--family", "Turkik"], "unknown family 'Turkik'; did you mean Turkic?"),
        (["--script", "Cyrillic"], "unknown script 'Cyrillic'; did you mean Cyrl?"),
        (["--family", "Turkic", "--lang", "de"], "task 'udpos' has no language of family Turkic; available: de"),
        (["--seen", "--unseen"], "argument --unseen: not allowed with argument --seen"),
    ],
)
def test_filters_that_leave_nothing(evaluated, changes, line):
    assert evaluated(*changes).refused().startswith(f"xharness: {line}")


def test_what_an_unknown_model_saw_is_not_guessed(command, checkpoint, data):
    line = command("run", *words(checkpoint, data, "udpos", languages=[]), "--unseen").refused()
    assert line.startswith(f"xharness: --unseen: the pre-training languages of {checkpoint} are unknown; list them")


def test_the_table_of_languages(command):
    rows = command("list", "languages", "--json").json()
    assert [row["code"] for row in rows] == list(LANGUAGES)
    [urdu] = [row for row in rows if row["code"] == "ur"]
    assert (urdu["name"], urdu["script"], urdu["direction"], urdu["words"]) == ("Urdu", "Arab", "rtl", "spaced")
    assert len(command("list", "languages").out.splitlines()) == 51
