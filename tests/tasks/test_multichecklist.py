"""MultiCheckList: cases made from small sheets of our own, and from the official one in every language that it has."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings

from tests.data.files import INLINE, write
from xharness import LANGUAGES, DataError, DataOptions
from xharness.metrics.checklist import checklist_error
from xharness_plugins.sources.local import LOCAL
from xharness_tasks import checklist
from xharness_tasks.checklist.samples import cases, names
from xharness_tasks.checklist.sheet import read_sheet
from xharness_tasks.multichecklist import MULTICHECKLIST, read_checklist

OURS = checklist.Test("ours", "Pets at play")
HEADER = "Field|en|fr|fr-placeholders|fr|fr-placeholders"
PETS = f"""{HEADER}
Name|Pets at play
Capability|Nonsense
Context|{{pet[0]}} of {{first_name}} is {{mood}}.|{{pet[0]}} de {{first_name}} est {{mood}}.|parrot, hen|LAST
Question|How is {{pet[1]}}?|Comment va {{pet[1]}}?
Answer|{{mood}}|{{mood}}
Question|Whose pet is it?|À qui est-ce?||Mais qui?|a cow
Answer|{{first_name}}|à {{first_name}}.
    |
pet|a parrot, the parrot|un perroquet, le perroquet
pet|a hen, the hen|une poule, la poule
pet|a cow, the cow|une vache, la vache
mood|glad|content|a parrot|contente|hen, cow
mood|calm|calme
""".replace("LAST", "{pet[0]} chez {first_name} est {mood}.")


def sheet(folder, text=PETS, language="fr"):
    lines = [line.split("|") for line in text.splitlines()]
    width = text.splitlines()[0].count("|") + 1
    padded = ["\t".join(cells + [""] * (width - len(cells))) for cells in lines]
    return read_sheet(write(folder, "sheet.tsv", "\r\n".join(padded) + "\r\n"), language)


def said(rows):
    return {(row["context"], row["question"], row["answers"][0]["text"]) for row in rows}


def test_every_question_is_asked_on_every_context_with_what_was_drawn(tmp_path):
    rows = list(cases(sheet(tmp_path, language="en"), OURS, 60))
    assert [row["id"] for row in rows[:3]] == ["ours:0/0", "ours:0/1", "ours:1/0"]
    assert len(said(rows)) == len(rows) == 120
    for how, whose in zip(rows[::2], rows[1::2], strict=True):
        assert how["context"] == whose["context"]
        pet, _, rest = how["context"].partition(" of ")
        person, _, mood = rest.rstrip(".").partition(" is ")
        assert how["question"] == f"How is {pet.replace('A ', 'the ')}?"
        assert (how["answers"], whose["answers"]) == (
            [{"text": mood, "start": how["context"].index(mood)}],
            [{"text": person, "start": how["context"].index(person)}],
        )
        assert person in names("en", men=False)


def test_texts_fit_the_other_values_and_the_most_specific_is_used(tmp_path):
    result = said(cases(sheet(tmp_path), OURS, 60))
    for context, question, answer in result:
        cow = context.startswith("Une vache")
        assert ("chez" in context) == cow
        assert "contente" in context or "calme" in context or context.startswith("Un perroquet")
        if question.endswith("qui?") or question == "À qui est-ce?":
            assert question.endswith("qui?") == cow
            assert answer in names("fr", men=False), "what an answer adds to its placeholder is not in the context"


def test_a_condition_on_two_lists_asks_for_both(tmp_path):
    text = PETS.replace(
        "Question|How is {pet[1]}?|Comment va {pet[1]}?", "Question|How is {pet[1]}?|Ça va?|glad, hen|Comment?|"
    )
    rows = [row for row in said(cases(sheet(tmp_path, text), OURS, 50)) if row[1] in ("Ça va?", "Comment?")]
    assert len(rows) == 50
    for context, question, _ in rows:
        assert (question == "Ça va?") == (context.startswith("Une poule") and "contente" in context)


def test_men_alone_where_forms_may_agree_with_a_person(tmp_path):
    men, people = names("fr", men=True), names("fr", men=False)
    assert set(men) < set(people)
    drawn = said(cases(sheet(tmp_path), checklist.Test("ours", "Pets at play", men=True), 40))
    assert all(any(name in context for name in men) for context, _, _ in drawn)


def test_samples_differ_by_test_and_language_and_are_the_same_each_time(tmp_path):
    ours = sheet(tmp_path, language="en")
    first = list(cases(ours, OURS, 20))
    assert first == list(cases(ours, OURS, 20))
    assert first == list(cases(ours, OURS, 40))[: len(first)]
    assert said(first) != said(cases(ours, checklist.Test("other", "Pets at play"), 20))


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (
            "{pet[0]} chez {first_name} est {mood}.",
            "{pet[0]} chez {pet[0]} est {mood}.",
            {"Un perroquet", "Une poule"},
        ),
        ("Comment va {pet[1]}?", "Comment va {mood}?", {"Un perroquet", "Une poule", "Une vache"}),
    ],
)
def test_texts_with_other_placeholders_than_the_english_are_left_out(tmp_path, old, new, left):
    rows = said(cases(sheet(tmp_path, PETS.replace(old, new)), OURS, 40))
    assert {context.split(" de ")[0].split(" chez ")[0] for context, _, _ in rows} == left
    assert any(question.startswith("Comment") for _, question, _ in rows) == (old != "Comment va {pet[1]}?")


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        (HEADER, "Field|en|de|de|de|de", 1, "no column for language 'fr'; available: en, de"),
        ("is {mood}.|", "is {moood}.|", 4, "unknown placeholder {moood} in '{pet[0]} of {first_name} is {moood}.'"),
        ("est-ce?", "est {pet.kind}?", 7, "unknown placeholder {pet.kind} in 'À qui est {pet.kind}?'"),
        ("est-ce?", "est {qui?", 7, "brace outside of a placeholder in 'À qui est {qui?'"),
        ("Comment va {pet[1]}?", "", 5, "row 'Question' has no text"),
        ("calm|calme", "calm|", 14, "row 'mood' has no text"),
        ("hen, cow", "duck", 13, "'contente' is for the words duck, which are not in any list"),
        ("Name|Pets at play\nCapability|Nonsense\n", "", 2, "row 'Context' before the first row 'Name'"),
        ("calm|calme", "calm|calme||||more", 14, "expected 6 columns, as in the header, got 7"),
        ("Name|Pets", "Name|Beasts", None, "no test 'Pets at play'"),
        ("Answer|{mood}|{mood}\n", "", None, "test 'Pets at play' has 2 questions but 1 answers"),
    ],
)
def test_what_is_wrong_with_a_sheet(tmp_path, old, new, line, problem):
    text = PETS.replace(old, new)
    assert text != PETS
    with pytest.raises(DataError) as raised:
        list(cases(sheet(tmp_path, text), OURS, 30))
    at = tmp_path / "sheet.tsv" if line is None else f"{tmp_path / 'sheet.tsv'}:{line}"
    language = "" if problem.startswith(("no column", "expected", "row 'Context'")) else "language 'fr': "
    assert str(raised.value) == f"{at}: {language}{problem}"


@pytest.mark.parametrize(
    ("old", "new", "samples", "problem"),
    [
        (
            "un perroquet, le perroquet",
            "perroquet",
            60,
            r":10: .*\{pet\[1\]\} refers to form 1 \(from 0\), which 'perroquet' lacks",
        ),
        ("calme", "calme", 97, r": .*test 'Pets at play' gives only 96 distinct samples, expected 97"),
        ("calme", "calme", 96, None),
        ("Answer|{mood}|{mood}", "Answer|{mood}|{pet[1]}", 5, None),
    ],
)
def test_what_a_sheet_cannot_give(tmp_path, old, new, samples, problem):
    made = cases(sheet(tmp_path, PETS.replace(old, new)), OURS, samples)
    if problem is None:
        assert len({row["id"].split("/")[0] for row in made}) == samples
        return
    with pytest.raises(DataError, match=problem):
        list(made)


@pytest.mark.parametrize("language", ["fi", "th"])
def test_forms_are_parted_by_the_commas_of_any_script_or_by_spaces(tmp_path, language):
    header = HEADER.replace("fr", language)
    for parted in ("{}, {}", "{}،{}", "{}，{}", "{}၊, {}", "{} {}"):
        text = PETS.replace(HEADER, header).replace("un perroquet, le perroquet", parted.format("AA", "BB"))
        rows = said(cases(sheet(tmp_path, text, language), OURS, 40))
        assert {question for context, question, _ in rows if context.startswith("AA ")} >= {"Comment va BB?"}


VALUES = INLINE.map(str.strip).filter(lambda text: text and not set(text) & set("{},|،，၊"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(owner=VALUES, thing=VALUES)
def test_an_offset_gives_back_the_answer_whatever_the_values(tmp_path, owner, thing):
    table = [
        ["Field", "en"],
        ["Name", "Pets at play"],
        ["Context", "{owner} has {thing}. {first_name} sees {thing}."],
        ["Question", "What?"],
        ["Answer", "{thing}"],
        ["owner", owner],
        ["thing", thing],
    ]
    path = write(tmp_path, "drawn.tsv", "\n".join("\t".join(cells) for cells in table))
    (row, *_) = cases(read_sheet(path, "en"), OURS, 3)
    (answer,) = row["answers"]
    assert answer["text"] == thing
    assert row["context"][answer["start"] :].startswith(f"{thing}. ")
    assert row["context"][: answer["start"]].casefold() == f"{owner} has ".casefold()


def test_languages_are_the_50_of_xtreme_r():
    assert MULTICHECKLIST.languages == tuple(LANGUAGES)
    assert MULTICHECKLIST.training.task == "squad_v1"
    assert (MULTICHECKLIST.metric_names, MULTICHECKLIST.headline_names) == (("checklist_error",), ("error_rate",))


def test_mini_examples_are_shared_out_among_the_tests():
    rows = list(MULTICHECKLIST.data_for("mini").rows("sw", "test", 40))
    counts = Counter(row["id"].split(":")[0] for row in rows)
    assert list(counts) == [test.name for test in checklist.TESTS]
    assert set(counts.values()) == {6, 7}
    assert len({row["id"] for row in rows}) == 40


# Samples times (contexts times questions) of the tests in order; fewer where templates of the sheet are slips.
WHOLE = [2, 12, 2, 8, 4, 4]
SLIPS = {"az": [2, 12, 2, 8, 4, 2], "gu": [2, 8, 1, 8, 4, 4]}


@pytest.mark.shared
@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "ro"])
def test_the_official_sheet_gives_200_samples_of_each_test(shared_data, code):
    paths = (shared_data / "multichecklist" / "checklist_templates.tsv",)
    rows = list(read_checklist(paths, code, "test"))
    assert len({row["id"] for row in rows}) == len(rows)
    asked = Counter(row["id"].partition(":")[0] for row in rows)
    assert [asked[test.name] for test in checklist.TESTS] == [200 * number for number in SLIPS.get(code, WHOLE)]
    for sample, group in groupby(rows, key=lambda row: row["id"].partition("/")[0]):
        texts = [row["context"] + row["question"] for row in group]
        assert not set("{}") & set("".join(texts)), sample
    for row in rows:
        (answer,) = row["answers"]
        assert answer["text"].strip()
        assert row["context"][answer["start"] :].startswith(answer["text"]), row["id"]
    right = {row["id"]: row["answers"][0]["text"] for row in rows}
    measured = checklist_error(right, [(key, [text]) for key, text in right.items()], code)
    assert (measured.n, measured.values["error_rate"]) == (1200, 0)


@pytest.mark.shared
def test_romanian_is_not_in_the_official_sheet(shared_data):
    options = DataOptions(root=shared_data)
    with pytest.raises(
        DataError, match=r"checklist_templates\.tsv:1: no column for language 'ro'; available: en, af, "
    ):
        LOCAL.load(MULTICHECKLIST, "ro", "test", options)
    assert len(LOCAL.load(MULTICHECKLIST, "sw", "test", options)) == 6400


@pytest.mark.shared
@pytest.mark.parametrize("code", ["en", "ru"])
def test_cases_of_the_official_sheet_are_the_same_each_time(shared_data, code):
    paths = (shared_data / "multichecklist" / "checklist_templates.tsv",)
    assert list(read_checklist(paths, code, "test")) == list(read_checklist(paths, code, "test"))


@pytest.mark.shared
def test_russian_forms_agree(shared_data):
    """In Russian every adjective, question and object has forms: none of the sheet's genders is mixed with another."""
    official = read_sheet(shared_data / "multichecklist" / "checklist_templates.tsv", "ru")
    endings = {"й": "ый ой ий", "я": "ая яя", "е": "ое ее", "и": "ые ие"}
    for row in cases(official, checklist.TESTS[2]):
        first, second = row["context"].rstrip(".").rpartition(". ")[2].split(" и ")
        words = [first.split()[-1], second]
        assert any(all(word.endswith(tuple(ends.split())) for word in words) for ends in endings.values()), row
