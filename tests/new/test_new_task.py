"""`xharness new task --from` finds the columns, writes a package that reads the data, and says what it chose."""

from __future__ import annotations

import importlib
import json
import re
import sys

import pytest

from tests.plugins.sources.repos import TEXT, class_label, repository
from xharness import DataError, DataOptions
from xharness.cli.main import main
from xharness.registry import Registry
from xharness_tasks.mini import NANO

SQUAD = {
    "data": [
        {
            "paragraphs": [
                {
                    "context": f"Anna {number} lives in Paris.",
                    "qas": [
                        {
                            "id": f"{number}-{n}",
                            "question": "Where?",
                            "answers": [{"text": "Paris", "answer_start": 16}],
                        }
                        for n in range(2)
                    ],
                }
                for number in range(5)
            ]
        }
    ]
}


@pytest.fixture
def new(tmp_path, monkeypatch, capsys):
    """Return a function that writes a package and returns its task, the rows of a split, and the output."""
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(name, *options):
        module = f"xharness_{name.replace('-', '_')}"
        assert main(["new", "task", name, *options]) == 0
        importlib.invalidate_caches()
        registry = Registry.load([f"./xharness-{name}/{module}"], third_parties=False)
        assert registry.warnings == []
        task = registry.get("tasks", name)

        def rows(language, split, source="local", root=None):
            return registry.get("sources", source).load(task, language, split, DataOptions(root=root)).to_list()

        return task, rows, capsys.readouterr().out

    yield write
    for module in [name for name in sys.modules if name.startswith("xharness_t_")]:
        del sys.modules[module]


def lines(path, header, rows):
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


def test_a_table_with_a_column_of_languages(new, tmp_path):
    rows = [f"{code},{code} text {n},{n % 3}" for code in ("swh_Latn", "German") for n in range(10)]
    lines(tmp_path / "reviews.csv", "Locale,review_body,stars", rows)
    task, read, out = new("t-reviews", "--from", "reviews.csv")
    assert (task.kind.name, task.languages, task.labels) == ("classification", ("de", "sw"), ("0", "1", "2"))
    assert [row["text"] for row in read("sw", "test")] == ["swh_Latn text 4", "swh_Latn text 9"]
    assert "text       review_body" in out
    assert "stars" in out
    assert "to change: --kind K or --column ROLE=COLUMN" in out
    assert out.split("next:\n")[1].splitlines() == [
        "  xharness check xharness-t-reviews",
        "  pip install -e xharness-t-reviews",
        "  xharness run MODEL --task t-reviews --source local",
    ]


def test_the_columns_of_labels_and_texts_are_found_by_their_contents(new, tmp_path):
    lines(tmp_path / "a.tsv", "sprache\tsatz\tnote", [f"Deutsch\tdas ist Satz {n}\t{'ab'[n % 2]}" for n in range(10)])
    task, read, out = new("t-found", "--from", "a.tsv")
    assert task.languages == ("de",)
    assert read("de", "dev") == [
        {"text": "das ist Satz 3", "text_pair": None, "label": "b"},
        {"text": "das ist Satz 8", "text_pair": None, "label": "a"},
    ]
    assert "the only column with few values; values: a, b" in out


def test_files_of_languages_and_splits_belong_together(new, tmp_path):
    for code in ("en", "sw"):
        for split in ("train", "validation", "test"):
            rows = [{"sentence1": f"{code} {split} {n}", "sentence2": "b", "label": n % 2} for n in range(4)]
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (tmp_path / f"nli-{split}-{code}.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "other-test-de.jsonl").write_text("{}\n", encoding="utf-8")
    task, read, _ = new("t-nli", "--from", "nli-train-en.jsonl")
    assert task.languages == ("en", "sw")
    assert read("sw", "dev")[3] == {"text": "sw validation 3", "text_pair": "b", "label": "1"}
    assert len(list((tmp_path / "xharness-t-nli" / "xharness_t_nli" / "data").iterdir())) == 6


def test_numbered_choices_and_answers_from_1(new, tmp_path):
    header = "dialect,flores_passage,question,mc_answer1,mc_answer2,mc_answer3,mc_answer4,correct_answer_num"
    lines(tmp_path / "b.csv", header, [f"eng_Latn,Passage {n},Why?,a,b,c,d,{1 + n % 4}" for n in range(5)])
    task, read, _ = new("t-choices", "--from", "b.csv")
    assert (task.kind.name, task.number) == ("multiple-choice", 4)
    assert read("en", "test") == [{"context": "Passage 4 Why?", "choices": ["a", "b", "c", "d"], "label": 0}]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("prompt,response", "generation"),
        ("source,target", "bitext-retrieval"),
        ("sentence1,sentence2", "bitext-retrieval"),
        ("sentence1,sentence2,label", "classification"),
        ("id,query,passage", "passage-retrieval"),
        ("id,question,context,answer", "span-qa"),
    ],
)
def test_the_columns_decide_the_kind(new, tmp_path, header, kind):
    count = header.count(",")
    lines(tmp_path / "k.csv", f"lang,{header}", [f"sw,{f'a {n},' * count}{n // 2}" for n in range(10)])
    task, _, out = new(f"t-{kind}-{count}-{header[0]}", "--from", "k.csv")
    assert task.kind.name == kind
    assert f"kind       {kind}" in out


def test_parallel_texts(new, tmp_path):
    rows = ["sw,one,moja", "sw,two,", "sw,three,tatu", "sw,3,tatu"]
    lines(tmp_path / "p.csv", "lang,english,translation", rows)
    task, read, out = new("t-pairs", "--from", "p.csv", "--kind", "bitext-mining")
    assert read("sw", "dev") == [
        {"side": "source", "id": "source-0", "text": "moja", "gold": ["target-0"]},
        {"side": "source", "id": "source-1", "text": "tatu", "gold": ["target-1"]},
        {"side": "target", "id": "target-0", "text": "one", "gold": []},
        {"side": "target", "id": "target-1", "text": "three", "gold": []},
    ]
    assert [row["text"] for row in read("sw", "test")] == ["tatu", "two", "3"]
    assert "divided: of two rows, one is dev, one is test" in out
    lines(tmp_path / "q.csv", "lang,english,translation", rows[::2] + rows[3:])
    task, read, out = new("t-twins", "--from", "q.csv")
    assert [row["gold"] for row in read("sw", "test")] == [0, 1, 1]  # the first of equal documents
    assert (task.training, "all rows are for testing" in out) == (None, True)


def test_a_column_for_each_language(new, tmp_path):
    rows = [f"{n},text {n},Text {n},{'' if n == 1 else f'maandishi {n}'}" for n in range(4)]
    lines(tmp_path / "wide.csv", "id,en,deu_Latn,sw", rows)
    task, read, out = new("t-wide", "--from", "wide.csv")
    assert (task.kind.name, task.languages) == ("bitext-retrieval", ("de", "sw"))
    assert read("de", "test")[1] == {"query": "text 1", "document": "Text 1", "gold": 1}
    assert [row["document"] for row in read("sw", "test")] == ["maandishi 0", "maandishi 2", "maandishi 3"]
    assert "query      en                a column for each language" in out


def test_questions_and_passages(new, tmp_path):
    rows = [f"sw,q{n},Question {n},Passage {n // 2},{('train', 'test')[n // 4]}" for n in range(8)]
    lines(tmp_path / "r.csv", "lang,id,query,passage,split", rows)
    task, read, _ = new("t-passages", "--from", "r.csv")
    pool = {row["id"]: row["text"] for row in read("sw", "candidates")}
    assert list(pool.values()) == ["Passage 0", "Passage 1", "Passage 2", "Passage 3"]
    assert [[row["id"], row["text"], *map(pool.get, row["gold"])] for row in read("sw", "test")][1:3] == [
        ["q5", "Question 5", "Passage 2"],
        ["q6", "Question 6", "Passage 3"],
    ]
    assert task.train == "sw"
    _, read, _ = new("t-ranked", "--from", "r.csv", "--kind", "ranking")
    assert [row["gold"] for row in read("sw", "test")] == [["q4", "q5"], ["q4", "q5"], ["q6", "q7"], ["q6", "q7"]]


def test_questions_and_passages_in_a_file_for_each_split(new, tmp_path):
    for split in ("train", "test"):
        rows = [f"{split}{n},Question {n},{split} passage {n}" for n in range(3)]
        lines(tmp_path / f"qa-{split}-en.csv", "id,question,passage", [*rows, "last,Question,shared passage"])
    _, read, _ = new("t-files", "--from", "qa-test-en.csv", "--kind", "passage-retrieval")
    pool = {row["id"] for row in read("en", "candidates")}
    assert len(pool) == 7
    assert {name for row in read("en", "test") for name in row["gold"]} < pool


def test_code_with_its_tests(new, tmp_path):
    row = {
        "lang": "en",
        "prompt": "Add 1.",
        "canonical_solution": "x + 1",
        "test": "assert f(1) == 2",
        "entry_point": "f",
    }
    (tmp_path / "code.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    task, read, _ = new("t-code", "--from", "code.jsonl")
    assert (task.unsafe_code, task.metric_names[-1]) == (True, "pass_at_k")
    [row] = read("en", "test")
    assert (row["text"], row["tests"], row["entry_point"], row["id"]) == ("Add 1.", "assert f(1) == 2", "f", "0")


@pytest.mark.parametrize(("answers", "label"), [("AB", 1), ("01", 1), (("right", "wrong"), 1)])
def test_answers_as_letters_numbers_and_texts(new, tmp_path, answers, label):
    rows = [f"en,Context {n},right,wrong,{answers[n % 2]}" for n in range(10)]
    lines(tmp_path / "c.csv", "lang,premise,option_a,option_b,answer", rows)
    _, read, _ = new(f"t-{'-'.join(answers).lower()}", "--from", "c.csv")
    assert read("en", "test")[1]["label"] == label


def test_choices_as_arc_has_them(new, tmp_path, capsys):
    row = {"lang": "en", "question": "Why?", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "B"}
    (tmp_path / "arc.jsonl").write_text((json.dumps(row) + "\n") * 5, encoding="utf-8")
    _, read, _ = new("t-arc", "--from", "arc.jsonl")
    assert read("en", "test") == [{"context": "Why?", "choices": ["x", "y"], "label": 1}]
    (tmp_path / "bars.jsonl").write_text((json.dumps(row | {"choices": "x|y"}) + "\n") * 5, encoding="utf-8")
    assert "the choices in column 'choices' are not lists" in refused(capsys, "task", "t-bars", "--from", "bars.jsonl")


def test_questions_in_the_form_of_squad_are_divided_by_context(new, tmp_path):
    for code in ("en", "sw"):
        (tmp_path / f"qa.{code}.json").write_text(json.dumps(SQUAD), encoding="utf-8")
    task, read, _ = new("t-qa", "--from", "qa.en.json")
    assert (task.kind.name, task.languages) == ("span-qa", ("en", "sw"))
    assert [row["id"] for row in read("sw", "test")] == ["4-0", "4-1"]


def test_tagged_words(new, tmp_path):
    (tmp_path / "ner_fi.conll").write_text("Anna\tB-PER\nasuu\tO\n\n" * 5, encoding="utf-8")
    task, read, _ = new("t-ner", "--from", "ner_fi.conll")
    assert task.kind.name == "tagging"
    assert task.train == "fi"
    assert read("fi", "test") == [{"tokens": ["Anna", "asuu"], "tags": ["B-PER", "O"]}]


def test_a_repository_of_the_hub(new, tmp_path):
    rows = [{"id": n, "text": f"Sentence {n}", "category": n % 2} for n in range(30)]
    splits = dict.fromkeys(("train", "validation", "test"), rows)
    columns = {"id": {"dtype": "int64"}, "text": TEXT, "category": class_label("travel", "sports")}
    configs = dict.fromkeys(("eng_Latn", "swh_Latn", "zho_Hans"), splits)
    repository(tmp_path / "hub" / "someone" / "topics", configs, columns)
    task, read, out = new("t-topics", "--from", "someone/topics", "--data", "hub")
    assert (task.languages, task.labels) == (("en", "sw", "zh"), ("travel", "sports"))
    assert task.data_for("hub").config == "{flores}"
    assert read("sw", "test", "hub", tmp_path / "hub")[1] == {
        "text": "Sentence 1",
        "text_pair": None,
        "label": "sports",
    }
    fixture = tmp_path / "xharness-t-topics" / "tests" / "hub"
    assert len(read("en", "test", "hub", fixture)) == 20
    assert "a copy has no commit; add it" in out


def refused(capsys, *words):
    assert main(["new", *words]) == 2
    return capsys.readouterr().err.strip()


def test_what_cannot_be_decided_names_the_columns_and_the_option(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    lines(tmp_path / "two.csv", "lang,a,b", [f"en,{'x' * 40}{n},{'y' * 50}{n}" for n in range(9)])
    lines(tmp_path / "no.csv", "text,label", [f"hello {n},{n % 2}" for n in range(9)])
    lines(tmp_path / "odd.csv", "lang,text,label", [f"qq,hello {n},{n % 2}" for n in range(9)])
    lines(
        tmp_path / "split.csv",
        "lang,en,translation,split",
        [f"de,a {n},b {n},{('train', 'test')[n % 2]}" for n in range(9)],
    )
    lines(tmp_path / "few.csv", "lang,text,label", [f"{'en' if n > 3 else 'sw'},a {n},{n % 2}" for n in range(9)])
    lines(tmp_path / "empty.csv", "lang,text,label", [f"en,a {n},{'' if n % 5 == 0 else n % 2}" for n in range(9)])
    (tmp_path / "x.parquet").touch()
    for words, error in {
        "--from two.csv": "cannot decide which kind of task this is; the columns are lang, a, b; name them with",
        "--from two.csv --kind classification": "which column is the label; .* name it with --column label=COLUMN",
        "--from two.csv --column text=c": "unknown column of two.csv 'c'; known: a, b, lang",
        "--from two.csv --column txt=a": "unknown role of a column 'txt'; did you mean text",
        "--from two.csv --column text": "expected ROLE=COLUMN, for example text=premise",
        "--from no.csv": "gives the language; name the column with --column language=COLUMN, or .* --lang en",
        "--from odd.csv": r"\(column 'lang' has values that are not known languages: qq\)",
        "--from x.parquet": "unknown format '.parquet'; known: .csv",
        "--from none.csv": "no such file; give a file, or the id of a hub repository",
        "--from a/b --data .": "no folder a/b; --data is a folder with copies of hub repositories",
        "--kind classificaton": "packages are written for classification, .*; did you mean classification",
        "--from split.csv --kind bitext-mining": "split.csv: there is no split 'dev', only test, train",
        "--from few.csv": "few.csv: language sw has only 4 rows; of five rows, three are train, .*; add rows",
        "--from .": "--from .: this is a folder; give a file in it",
        "--from empty.csv": r"empty.csv: 2 of 9 rows have no label \(column 'label'\), first row 1; complete these",
        "--lang en": "--lang describes the data of --from",
    }.items():
        message = refused(capsys, "task", "abc", *words.split())
        assert "\n" not in message
        assert re.search(error, message), message
    assert not (tmp_path / "xharness-abc").exists()


def test_names_and_folders_that_exist_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    for name, error in {
        "xnli": "task 'xnli' exists already; choose another name",
        "x-nli": "task 'xnli' exists already; choose another name",
        "plugins": "xharness itself has a package 'plugins'",
        "Reviews": "use lower-case letters, digits",
        "2nd": "use lower-case letters, digits",
    }.items():
        assert error in refused(capsys, "task", name)
    assert "is only for `xharness new task`" in refused(capsys, "noise", "abc", "--kind", "tagging")
    assert main(["new", "task", "xnly"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("note: tasks with similar names exist: xnli")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert "xharness-xnly exists already; choose another folder with --out DIR" in refused(capsys, "task", "xnly")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_terminal_is_asked_for_what_is_not_given(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    answers = {"data": "", "kind": "tagging", "what": "Names of cities"}
    asked = []
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or answers[prompt.split()[0]])
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    assert main(["new", "task", "cities"]) == 0
    assert len(asked) == 3
    text = (tmp_path / "xharness-cities" / "xharness_cities" / "__init__.py").read_text("utf-8")
    assert "yield Tagging(" in text
    assert 'summary="Names of cities"' in text


def test_the_task_of_a_package_shows_where_its_data_are(new, tmp_path, monkeypatch, capsys):
    task, _, _ = new("t-shown")
    plugin = ["--plugin", "./xharness-t-shown/xharness_t_shown"]
    folder = str(tmp_path / "xharness-t-shown" / "xharness_t_shown" / "data")
    assert main(["show", "task", "t-shown", *plugin]) == 0
    assert f"without --data: DIR is {folder}" in " ".join(capsys.readouterr().out.split())
    assert main(["show", "task", "t-shown", "--json", *plugin]) == 0
    assert folder in capsys.readouterr().out
    with pytest.raises(DataError, match="t-shown: the task has no hub repository; use --source local"):
        Registry.load().get("sources", "hub").load(task, "en", "test", DataOptions())


def test_large_files_are_read_where_they_are(new, tmp_path, monkeypatch):
    monkeypatch.setattr("xharness.new.tasks.LARGEST", 100)
    (tmp_path / "data").mkdir()
    lines(tmp_path / "data" / "a.csv", "lang,text,label", [f"en,text number {n},{n % 2}" for n in range(10)])
    task, read, out = new("t-large", "--from", "data/a.csv")
    assert f"too large to copy: read from {tmp_path / 'data'}" in out
    assert task.data_for("local").root == tmp_path / "data"
    assert len(read("en", "test")) == 2
    assert not (tmp_path / "xharness-t-large" / "xharness_t_large" / "data").exists()


def test_a_task_of_code_without_a_prompt_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    assert main(["new", "task", "t-silent", "--kind", "generation"]) == 0
    file = tmp_path / "xharness-t-silent" / "xharness_t_silent" / "__init__.py"
    file.write_text(
        file.read_text("utf-8").replace("def xharness_prompts", "def prompts").replace("@hookimpl\ndef p", "def p")
    )
    options = ["--source", "local", "--plugin", "xharness-t-silent/xharness_t_silent"]
    capsys.readouterr()
    assert main(["plan", str(NANO), "--task", "t-silent", *options]) == 2
    assert "is asked in words, and has no prompt; declare one in the hook xharness_prompts" in capsys.readouterr().err
