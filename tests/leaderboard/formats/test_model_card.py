"""Model cards: read back by the hub's own library to the numbers of the run, and safe to show."""

from __future__ import annotations

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results
from hypothesis import given
from hypothesis import strategies as st

from tests.leaderboard import made
from tests.leaderboard.formats.conftest import COMMIT, everything, on_hub
from tests.leaderboard.made import CODES, cell
from xharness import BadRequest
from xharness_leaderboard.formats.model_card import FILE


def card_of(export):
    assert list(export.files) == [FILE]
    return export.files[FILE].decode()


def index_of(export):
    text = card_of(export)
    assert "&id0" not in text
    return yaml.safe_load(text.split("\n---\n")[0])["model-index"]


def results_of(export):
    """Return the results of a card as the hub's library reads them, by task, language or average, and metric."""
    card = ModelCard(card_of(export))
    assert card.data.model_name == "base"
    name, results = model_index_to_eval_results(index_of(export))
    assert (name, results) == ("base", card.data.eval_results)
    return {(each.task_name, each.metric_name): each for each in results}


def test_the_hub_reads_back_the_numbers_of_the_run(publish):
    cells = everything()
    found = results_of(publish("model-card", cells, drawn=True))
    for each in cells:
        for name, metric in each["metrics"].items():
            result = found[each["task"], f"{name}, {each['language']}"]
            assert repr(result.metric_value) == repr(metric["value"])
            assert (result.metric_type, result.metric_args["ci95"]) == (name, metric["ci95"])
            assert result.metric_args["signature"] == metric["signature"]
            assert result.dataset_args["examples"] == each["n"]
    assert len(found) == 4 + 2 * 2 + 2 + 1
    mean = found["nli", "accuracy, mean of languages"]
    assert mean.metric_value == pytest.approx(100 / 3 + 4.5)
    assert mean.metric_args["ci95"][0] < mean.metric_value < mean.metric_args["ci95"][1]
    whole = found["both", "score, mean of tasks"]
    assert whole.metric_value == pytest.approx((mean.metric_value + found["qa", _headline(found)].metric_value) / 2)


def _headline(found):
    return next(name for task, name in found if task == "qa" and name.endswith("mean of languages"))


def test_what_the_hub_writes_of_it_again_is_the_same(publish):
    cells = [on_hub(each) for each in everything()]
    index = index_of(publish("model-card", cells))
    name, results = model_index_to_eval_results(index)
    assert eval_results_to_model_index(name, results) == index


def test_datasets_of_the_hub_are_named_with_config_and_commit(publish):
    found = results_of(publish("model-card", [on_hub(cell("nli", "sw", 1 / 3), split="validation")]))
    (result,) = found.values()
    about = (result.dataset_type, result.dataset_config, result.dataset_split, result.dataset_revision)
    assert about == ("owner/nli", "sw", "validation", COMMIT)
    assert result.task_type == "text-classification"


def test_only_what_was_scored_is_given_and_the_rest_is_named(publish):
    cells = [
        cell("nli", "en", 50.0),
        cell("nli", "sw", status="failed"),
        *(cell("qa", c, 1.0, 2.0) for c in ("en", "sw")),
    ]
    made = publish("model-card", cells)
    found = results_of(made)
    assert {task for task, name in found if "mean" in name} == {"qa"}
    assert made.missing == ("nli sw: failed: StageError: broken",)
    assert "nli: no average; missing: sw, yo, zh" in made.remarks
    assert "both: no average; missing: nli" in made.remarks
    text = card_of(made)
    assert "| nli | accuracy | 1 of 4 | no value |  |" in text
    assert "| Swahili (sw) | failed | 1.5 |" in text
    assert "StageError" not in text
    assert "nan" not in text.lower()


def test_seeds_are_averaged_unless_one_is_meant(publish):
    cells = [cell("nli", "sw", score, seed=seed) for seed, score in ((1, 10.0), (2, 20.0))]
    (both,) = results_of(publish("model-card", cells)).values()
    assert (both.metric_value, both.metric_args["seeds"]) == (15.0, {"1": 10.0, "2": 20.0})
    assert "ci95" not in both.metric_args
    (one,) = results_of(publish("model-card", cells, seed=2)).values()
    assert (one.metric_value, one.metric_args["ci95"]) == (20.0, [17.0, 23.0])


def test_cells_with_noise_are_left_out(publish):
    noisy = cell("nli", "sw", 5.0, noise={"name": "typos", "severity": 1})
    (result,) = results_of(publish("model-card", [cell("nli", "en", 50.0), noisy])).values()
    assert result.metric_value == 50.0
    with pytest.raises(BadRequest, match="no cell without noise has a score"):
        publish("model-card", [noisy])


@pytest.mark.parametrize("form", ["model-card", "eval-results", "every-eval-ever"])
def test_what_measures_no_model_is_not_published(publish, form):
    with pytest.raises(BadRequest, match=r"^run '.*': synthetic data do not measure a model, so nothing of it"):
        publish(form, [cell("nli", code, 50.0) for code in CODES], synthetic=True)
    with pytest.raises(BadRequest, match="no cell without noise has a score"):
        publish(form, [cell("nli", "en", status="failed")])


def test_the_command_and_the_caveats_are_there(publish):
    cells = [cell("nli", "sw", 50.0, caveats=["split dev instead of test"], n=7)]
    made = publish("model-card", cells, suite=None, tasks=["nli"])
    text = card_of(made)
    assert "```bash\nxharness run owner/base --task nli --source local\n```" in text
    assert "- nli: split dev instead of test (sw)" in text
    (result,) = results_of(made).values()
    assert result.metric_args["caveats"] == ["split dev instead of test"]


HOSTILE = "<script>alert(1)</script> | `x` [a](http://b) **c** ![d](e) ~~f~~"


def test_text_of_a_record_is_text(publish):
    text = card_of(publish("model-card", [cell("nli", "sw", 50.0, caveats=[HOSTILE])], model=f"x/{HOSTILE}\n---\n"))
    head, body = text.split("\n---\n", 1)
    assert yaml.safe_load(head)["model-index"]
    shown = "\n".join(part for place, part in enumerate(body.split("```")) if place % 2 == 0)
    for bad in ("<script", "[a](", "**c**", "![d]", "~~f~~", "\n---\n"):
        assert bad not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\| \\`x\\`" in shown


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_text_is_one_line_that_ends_no_cell(value):
    from xharness_leaderboard.formats.markdown import code, table, text

    line = text(value)
    assert len(line.splitlines()) <= 1
    assert "|" not in line.replace("\\|", "")
    assert "<" not in line
    assert len(table(["a", "b"], [[line, line]]).splitlines()) == 3
    block = code(value).split("\n")
    assert block[0].removesuffix("bash") == block[-1]
    assert block[-1] not in value


def test_a_model_of_unknown_size_has_no_size(monkeypatch, publish):
    sized = made.content

    def without_size(*cells, **wishes):
        content = sized(*cells, **wishes)
        content["run"]["model"]["parameters"] = 0
        return content

    monkeypatch.setattr(made, "content", without_size)
    text = card_of(publish("model-card", everything(), drawn=True))
    assert ", parameters unknown" in text and "0 parameters" not in text
