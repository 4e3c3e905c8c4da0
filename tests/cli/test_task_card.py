"""The card of a task: what `show task` prints of it, in words and as JSON, on a narrow terminal and on a wide one."""

from __future__ import annotations

import pytest

import xharness_tasks
from xharness import LANGUAGES, Layout, Synthetic, hub, local
from xharness.cli.data_locations import locations

TASKS = {task.name: task for task in xharness_tasks.TASKS}


def card(done) -> dict[str, list[str]]:
    """Return the lines beside each label."""
    assert (done.code, done.err) == (0, "")
    found: dict[str, list[str]] = {}
    for line in done.out.splitlines():
        label = line[:12].strip()
        if label:
            found[label] = []
        found[list(found)[-1]].append(line[12:])
    return found


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_whole_card(command, name):
    shown, task = command("show", "task", name).out, TASKS[name]
    text = " ".join(shown.split())
    for said in (task.summary, task.licence, task.citation, task.homepage, *task.notes, *task.headline_names):
        assert " ".join(said.split()) in text
    assert all(f"({code})" in text for code in task.languages)
    able = {True: "compute log-likelihoods", False: "generate"}.get(getattr(task, "likelihood", None))
    assert f"needs a model that can {able or task.kind.capability}" in text


@pytest.mark.parametrize("name", TASKS)
def test_a_card_as_json_holds_the_same(command, name):
    found, task = command("show", "task", name, "--json").json(), TASKS[name]
    assert [entry["code"] for entry in found["languages"]] == list(task.languages)
    assert {entry["code"]: entry["size"] for entry in found["languages"]} == {
        code: task.sizes.get(code) for code in task.languages
    }
    assert all(entry["name"] == LANGUAGES[entry["code"]].name for entry in found["languages"])
    assert [step["task"] for step in found["training"][-1:]] == ([task.training.task] if task.training else [])
    assert [metric["name"] for metric in found["metrics"]] == list(task.metric_names)
    assert all(metric["signature"] for metric in found["metrics"])
    assert found["score"] == list(task.headline_names)
    assert [entry["source"] for entry in found["data"]] == [data.source for data in task.data]
    assert (found["notes"], found["licence"]) == (list(task.notes), task.licence)


def test_languages_stand_with_their_family_script_and_the_size_of_their_test_set(command):
    found = card(command("show", "task", "tatoeba"))
    assert found["languages"][0].startswith("41; scripts: Latn 21, Cyrl 4, Arab 3, ")
    assert "Dravidian 3: Malayalam (ml) 687, Tamil (ta) 307, Telugu (te) 234" in found["languages"]
    assert found["test set"] == ["36,692 examples, 1,000 in each language unless stated"]
    same = card(command("show", "task", "xnli"))
    assert same["test set"] == ["75,150 examples, 5,010 in each language, translations of each other"]
    assert same["languages"][1].startswith("Indo-European 9: Bulgarian (bg), German (de), Greek (el), ")


def test_training_names_its_steps_their_language_and_size(command):
    assert card(command("show", "task", "mlqa"))["trained on"] == ["squad_v1 (English, 87,599 examples)"]
    assert card(command("show", "task", "bucc2018"))["trained on"] == ["nothing"]
    steps = "siqa (English, 33,410 examples), then copa (English, 400 examples)"
    assert card(command("show", "task", "xcopa"))["trained on"] == [steps]
    tuning = " ".join(" ".join(card(command("show", "task", "mlqa"))["tuning"]).split())
    assert tuning == (
        "epochs 3, learning rate 3e-05, batch size 32, max length 384 tokens, stride 128, warm-up 500 steps, "
        "weight decay 0.0001; the last step is kept"
    )


def test_the_official_metric_stands_apart_from_those_beside_it(command):
    found = card(command("show", "task", "udpos"))
    assert found["score"] == ["f1, the mean over languages"]
    assert found["metric"][0].startswith("chunk_f1: ")
    assert found["metric"][-1].endswith("[chunk_f1|rule:seqeval<=0.0.13|average:micro|v:1]")
    assert found["others"][0].startswith("token_accuracy: ")


@pytest.mark.parametrize(("columns", "widest"), [("60", 60), ("80", 80), ("200", 110)])
def test_a_card_is_as_wide_as_the_terminal(command, monkeypatch, columns, widest):
    monkeypatch.setenv("COLUMNS", columns)
    lines = [line for line in command("show", "task", "tatoeba").out.splitlines() if "https://" not in line]
    assert widest - 20 < max(map(len, lines)) <= widest


def test_a_size_that_is_not_stated_is_left_out(command, tmp_path):
    (tmp_path / "own.py").write_text(
        "from xharness import PassageRetrieval, hookimpl\n\n@hookimpl\ndef xharness_tasks():\n"
        "    yield PassageRetrieval(name='own', languages=('en',))\n"
    )
    found = card(command("show", "task", "own", "--plugin", "own.py"))
    assert "query length" in found
    assert "pool size" not in found


def test_places_of_a_hub_name_other_repositories_and_languages_that_none_holds():
    other = hub("b/c", config="{lang}", revision="0123")
    splits = {"test": "validation"}
    assert locations(hub("a/b", config="{lang}", configs={"train": "all"}, splits=splits)) == [
        "a/b, config {lang}, train in all; test (as validation); revision not pinned"
    ]
    assert locations(hub("a/b", splits=splits, instead={"lt": other, "wo": None, "pl": other})) == [
        "a/b; test (as validation); revision not pinned",
        "lt pl: b/c, config {lang}; train, dev (as validation), test; revision 0123",
        "wo: not available",
    ]


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"train": ("a/train-{lang}.tsv",), "test": ("a/test-{lang}.tsv",)}, "{train,test}-{lang}.tsv in a/"),
        ({"test": ("a/b.txt", "a/c.txt")}, "b.txt, c.txt in a/"),
        ({"dev": ("x.dev.de", "x.dev.en"), "test": ("x.test.de", "x.test.en")},
         "x.{dev,test}.de, x.{dev,test}.en in DIR itself"),
        ({"train": ("m/mt/train.tsv",), "dev": ("m/dev.tsv",)}, "train mt/train.tsv, dev dev.tsv in m/"),
        ({"train": ("all.json",), "dev": ("all.json",)}, "all.json in DIR itself"),
        ({"train": ("a/x", "a/y"), "dev": ("a/z",)}, "train x + y, dev z in a/"),
    ],
)  # fmt: skip
def test_places_of_files_are_short(files, text):
    assert locations(local(Layout(name="release", files=files, read=iter))) == [f"release: {text}"]


def test_layouts_that_differ_in_their_folder_are_one():
    layouts = [Layout(name="UD", files={"test": (f"{folder}x.txt",)}, read=iter) for folder in ("a/", "b/", "")]
    some = Layout(name="UD", files={"test": ("a/x.txt",)}, read=iter, languages=("lt", "wo"))
    assert locations(local(some, *layouts)) == ["UD (lt wo): x.txt in a/", "UD: x.txt in a/ or b/ or DIR itself"]


def test_places_of_synthetic_data():
    assert locations(Synthetic(iter, {"dev": 100, "test": 4000})) == [
        "synthetic; 100 dev, 4,000 test; --param size=N changes these numbers"
    ]


def test_a_third_partys_task_in_a_language_that_the_table_lacks(command, tmp_path):
    (tmp_path / "own.py").write_text(
        "from xharness import Classification, hookimpl, hub\n\n@hookimpl\ndef xharness_tasks():\n"
        "    yield Classification(\n"
        "        name='own', languages=('en', 'ha'), labels=('a', 'b'), data=hub('me/own'), train='ha'\n    )\n"
    )
    found = card(command("show", "task", "own", "--plugin", "own.py"))
    assert found["languages"] == ["2; scripts: Latn 1", "Indo-European: English (en); other: ha (ha)"]
    assert (found["test set"], found["trained on"]) == (["no official size"], ["own (ha)"])
    assert not {"traps", "licence", "local"} & set(found)


def test_published_translations_are_named(command):
    shown = command("show", "task", "xquad").out
    text = " ".join(shown.split())
    assert (
        "translated the English training split into ar de el es hi ru th tr vi zh; the test split into English, from"
        in text
    )
    assert "\ntranslated" not in command("show", "task", "udpos").out
    found = command("show", "task", "xcopa", "--json").json()["translated"]
    assert (found["training"], found["test"]) == ([], "et ht id it sw ta th tr vi zh".split())
