"""The files of the site: complete, self-contained, the same each time, and safe whatever records say."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

import xharness_leaderboard
from tests.leaderboard.boards import SUITE, board, robustness
from tests.leaderboard.made import said
from tests.leaderboard.site.conftest import written
from xharness_leaderboard.site import gains, write_site
from xharness_leaderboard.site.names import labels
from xharness_leaderboard.site.tables import csv_of, plain

HOSTILE = "</script><script>alert(1)</script>\"' onmouseover=alert(1) {{ 7 * 7 }} $x$"
VOID = {"meta", "link", "br", "input", "img", "path", "use", "rect", "circle"}


class Reader(HTMLParser):
    """Gathers the elements of a page, and fails where they are not closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.ids = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def read(path):
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def data_of(path):
    return json.loads(re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL)[1])


def test_the_synthetic_board_is_a_board():
    schema = Path(xharness_leaderboard.__file__).parent / "leaderboard.schema.json"
    jsonschema.validate(board(7, 5, 6), json.loads(schema.read_text(encoding="utf-8")))


def test_each_entry_has_a_page_and_every_page_is_well_formed(site):
    content = board(8, 5, 8)
    assert {path.stem for path in (site / "models").iterdir()} == {entry["id"] for entry in content["entries"]}
    for path in [site / "index.html", *(site / "models").iterdir()]:
        reader = read(path)
        assert len(reader.ids) == len(set(reader.ids)), path
        for tag, attributes in reader.seen:
            assert "src" not in attributes and not (tag == "link" and "stylesheet" in attributes.get("rel", ""))


def test_links_lead_to_what_is_there(site):
    for path in [site / "index.html", *(site / "models").iterdir()]:
        reader = read(path)
        for tag, attributes in reader.seen:
            target = attributes.get("href", "")
            if tag != "a" or target.startswith("http"):
                continue
            file, _, anchor = target.partition("#")
            assert (path.parent / file).exists(), target
            assert "=" in anchor or not anchor or file or anchor in reader.ids, target


def test_equal_boards_give_equal_bytes(tmp_path):
    content = board(4, 3, 4)
    pages = []
    for name in ("one", "other"):
        files = write_site(content, tmp_path / name)
        pages.append([path.read_bytes() for path in files])
    assert pages[0] == pages[1]


def test_what_is_missing_is_marked_with_its_reason(site):
    entry = board(8, 5, 8)["entries"][-1]
    page = (site / "models" / f"{entry['id']}.html").read_text(encoding="utf-8")
    for status in ("failed", "skipped", "not_run"):
        assert f"it was {status} because of a test" in page
    index = (site / "index.html").read_text(encoding="utf-8")
    assert "not ranked" in index


def test_the_data_of_the_page_are_the_numbers_of_the_board(site):
    content, data = board(8, 5, 8), data_of(site / "index.html")
    by_id = {entry["id"]: entry for entry in content["entries"]}
    shown = [by_id[each["id"]] for each in data["entries"]]
    assert [entry["suites"][SUITE]["rank"] for entry in shown] == [1, 2, 3, 4, 5, 6, 7, None]
    marks = {"failed": "✕", "skipped": "○", "not_run": "–"}
    for entry, tasks in zip(shown, data["cells"], strict=True):
        for task, cells in zip(data["tasks"], tasks, strict=True):
            own = [entry["cells"][task["name"]][data["languages"][place][0]] for place in task["langs"]]
            assert cells == [marks.get(cell["status"]) or round(cell["value"], 2) for cell in own]


def test_text_is_escaped_wherever_it_comes_from(tmp_path):
    content = board(5, 3, 4)
    for entry in content["entries"]:
        entry["model"] |= {"reference": HOSTILE, "revision": HOSTILE, "architecture": HOSTILE, "languages": [HOSTILE]}
        entry["recipe"]["params"] = {HOSTILE: [HOSTILE]}
        entry |= {"source": HOSTILE, "dtype": HOSTILE, "flags": [HOSTILE]}
        entry["runs"][0] |= {"command": HOSTILE, "environment": {HOSTILE: HOSTILE, "packages": {HOSTILE: HOSTILE}}}
        for cell in entry["cells"]["xnli"].values():
            cell |= {"flags": [HOSTILE], "caveats": [said(HOSTILE, grave=True), said(HOSTILE)]}
        entry["ways"] = {HOSTILE: {"name": HOSTILE, "version": 1, "prompt": None}}
    for cell in content["entries"][-1]["cells"]["xcopa"].values():
        cell |= {"reason": HOSTILE} if cell["status"] != "ok" else {}
    content["title"] = HOSTILE
    content["robustness"] = robustness(content)
    for each in content["robustness"]["entries"]:
        for average in each["averages"][1:]:
            average |= {"family": HOSTILE, "noise": {"name": HOSTILE}}
        each["averages"][0]["severities"]["3"]["worst"]["noise"] = {"name": HOSTILE}
    content["refused"] = [{"file": HOSTILE, "reason": HOSTILE}]
    content["published"] = [published(model=HOSTILE, setting=HOSTILE, source=HOSTILE, metric=HOSTILE, kind=HOSTILE)]
    content["sources"] = {HOSTILE: {"title": HOSTILE, "url": "javascript:alert(1)"}}
    values = [{"value": 1.0, "kind": HOSTILE, "source": HOSTILE, "note": HOSTILE}]
    about = dict.fromkeys(("model", "setting", "task", "language", "metric"), HOSTILE)
    content["published_conflicts"] = [about | {"values": values}]
    content["conflicts"] = [conflict(content, HOSTILE)]
    folder = written(content, tmp_path)
    for path in [folder / "index.html", *(folder / "models").iterdir()]:
        reader = read(path)
        assert sum(tag == "script" for tag, _ in reader.seen) == (2 if path.name == "index.html" else 1)
        assert not [attributes for _, attributes in reader.seen if any(name.startswith("on") for name in attributes)]
        assert not [1 for _, attributes in reader.seen if attributes.get("href", "").startswith("javascript")]
        assert " 49 " not in path.read_text(encoding="utf-8")
    assert HOSTILE.lower() in data_of(folder / "index.html")["entries"][0]["find"]


def published(**changed):
    row = {"model": "example/encoder-3", "benchmark": SUITE, "setting": "zero-shot", "task": "xnli", "language": "avg"}
    return row | {"metric": "accuracy", "value": 42.1234, "kind": "published", "source": "KEY", "note": None} | changed


def conflict(content, file="a/results.json"):
    about = {"entry": content["entries"][0]["id"], "task": "xnli", "language": "ar", "seed": 1, "metric": "accuracy"}
    return about | {"values": [1.0, 2.25], "files": [file, "b/results.json"]}


def test_published_rows_stand_apart_and_beside_what_was_measured(tmp_path):
    content = board(5, 3, 4)
    content["published"] = [published(), published(model="Other"), published(setting="translate-train")]
    content["sources"] = {"KEY": {"title": "A paper", "url": "https://example.org/paper"}}
    text = (written(content, tmp_path) / "index.html").read_text(encoding="utf-8")
    ranking, _, rest = text.partition('id="published"')
    assert "42.1" not in ranking and "42.1" in rest and "https://example.org/paper" in rest
    measured = next(entry for entry in content["entries"] if entry["model"]["reference"] == "example/encoder-3")
    difference = f"{measured['tasks']['xnli']['value'] - 42.1234:+.1f}".replace("-", "−")
    beside = rest.partition("Measured and published scores")[2].partition("</table>")[0]
    assert difference in beside and beside.count("encoder-3") == 1


def test_recipes_are_named_by_what_tells_them_apart():
    content = board(4, 2, 3)
    for place, entry in enumerate(content["entries"]):
        entry["recipe"]["params"] |= {"epochs": 3, "pooling": "mean" if place else "first"}
    content["entries"][2]["recipe"]["params"]["intermediate"] = "mnli"
    found = list(labels(content["entries"]).values())
    assert [each["recipe"] for each in found] == [
        "zero-shot (pooling first)",
        "zero-shot (pooling mean)",
        "intermediate (intermediate mnli)",
        "zero-shot (pooling mean)",
    ]
    assert "epochs 3" in found[0]["params"]
    assert len({each["label"] for each in found}) == 4


def test_gains_are_over_the_zero_shot_entry_that_is_most_alike():
    content = board(3, 2, 3)
    entries = content["entries"]
    other = json.loads(json.dumps(entries[1])) | {"id": "other"}
    entries[1]["recipe"]["params"], other["recipe"]["params"] = {"epochs": 1}, {"epochs": 3}
    entries[2]["recipe"]["params"] |= {"epochs": 3}
    entries.append(other)
    (row,) = gains.intermediate(content)
    assert (row["entry"]["id"], row["base"]["id"]) == (entries[2]["id"], "other")
    assert row["tasks"]["xnli"] == entries[2]["tasks"]["xnli"]["value"] - other["tasks"]["xnli"]["value"]


def test_gains_are_on_the_same_data_or_none():
    content = board(3, 2, 3)
    base = content["entries"][1]
    changed = {
        "recipe": {"name": "like-no-other", "params": {}},
        "trained_on": {task: ["mnli", *names] for task, names in base["trained_on"].items()},
    }
    other, entry = (json.loads(json.dumps(base)) | more for more in ({"id": "other"}, {"id": "new"} | changed))
    content["entries"] = [base, other, entry]
    assert gains.intermediate(content) == []  # it could be either
    for cells in other["cells"].values():
        for cell in cells.values():
            cell["flags"] = ["data differ"]
    assert [(row["entry"]["id"], row["base"]["id"]) for row in gains.intermediate(content)] == [("new", base["id"])]
    content["entries"] = [other, entry]
    assert gains.intermediate(content) == []


def test_gains_are_those_of_training_on_further_tasks_in_the_same_way():
    content = board(4, 2, 3)
    entry, (row,) = content["entries"][2], gains.intermediate(content)
    assert row["entry"] is entry
    entry["ways"] = {"xnli": {"name": "loglikelihood", "version": 1, "prompt": 1}}
    (row,) = gains.intermediate(content)
    assert row["tasks"]["xnli"] is None and row["tasks"]["pawsx"] is not None
    entry["trained_on"] = content["entries"][1]["trained_on"]
    assert entry["recipe"]["name"] == "intermediate" and gains.intermediate(content) == []


def test_the_way_is_in_the_label_the_ranking_and_the_page(tmp_path):
    content = board(3, 2, 3)
    asked = {"xnli": {"name": "loglikelihood", "version": 1, "prompt": 2}}
    content["entries"][1]["ways"] = asked
    entry = content["entries"][1]
    assert labels(content["entries"])[entry["id"]]["label"] == "encoder-1 · zero-shot · loglikelihood.1, prompt 2"
    folder = written(content, tmp_path)
    assert "zero-shot · loglikelihood.1, prompt 2</td>" in (folder / "index.html").read_text(encoding="utf-8")
    page = (folder / "models" / f"{entry['id']}.html").read_text(encoding="utf-8")
    assert "<dt>Way of xnli</dt><dd>loglikelihood.1, prompt 2</dd>" in page
    assert "xnli loglikelihood.1, prompt 2" in (folder / "leaderboard.csv").read_text(encoding="utf-8")


def test_grave_caveats_come_first_and_stand_out(tmp_path):
    content = board(1, 1, 3)
    cells = content["entries"][0]["cells"]["xnli"]
    for cell in cells.values():
        cell["caveats"] = [said("a small thing")]
    cells["en"]["caveats"] = [said("a great thing", grave=True), said("a small thing")]
    text = (written(content, tmp_path) / "models" / f"{content['entries'][0]['id']}.html").read_text(encoding="utf-8")
    caveats = text.partition('id="caveats"')[2].partition("</ul>")[0]
    assert "<li><strong>a great thing</strong>" in caveats and "<li>a small thing" in caveats
    assert caveats.index("great") < caveats.index("small")


def test_scores_under_noise_have_a_chart_and_a_table_apart_from_the_ranking(tmp_path):
    content = board(4, 2, 3)
    content["robustness"] = robustness(content)
    folder = written(content, tmp_path)
    text = (folder / "index.html").read_text(encoding="utf-8")
    section = text.partition('id="robustness"')[2].partition("</section>")[0]
    assert "with noise, severity 3" in section and section.count('<a href="models/') == 4 + 4  # marks and rows
    rows = section.partition("<tbody>")[2].split("<tr ")[1:]
    cells = [re.sub(r"<[^>]*>", " ", cell).split() for cell in re.findall(r"<td.*?</td>", rows[1])]
    assert cells == [
        [], ["61.0"], ["60.0"], ["57.9"], ["55.8"], ["3.1", "±", "1.0"], ["6.2"], ["upper", "2"],
        ["103.1"], ["93.1"], ["–"], ["87.0"],
    ]  # fmt: skip
    assert 'value="family:edit"' in section and 'value="noise:swap"' in section
    assert text.count('<tr data-id="') == 4
    shown = data_of(folder / "index.html")["noise"][content["entries"][1]["id"]]
    assert shown["family:case"][2] == pytest.approx(4.1)
    assert 'id="robustness"' not in (written(board(3, 2, 3), tmp_path) / "index.html").read_text(encoding="utf-8")


def test_the_chart_has_entries_of_one_grid_and_a_severity_that_was_measured(tmp_path):
    content = board(4, 2, 3)
    content["robustness"] = robustness(content, (2, 4))
    content["robustness"]["entries"][3]["grid"] = "other"
    text = (written(content, tmp_path) / "index.html").read_text(encoding="utf-8")
    figure = text.partition('id="robustness"')[2].partition("</figure>")[0]
    assert "with noise, severity 2" in figure and figure.count("<a href") == 3


def test_conflicts_and_refusals_are_told(tmp_path):
    content = board(3, 2, 3, refused=[{"file": "bad.json", "reason": "it is no JSON"}])
    content["conflicts"] = [conflict(content)]
    text = (written(content, tmp_path) / "index.html").read_text(encoding="utf-8")
    assert "bad.json" in text and "it is no JSON" in text
    assert "<code>a/results.json</code> 1.00" in text and "<code>b/results.json</code> 2.25" in text


@pytest.mark.parametrize("entries", [0, 1])
def test_small_boards_are_pages_too(tmp_path, entries):
    read(written(board(entries, 2, 3), tmp_path) / "index.html")


def test_a_board_without_a_suite_lists_its_tasks(tmp_path):
    content = board(3, 2, 3, suites={}, comparisons={})
    for entry in content["entries"]:
        entry["suites"] = {}
    reader = read(written(content, tmp_path) / "index.html")
    assert sum("data-id" in attributes for _, attributes in reader.seen) == 3


def test_the_csv_holds_unrounded_numbers_and_no_formulas(tmp_path):
    content = board(4, 3, 4)
    content["entries"][0]["model"]["reference"] = '=cmd|" /C calc"!A0'
    rows = list(csv.DictReader(csv_of(content).splitlines()))
    assert rows[0]["model"] == '\'=cmd|" /C calc"!A0'
    assert float(rows[1]["xnli:accuracy"]) == content["entries"][1]["tasks"]["xnli"]["value"]
    assert rows[-1]["xtreme:rank"] == rows[-1]["xtreme:value"] == ""


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_fields_that_begin_a_formula_are_quoted(text):
    assert plain(text) == f"'{text}"
    assert plain(-1.5) == -1.5


def test_the_index_of_a_large_board_is_below_three_megabytes(tmp_path):
    write_site(board(200, 12, 50), tmp_path)
    assert (tmp_path / "index.html").stat().st_size < 3_000_000
