"""What a reader does with the site, in a real browser: from disk, without a network."""

from __future__ import annotations

import pytest

from tests.leaderboard.boards import board, robustness
from tests.leaderboard.site.conftest import written

pytestmark = pytest.mark.browser
FIRST = "encoder-3"


def names(page):
    return page.locator("#ranking tbody tr:visible th").all_inner_texts()


def head(page, name):
    return page.locator("#ranking thead th", has_text=name).first


def control(page, name):
    return page.locator(f'[data-state="{name}"]')


def column(page, key):
    cells = page.locator(f'#ranking tbody tr:visible [data-key="{key}"]')
    return [float(cell) for cell in cells.evaluate_all("cells => cells.map(c => c.dataset.v ?? NaN)")]


def test_the_best_comes_first_and_a_click_sorts_by_any_column(site, open_page):
    page = open_page(site / "index.html")
    assert names(page)[0].startswith(FIRST)
    page.get_by_role("button", name="classification", exact=True).click()
    assert head(page, "classification").get_attribute("aria-sort") == "descending"
    values = column(page, "group:classification")
    assert values == sorted(values, reverse=True)
    page.get_by_role("button", name="Model", exact=True).click()
    assert head(page, "classification").get_attribute("aria-sort") is None
    assert names(page) == sorted(names(page))


def test_sorting_is_done_from_the_keyboard_too_and_what_is_missing_stays_last(site, open_page):
    page = open_page(site / "index.html")
    button = page.get_by_role("button", name="Score", exact=True)
    for way in ("descending", "ascending"):
        button.focus()
        page.keyboard.press("Enter")
        assert head(page, "Score").get_attribute("aria-sort") == way
        assert page.locator("#ranking tbody tr").last.locator('[data-key="score"]').inner_text().startswith("–")


def test_filters_leave_the_entries_that_fit_and_say_how_many(site, open_page):
    page = open_page(site / "index.html")
    page.get_by_label("Find").fill("encoder-1 inter")
    assert names(page) == ["encoder-1"]
    assert page.locator("#status").inner_text() == "1 of 8 entries."
    page.get_by_role("button", name="Reset").click()
    assert len(names(page)) == 8
    page.get_by_label("Recipe").select_option("intermediate")
    assert len(names(page)) == 2
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("at least, in millions").fill("1000")
    assert set(names(page)) == {"encoder-4"}


def test_a_task_and_a_language_rank_by_that_cell(site, open_page):
    page = open_page(site / "index.html")
    content = board(8, 5, 8)
    control(page, "task").select_option("panx")
    control(page, "lang").select_option("ar")
    best = max(content["entries"], key=lambda entry: entry["cells"]["panx"]["ar"]["value"] or 0)
    cell = page.locator("#ranking tbody tr").first.locator("td.chosen")
    assert cell.inner_text() == f"{best['cells']['panx']['ar']['value']:.1f}"
    assert "not an official average" in page.locator("#status").inner_text()


def test_a_mean_with_a_missing_cell_has_no_value(site, open_page):
    page = open_page(site / "index.html")
    page.get_by_label("Family").select_option("Afro-Asiatic")
    lacking = page.locator('#ranking tr[data-id^="encoder-7-"] td.chosen')
    assert lacking.inner_text() == "–"


def test_the_state_is_in_the_address_and_comes_back_from_it(site, open_page):
    page = open_page(site / "index.html")
    control(page, "task").select_option("xnli")
    page.get_by_role("button", name="Parameters").click()
    page.get_by_label("Entry").select_option(index=2)
    address = page.evaluate("location.hash")
    assert "task=xnli" in address and "sort=size" in address and "model=encoder-" in address
    again = open_page(site / "index.html", address)
    assert names(again) == names(page)
    assert again.locator("#heat-name").inner_text() == page.locator("#heat-name").inner_text()
    assert control(again, "task").input_value() == "xnli"


def test_each_suite_has_its_ranking(tmp_path, open_page):
    content = board(5, 4, 4)
    content["suites"]["short"] = {"tasks": {"xnli": ["en", "ar"]}, "groups": {}, "higher_is_better": False}
    content["comparisons"]["short"] = []
    for place, entry in enumerate(content["entries"]):
        about = entry["suites"]["xtreme"] | {"value": 10.0 * place + 1, "rank": place + 1, "complete": True}
        entry["suites"]["short"] = about | {"groups": {}, "missing": [], "tasks": {"xnli": 10.0 * place + 1}}
    page = open_page(written(content, tmp_path) / "index.html")
    control(page, "suite").select_option("short")
    assert column(page, "score") == [1, 11, 21, 31, 41]
    page.get_by_role("button", name="Score", exact=True).locator("visible=true").click()
    shown = page.locator(".ranking:visible thead th", has_text="Score")
    assert shown.get_attribute("aria-sort") == "ascending"  # lower is better there
    assert page.locator("#pair tbody tr").count() == 2
    assert "suite=short" in page.evaluate("location.hash")


def test_a_link_that_names_what_is_not_there_shows_the_board(site, open_page):
    page = open_page(site / "index.html", "#task=nothing&model=nobody&sort=-nonsense&a=x&suite=%3Cb%3E")
    assert len(names(page)) == 8


def test_the_heat_map_shows_the_entry_that_is_chosen(site, open_page):
    page = open_page(site / "index.html")
    page.get_by_label("Entry").select_option(label="encoder-7 · zero-shot")
    entry = next(entry for entry in board(8, 5, 8)["entries"] if entry["id"].startswith("encoder-7-"))
    row = page.locator("#heat tbody tr", has_text="Arabic")
    assert row.locator("td").first.inner_text() == f"{entry['cells']['xnli']['ar']['value']:.1f}"
    assert {"failed", "skipped", "not run"} <= set(page.locator("#heat .unseen").all_text_contents())


def test_two_models_are_compared_both_ways(site, open_page):
    page = open_page(site / "index.html")
    first, second = page.get_by_label("First"), page.get_by_label("Second")
    one, other = first.input_value(), second.input_value()
    cell = page.locator("#pair tbody tr").first.locator("td").nth(2)
    before = cell.inner_text()
    first.select_option(other)
    second.select_option(one)
    assert before.startswith("+") and cell.inner_text() == before.replace("+", "−")


def test_a_row_leads_to_the_page_of_its_model_and_back(site, open_page):
    page = open_page(site / "index.html")
    page.get_by_role("link", name=FIRST).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == FIRST
    assert "xharness run example/encoder-3@abc123" in page.locator(".command code").inner_text()
    page.get_by_role("button", name="Copy").click()
    assert page.evaluate("getSelection().toString()").startswith("xharness run")
    page.get_by_role("link", name="Leaderboard").first.click()
    assert page.get_by_role("heading", level=2, name="Ranking").is_visible()


def test_scores_under_noise_are_filtered_and_sorted_apart_from_the_ranking(tmp_path, open_page):
    content = board(4, 3, 4)
    content["robustness"] = robustness(content)
    page = open_page(written(content, tmp_path) / "index.html")
    before = names(page)
    drops = page.locator("#noise tbody tr:visible td:nth-child(7)")
    assert drops.all_inner_texts()[0] == "3.0 ± 1.0"
    control(page, "noise").select_option("noise:upper 2")
    page.locator("#noise").get_by_role("button", name="Clean").click()
    assert drops.all_inner_texts() == ["4.3 ± 1.0", "4.2 ± 1.0", "4.1 ± 1.0", "4.0 ± 1.0"]
    assert names(page) == before
    again = open_page(tmp_path / "index.html", page.evaluate("location.hash"))
    assert again.locator("#noise tbody tr td:nth-child(7)").first.inner_text() == "4.3 ± 1.0"


def test_all_is_there_without_scripts(site, open_page):
    page = open_page(site / "index.html", java_script_enabled=False)
    assert page.locator("#ranking tbody tr:visible").count() == 8
    assert page.locator("#heat tbody tr").count() == 8
    assert page.locator("#pair tbody tr").count() == 6
    assert page.locator("figure svg").count() >= 3
    assert not page.get_by_label("Find").is_visible()


@pytest.mark.parametrize("width", [360, 768])
def test_narrow_screens_scroll_tables_and_not_the_page(site, open_page, width):
    for path in (site / "index.html", next((site / "models").iterdir())):
        page = open_page(path, viewport={"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_is_dark(site, open_page):
    def brightness(scheme):
        page = open_page(site / "index.html", color_scheme=scheme)
        text = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, text.removeprefix("rgb(").removesuffix(")").split(",")))

    assert brightness("dark") < 120 < 600 < brightness("light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(site, open_page, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for path in (site / "index.html", next((site / "models").glob("encoder-7-*"))):
        page = open_page(path, color_scheme=scheme, viewport={"width": width, "height": 900})
        results = axe.Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


def test_text_of_records_runs_nowhere(tmp_path, open_page):
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    content = board(4, 3, 4)
    for entry in content["entries"]:
        entry["model"]["reference"] = hostile
        entry["recipe"]["params"] = {hostile: hostile}
    folder = written(content, tmp_path)
    page = open_page(folder / "index.html")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.get_by_label("Entry").select_option(index=1)
    page.get_by_label("Second").select_option(index=0)
    assert page.locator("img").count() == 0
    page.locator("#ranking tbody a").first.click()
    assert hostile in page.locator("#provenance code").first.inner_text()
    assert page.locator("img").count() == 0
