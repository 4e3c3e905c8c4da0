"""Files on disk: which layout is read, what a fingerprint depends on, and what is said when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from xharness import BadRequest, Classification, DataError, DataOptions, Layout, Tagging, local
from xharness.specs.params import typed
from xharness_plugins.sources.local import LOCAL
from xharness_tasks import TASKS

BY_NAME = {task.name: task for task in TASKS}


def read(paths, language, split):
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            yield {"text": line, "label": "good" if language == "en" else None}


def task(*files: str, reader=read, name: str = "plain") -> Classification:
    layouts = [
        Layout(name=f"{name} {number}", files={"test": (file,)}, read=reader) for number, file in enumerate(files)
    ]
    return Classification(name="mine", languages=("en", "sw", "fa"), labels=("good", "bad"), data=local(*layouts))


def write(root: Path, **files: str) -> DataOptions:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return DataOptions(root=root)


def test_the_first_layout_whose_files_are_all_there_is_read(tmp_path):
    declared = task("new/{lang}.txt", "old/{name}-{lower}-{iso3}-{tatoeba}-{flores}.txt")
    options = write(tmp_path, **{"old/Swahili-swahili-swa-swh-swh_Latn.txt": "old\n"})
    assert LOCAL.load(declared, "sw", "test", options)["text"][:] == ["old"]
    write(tmp_path, **{"new/sw.txt": "new\n"})
    assert LOCAL.load(declared, "sw", "test", options)["text"][:] == ["new"]


def test_a_layout_that_lacks_one_file_is_passed_over(tmp_path):
    files = {"pair/{lang}.txt", "pair/en.txt"}
    pair = Layout(name="pair", files={"test": tuple(sorted(files))}, read=read)
    one = Layout(name="one", files={"test": ("one.txt",)}, read=read)
    declared = Classification(name="mine", languages=("sw",), labels=("good",), data=local(pair, one))
    options = write(tmp_path, **{"pair/sw.txt": "pair", "one.txt": "one"})
    assert LOCAL.load(declared, "sw", "test", options)["text"][:] == ["one"]


def test_a_layout_of_some_languages_is_for_no_other(tmp_path):
    some = Layout(name="some", files={"test": ("2.7/{lang}.txt",)}, read=read, languages=("sw",))
    every = Layout(name="every", files={"test": ("2.5/{lang}.txt",)}, read=read)
    declared = Classification(name="mine", languages=("sw", "fa"), labels=("good",), data=local(some, every))
    options = write(
        tmp_path, **{f"{release}/{code}.txt": release for release in ("2.5", "2.7") for code in ("sw", "fa")}
    )
    assert LOCAL.load(declared, "sw", "test", options)["text"][:] == ["2.7"]
    assert LOCAL.load(declared, "fa", "test", options)["text"][:] == ["2.5"]


def test_wildcards_match_in_sorted_order_and_only_files(tmp_path):
    options = write(tmp_path, **{"b/x.txt": "3", "a/y.txt": "2", "a/x.txt": "1"})
    (tmp_path / "c/x.txt").mkdir(parents=True)
    assert LOCAL.load(task("*/?.txt"), "sw", "test", options)["text"][:] == ["1", "2", "3"]


def test_columns_have_their_types_when_every_value_is_null_or_empty(tmp_path):
    from datasets import List, Value

    text = Value("string")
    found = LOCAL.load(task("{lang}.txt"), "sw", "test", write(tmp_path, **{"sw.txt": "maji"}))
    assert found.features == {"text": text, "text_pair": text, "label": text}
    assert found.to_list() == [{"text": "maji", "text_pair": None, "label": None}]
    options = write(tmp_path, **{"panx/test-sw.tsv": "Mto\n\nZiwa\n"})
    found = LOCAL.load(BY_NAME["panx"], "sw", "test", options)
    assert found.features == {"tokens": List(text), "tags": List(text)}
    assert found.to_list() == [{"tokens": ["Mto"], "tags": []}, {"tokens": ["Ziwa"], "tags": []}]
    blank = '{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": "1", "question": "b", "answers": []}]}]}]}'
    found = LOCAL.load(BY_NAME["xquad"], "zh", "test", write(tmp_path, **{"xquad/xquad.zh.json": blank}))
    assert found.features["answers"] == List({"text": text, "start": Value("int64")})
    assert found[0]["answers"] == []


def test_a_data_set_can_be_cut_iterated_and_batched(tmp_path):
    options = write(tmp_path, **{"en.txt": "\n".join(f"line {number}" for number in range(25_000))})
    found = LOCAL.load(task("{lang}.txt"), "en", "test", options)
    assert len(found) == 25_000
    assert [row["text"] for row in found.select(range(2))] == ["line 0", "line 1"]
    assert found[24_999]["label"] == "good"


def test_bucc_is_read_with_gold_where_there_is_gold(tmp_path):
    pools = {"bucc2018/de-en.dev.de": "de-1\tJa\n", "bucc2018/de-en.dev.en": "en-7\tYes\n"}
    options = write(tmp_path, **pools)
    assert LOCAL.load(BY_NAME["bucc2018"], "de", "dev", options)["gold"][:] == [[], []]
    before = LOCAL.fingerprint(BY_NAME["bucc2018"], "de", "dev", options)
    write(tmp_path, **{"bucc2018/de-en.dev.gold": "de-1\ten-7\n"})
    assert LOCAL.load(BY_NAME["bucc2018"], "de", "dev", options)["gold"][:] == [["en-7"], []]
    assert LOCAL.fingerprint(BY_NAME["bucc2018"], "de", "dev", options) != before


def test_bucc_release_has_other_names_for_the_splits(tmp_path):
    files = {"de-en.sample.de": "de-1\tJa\n", "de-en.sample.en": "en-7\tYes\n", "de-en.sample.gold": "de-1\ten-7\n"}
    options = write(tmp_path, **{f"bucc2018/de-en/{name}": text for name, text in files.items()})
    assert LOCAL.load(BY_NAME["bucc2018"], "de", "dev", options)["id"][:] == ["de-1", "en-7"]


def test_aligned_tatoeba_files_are_preferred(tmp_path):
    options = write(tmp_path, **{"tatoeba/sw-en.sw": "maji\n", "tatoeba/sw-en.en": "water\n"})
    assert LOCAL.load(BY_NAME["tatoeba"], "sw", "test", options)["gold"][:] == [-1]
    write(tmp_path, **{"tatoeba/v1/tatoeba.swh-eng.swh": "maji\n", "tatoeba/v1/tatoeba.swh-eng.eng": "water\n"})
    assert LOCAL.load(BY_NAME["tatoeba"], "sw", "test", options)["gold"][:] == [0]


def test_translated_training_rows_of_pawsx(tmp_path):
    table = "id\tsentence1\tsentence2\tlabel\n1\tja\tnein\t0\n"
    options = write(tmp_path, **{"paws-x/x-final/de/translated_train.tsv": table})
    assert LOCAL.load(BY_NAME["pawsx"], "de", "translated-train", options)["label"][:] == ["0"]


def test_a_fingerprint_names_the_contents_and_what_is_read_from_them(tmp_path):
    declared = task("{lang}.txt", "all.txt")
    options = write(tmp_path / "one", **{"all.txt": "maji"})
    first = LOCAL.fingerprint(declared, "sw", "test", options)
    assert first.startswith("local:mine:sw:test:")
    assert LOCAL.fingerprint(declared, "fa", "test", options) != first
    assert LOCAL.fingerprint(declared, "sw", "test", write(tmp_path / "two", **{"all.txt": "maji"})) == first
    assert LOCAL.fingerprint(declared, "sw", "test", write(tmp_path / "one", **{"all.txt": "moto"})) != first
    assert LOCAL.fingerprint(declared, "sw", "test", write(tmp_path / "one", **{"all.txt": "maji"})) == first
    assert LOCAL.fingerprint(declared, "sw", "test", write(tmp_path / "one", **{"sw.txt": "maji"})) != first


def test_contents_are_hashed_once_as_long_as_a_file_stays_what_it_is(tmp_path, monkeypatch):
    from xharness_plugins.sources import paths

    options = write(tmp_path, **{"all.txt": "maji"})
    paths._digest.cache_clear()
    for code in ("sw", "fa", "en"):
        LOCAL.fingerprint(task("all.txt"), code, "test", options)
    assert paths._digest.cache_info().misses == 1
    stamp = (tmp_path / "all.txt").stat().st_mtime_ns
    os.utime(tmp_path / "all.txt", ns=(stamp + 1, stamp + 1))
    LOCAL.fingerprint(task("all.txt"), "sw", "test", options)
    assert paths._digest.cache_info().misses == 2


def test_no_data_folder_is_a_bad_request():
    for call in (LOCAL.fingerprint, LOCAL.load):
        with pytest.raises(BadRequest, match="--data DIR"):
            call(task("a"), "sw", "test", DataOptions())


def test_missing_files_are_named_with_their_split(tmp_path):
    declared = task("one/{lang}.txt", "two/*.txt")
    expected = rf"mine sw test: no files below {tmp_path}; expected one of one/sw\.txt, two/\*\.txt; add the files"
    with pytest.raises(DataError, match=expected):
        LOCAL.fingerprint(declared, "sw", "test", DataOptions(root=tmp_path))
    with pytest.raises(DataError, match="mine sw dev: the files on disk have no split 'dev'"):
        LOCAL.load(declared, "sw", "dev", DataOptions(root=tmp_path))
    with pytest.raises(DataError, match="mine: the task has no layout of files on disk"):
        LOCAL.load(Tagging(name="mine", languages=("sw",), labels=("A",)), "sw", "test", DataOptions(root=tmp_path))


def test_fields_that_a_language_does_not_have(tmp_path):
    options = write(tmp_path, **{"tlh.txt": "nuqneH"})
    assert len(LOCAL.load(task("{lang}.txt"), "tlh", "test", options)) == 1
    with pytest.raises(
        DataError, match=r"pattern '\{iso3\}\.txt' is invalid for language 'tlh'; allowed fields: \{lang\}"
    ):
        LOCAL.load(task("{iso3}.txt"), "tlh", "test", options)


def test_what_a_reader_raises(tmp_path):
    options = write(tmp_path, **{"a.txt": "1"})

    def broken(paths, language, split):
        yield {"text": "a", "label": None}
        raise RuntimeError("two\nlines")

    def careful(paths, language, split):
        raise DataError.at(paths[0], 3, "odd")

    file = tmp_path / "a.txt"
    with pytest.raises(DataError) as raised:
        LOCAL.load(task("a.txt", reader=broken), "sw", "test", options)
    assert str(raised.value) == f"mine sw test ({file}): the reader of 'plain 0' failed: RuntimeError: two"
    assert isinstance(raised.value.__cause__, RuntimeError)
    with pytest.raises(DataError) as raised:
        LOCAL.load(task("a.txt", reader=careful), "sw", "test", options)
    assert str(raised.value) == f"{file}:3: odd"
    with pytest.raises(DataError, match=r"mine sw test \(.*a\.txt\): no example"):
        LOCAL.load(task("a.txt", reader=lambda *_: iter(())), "sw", "test", options)


def test_a_malformed_official_file_is_named_with_its_line(tmp_path):
    options = write(tmp_path, **{"panx/test-sw.tsv": "Mto\tO\nZiwa\tB-RIVER\n"})
    with pytest.raises(DataError, match=r"panx/test-sw\.tsv:2: unknown label 'B-RIVER'"):
        LOCAL.load(BY_NAME["panx"], "sw", "test", options)


def test_importing_the_sources_loads_nothing_heavy():
    code = (
        "import sys, xharness_plugins.sources.local, xharness_plugins.sources.hub\n"
        "print(*sorted({'torch', 'datasets', 'pyarrow', 'huggingface_hub', 'numpy', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def rows(name, *texts):
    if BY_NAME[name].kind.name == "tagging":
        return [{"tokens": text.split(" "), "tags": ["NOUN"] * len(text.split(" "))} for text in texts]
    return [{"text": text, "text_pair": "So it is.", "label": "neutral"} for text in texts]


@pytest.mark.parametrize(
    ("name", "texts", "file"),
    [
        ("xnli", ["It rains.", 'He said "no".', '"quoted"'], "xnli/test-sw.tsv"),
        ("xnli", ["It rains.", "two\tfields"], "xnli/test-sw.rows.jsonl"),
        ("xnli", ["It rains.", " with blanks "], "xnli/test-sw.rows.jsonl"),
        ("udpos", ["a b", "c"], "udpos/test-fa.tsv"),
        ("udpos", ["a b", "c\td e"], "udpos/test-fa.rows.jsonl"),
    ],
)
def test_a_split_is_written_in_the_official_layout_where_that_can_hold_it(tmp_path, name, texts, file):
    language, made = file.removesuffix(".tsv").removesuffix(".rows.jsonl")[-2:], rows(name, *texts)
    written = LOCAL.write(BY_NAME[name], language, "test", made, tmp_path)
    assert written.files == (tmp_path / file,)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / file]
    assert list(LOCAL.load(BY_NAME[name], language, "test", DataOptions(root=tmp_path))) == made


def test_rows_of_a_task_without_layouts_are_read_too(tmp_path):
    own = Classification(name="own", languages=("sw",), labels=("neutral",))
    with pytest.raises(DataError, match="no layout of files"):
        LOCAL.load(own, "sw", "test", DataOptions(root=tmp_path))
    made = rows("xnli", "Mvua.")
    LOCAL.write(own, "sw", "test", made, tmp_path)
    assert list(LOCAL.load(own, "sw", "test", DataOptions(root=tmp_path))) == made


def test_nothing_is_written_that_other_files_hide(tmp_path):
    release = tmp_path / "XNLI-1.0" / "xnli.test.tsv"
    release.parent.mkdir()
    release.write_text("language\tgold_label\tsentence1\tsentence2\nsw\tneutral\ta\tb\n", "utf-8")
    with pytest.raises(DataError, match="use an empty folder"):
        LOCAL.write(BY_NAME["xnli"], "sw", "test", rows("xnli", "Mvua."), tmp_path)


def test_files_in_another_scheme_of_tags_are_converted_and_have_another_fingerprint(tmp_path):
    panx, xnli = BY_NAME["panx"], BY_NAME["xnli"]
    options = write(tmp_path, **{"panx/dev-de.tsv": "Ada\tB-PER\nLovelace\tE-PER\n\nOslo\tS-LOC\n"})
    with pytest.raises(DataError, match=r"the scheme BIOES, .* or convert the files with --source local --param"):
        LOCAL.load(panx, "de", "dev", options)
    converting = replace(options, params=typed(LOCAL.params, {"tag_scheme": "bioes"}))
    assert [row["tags"] for row in LOCAL.load(panx, "de", "dev", converting)] == [["B-PER", "I-PER"], ["B-LOC"]]
    plain, converted = (LOCAL.fingerprint(panx, "de", "dev", each) for each in (options, converting))
    assert converted.endswith(":BIOES") and plain not in converted
    write(tmp_path, **{"xnli/dev-de.tsv": "Ada sang.\tJemand sang.\tentailment\n"})
    assert LOCAL.fingerprint(xnli, "de", "dev", options) == LOCAL.fingerprint(xnli, "de", "dev", converting)
    with pytest.raises(BadRequest, match="must be one of BIOES, BILOU, IOB1"):
        typed(LOCAL.params, {"tag_scheme": "IO"})
