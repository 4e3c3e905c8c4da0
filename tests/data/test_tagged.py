"""Tagged sentences as the XTREME scripts write them, and as the PAN-X archive holds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import INLINE, write
from xharness.data.tagged import prefixed_reader, tagged_reader, write_tagged
from xharness.errors import DataError

LABELS = ("O", "B-PER", "I-PER", "B-LOC")
ENTITIES = (*LABELS, "I-LOC")


def plain(*paths, split="dev"):
    return list(tagged_reader(LABELS)(paths, "en", split))


def prefixed(*paths):
    return list(prefixed_reader(LABELS)(paths, "en", "dev"))


def test_a_blank_line_ends_a_sentence(tmp_path):
    path = write(tmp_path, "dev-en.tsv", "Ada\tB-PER\nsang\tO\n\nIn\tO\nOslo\tB-LOC\n\n")
    assert plain(path) == [
        {"tokens": ["Ada", "sang"], "tags": ["B-PER", "O"]},
        {"tokens": ["In", "Oslo"], "tags": ["O", "B-LOC"]},
    ]


@pytest.mark.parametrize("content", ["Ada\tB-PER\r\n\r\nOslo\tB-LOC\r\n", "\ufeffAda\tB-PER\n\nOslo\tB-LOC"])
def test_line_ends_and_a_byte_order_mark_do_not_show(tmp_path, content):
    result = plain(write(tmp_path, "dev-en.tsv", content))
    assert result == [{"tokens": ["Ada"], "tags": ["B-PER"]}, {"tokens": ["Oslo"], "tags": ["B-LOC"]}]


def test_several_blank_lines_are_one(tmp_path):
    path = write(tmp_path, "dev-en.tsv", "\n\nAda\tB-PER\n\n \n\t\nOslo\tB-LOC\n\n\n")
    assert [row["tokens"] for row in plain(path)] == [["Ada"], ["Oslo"]]


def test_a_file_without_tags_gives_sentences_without_tags(tmp_path):
    path = write(tmp_path, "test-en.tsv", "Ada\nsang\n\nOslo\n")
    assert plain(path, split="test") == [{"tokens": ["Ada", "sang"], "tags": []}, {"tokens": ["Oslo"], "tags": []}]


@pytest.mark.parametrize("split", ["train", "dev"])
def test_a_split_with_tags_needs_them_in_every_line(tmp_path, split):
    path = write(tmp_path, f"{split}-en.tsv", "Ada\nsang\n")
    with pytest.raises(DataError, match=r"-en\.tsv:1: expected 2 columns \(word, tag\), got 1"):
        plain(path, split=split)


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n"])
def test_columns_may_be_separated_by_spaces(tmp_path, end):
    path = write(tmp_path, "dev-en.tsv", end.join(["Ada B-PER", "sang   O", "", "Oslo B-LOC", ""]))
    assert plain(path) == [
        {"tokens": ["Ada", "sang"], "tags": ["B-PER", "O"]},
        {"tokens": ["Oslo"], "tags": ["B-LOC"]},
    ]


@pytest.mark.parametrize("split", ["dev", "test"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Ada B-PER\nNew York B-LOC\n", r":2: expected 2 columns \(word, tag\), got 3, separated by spaces"),
        ("-DOCSTART- -X- O O\n\nAda NNP B-NP B-PER\n", r":1: expected 2 columns \(word, tag\), got 4, separated"),
        ("Ada B-PER\nsang\nin O\n", r":2: expected 2 columns \(word, tag\), got 1, separated by spaces"),
    ],
)
def test_spaces_and_another_number_of_columns_are_an_error_with_file_and_line(tmp_path, content, problem, split):
    with pytest.raises(DataError, match=r"dev-en\.tsv" + problem):
        plain(write(tmp_path, "dev-en.tsv", content), split=split)


def test_words_of_a_test_set_without_tags_may_contain_spaces(tmp_path):
    path = write(tmp_path, "test-vi.tsv", "học sinh\nđi học\nvới O\n")
    assert plain(path, split="test") == [{"tokens": ["học sinh", "đi học", "với O"], "tags": []}]


@pytest.mark.parametrize(
    ("tags", "line", "problem"),
    [
        ("B-PER E-PER O S-PER", 2, "unknown label 'E-PER': the tags are in the scheme BIOES, expected IOB2; write E-"),
        ("O S-LOC", 2, "unknown label 'S-LOC': the tags are in the scheme BIOES, expected IOB2; write E- as I- and S-"),
        ("U-PER", 1, "unknown label 'U-PER': the tags are in the scheme BILOU, expected IOB2; write L- as I- and U-"),
        ("O I-PER O", 2, "I-PER begins an entity: the tags are in the scheme IOB1, expected IOB2; write the first tag"),
        ("I-PER I-PER B-PER O", 1, "I-PER begins an entity: the tags are in the scheme IOB1"),
        ("S-FOOD", 1, "unknown label 'S-FOOD', expected one of O, B-PER"),
    ],
)
@pytest.mark.parametrize("separator", ["\t", " "])
def test_another_scheme_of_tags_is_named(tmp_path, tags, line, problem, separator):
    # Most tags are known, so that columns are recognised.
    lines = [f"word{separator}{tag}" for tag in [*tags.split(), "O", "O"]]
    for read, words in ((plain, lines), (prefixed, [f"en:{each}" for each in lines])):
        path = write(tmp_path, "dev-en.tsv", "\n".join(words))
        with pytest.raises(DataError) as error:
            read(path)
        assert str(error.value).startswith(f"{path}:{line}: {problem}")


@pytest.mark.parametrize(
    ("scheme", "tags", "converted"),
    [
        ("BIOES", "B-PER I-PER E-PER S-PER O S-LOC", "B-PER I-PER I-PER B-PER O B-LOC"),
        ("BILOU", "U-PER B-LOC L-LOC O", "B-PER B-LOC I-LOC O"),
        ("IOB1", "I-PER I-PER B-PER I-PER I-LOC O I-LOC", "B-PER I-PER B-PER I-PER B-LOC O B-LOC"),
        ("BIOES", "B-PER I-PER O", "B-PER I-PER O"),  # a file that is in IOB2
    ],
)
def test_another_scheme_is_converted_where_it_is_named(tmp_path, scheme, tags, converted):
    lines = [f"word\t{tag}" for tag in tags.split()]
    path = write(tmp_path, "dev-en.tsv", "\n".join(lines))
    for read, file in (
        (tagged_reader(ENTITIES), path),
        (prefixed_reader(ENTITIES), write(tmp_path, "dev", "\n".join(f"en:{line}" for line in lines))),
    ):
        [row] = read.converting(scheme)((file,), "en", "dev")
        assert row["tags"] == converted.split()


def test_sentences_are_converted_one_by_one(tmp_path):
    path = write(tmp_path, "dev-en.tsv", "Ada\tI-PER\n\nEmmy\tI-PER\n")
    rows = tagged_reader(LABELS).converting("IOB1")((path,), "en", "dev")
    assert [row["tags"] for row in rows] == [["B-PER"], ["B-PER"]]


def test_a_scheme_that_is_not_that_of_the_file_is_an_error(tmp_path):
    path = write(tmp_path, "dev-en.tsv", "Ada\tS-PER\nsang\tO\n")
    with pytest.raises(DataError, match=r"in the scheme BIOES, .* convert the files with .* --param tag_scheme=BIOES"):
        list(tagged_reader(LABELS).converting("IOB1")((path,), "en", "dev"))


@pytest.mark.parametrize("tags", ["B-PER I-PER O", "O O", "B-PER B-PER", "I-PER O B-PER", "B-LOC I-PER O"])
def test_files_in_iob2_are_read_even_with_a_mistake(tmp_path, tags):
    path = write(tmp_path, "dev-en.tsv", "\n".join(f"word\t{tag}" for tag in tags.split()))
    assert plain(path)[0]["tags"] == tags.split()


def test_words_may_be_empty_or_hold_anything_but_a_tab(tmp_path):
    path = write(tmp_path, "dev-en.tsv", "\tO\n \tO\n\u00a0\tO\nNew York\tB-LOC\n''\tO\n#\tO\n\"\tO\n")
    assert plain(path)[0]["tokens"] == ["", " ", "\u00a0", "New York", "''", "#", '"']


def test_a_sentence_does_not_reach_from_one_file_into_the_next(tmp_path):
    first = write(tmp_path, "a.tsv", "Ada\tB-PER\n")
    second = write(tmp_path, "b.tsv", "Oslo\tB-LOC\n")
    assert [row["tokens"] for row in plain(first, second)] == [["Ada"], ["Oslo"]]


def test_too_many_columns_are_an_error_with_file_and_line(tmp_path):
    path = write(tmp_path, "dev-en.tsv", "Ada\tB-PER\nsang\tO\tloud\n")
    with pytest.raises(DataError, match=r"dev-en\.tsv:2: expected 2 columns \(word, tag\), got 3"):
        plain(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Ada\tB-PER\n\nsang\n", r":3: expected 2 columns \(word, tag\), got 1"),
        ("Ada\n\nsang\tO\n", r":3: expected 1 column \(word\), as above, got 2"),
    ],
)
def test_tags_on_some_lines_only_are_an_error(tmp_path, content, problem):
    path = write(tmp_path, "test-en.tsv", content)
    with pytest.raises(DataError, match=problem):
        plain(path, split="test")


@pytest.mark.parametrize("tag", ["B-FOOD", "b-per", ""])
def test_an_unknown_tag_is_an_error_with_file_and_line(tmp_path, tag):
    path = write(tmp_path, "dev-en.tsv", f"Ada\tB-PER\nate\t{tag}\n")
    with pytest.raises(DataError, match=rf"dev-en\.tsv:2: unknown label '{tag}'"):
        plain(path)


def test_bytes_that_are_not_utf8_are_an_error_with_file_and_line(tmp_path):
    path = write(tmp_path, "dev-de.tsv", "Ada\tB-PER\nKöln\tB-LOC\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"dev-de\.tsv:2: .*not UTF-8"):
        plain(path)


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_file_without_a_word_is_an_error(tmp_path, content):
    path = write(tmp_path, "dev-en.tsv", content)
    with pytest.raises(DataError, match=r"dev-en\.tsv: no example"):
        plain(path)


def test_the_prefix_ends_at_the_first_colon(tmp_path):
    path = write(tmp_path, "dev", "en:Ada\tB-PER\nen:10:30\tO\nen::\tO\nzh-yue:Oslo\tB-LOC\n")
    assert prefixed(path) == [{"tokens": ["Ada", "10:30", ":", "Oslo"], "tags": ["B-PER", "O", "O", "B-LOC"]}]


def test_prefixed_words_are_stripped_and_may_be_empty(tmp_path):
    path = write(tmp_path, "dev", "en: Ada \tB-PER\nen:\tO\nen:\u00a0\tO\n")
    assert prefixed(path)[0]["tokens"] == ["Ada", "", ""]


def test_a_prefixed_line_of_another_number_of_fields_ends_the_sentence(tmp_path):
    path = write(tmp_path, "dev", "en:Ada\tB-PER\nen:lost\nen:Oslo\tB-LOC\n\nen:a\tO\tO\nen:Ada\tB-PER\n")
    assert [row["tokens"] for row in prefixed(path)] == [["Ada"], ["Oslo"], ["Ada"]]


def test_a_line_without_a_colon_counts_for_nothing(tmp_path):
    path = write(tmp_path, "dev", "en:Ada\tB-PER\nnoise\tO\nen:Oslo\tB-LOC\n")
    assert prefixed(path) == [{"tokens": ["Ada", "Oslo"], "tags": ["B-PER", "B-LOC"]}]


def test_prefixed_columns_may_be_separated_by_spaces(tmp_path):
    path = write(tmp_path, "dev", "en:Ada B-PER\nen:sang O\n\nen:Oslo B-LOC\n")
    assert [row["tokens"] for row in prefixed(path)] == [["Ada", "sang"], ["Oslo"]]


@pytest.mark.parametrize("separator", ["\t", " "])
def test_words_without_a_prefix_are_an_error_with_file_and_line(tmp_path, separator):
    path = write(tmp_path, "dev", f"10:30{separator}O\nAda{separator}B-PER\nsang{separator}O\n")
    with pytest.raises(DataError, match=r"dev:2: expected 2 columns \(xx:word, tag\), got the word 'Ada' without a p"):
        prefixed(path)


def test_an_unknown_tag_of_a_prefixed_word_is_an_error(tmp_path):
    path = write(tmp_path, "dev", "en:Ada\tB-PER\n\nen:pie\tB-FOOD\n")
    with pytest.raises(DataError, match=r"dev:3: unknown label 'B-FOOD'"):
        prefixed(path)


TAGGED = st.lists(st.tuples(INLINE, st.sampled_from(("O", "B-PER", "B-LOC"))), min_size=1, max_size=5)


@given(sentences=st.lists(TAGGED, min_size=1, max_size=4), end=st.sampled_from(["\n", "\r\n"]))
def test_tagged_sentences_are_read_as_they_were_written(folder, sentences, end):
    written = end.join("".join(f"{word}\t{tag}{end}" for word, tag in sentence) for sentence in sentences)
    expected = [{"tokens": [w for w, _ in s], "tags": [t for _, t in s]} for s in sentences]
    assert plain(write(folder, "dev-en.tsv", "\ufeff" + written)) == expected


WORDS = st.lists(INLINE.filter(str.strip), min_size=1, max_size=5)


@given(sentences=st.lists(WORDS, min_size=1, max_size=4))
def test_sentences_without_tags_are_read_as_they_were_written(folder, sentences):
    written = "\n".join("".join(f"{word}\n" for word in sentence) for sentence in sentences)
    result = plain(write(folder, "test-en.tsv", "\ufeff" + written), split="test")
    assert result == [{"tokens": sentence, "tags": []} for sentence in sentences]


@given(sentences=st.lists(TAGGED, min_size=1, max_size=4))
def test_prefixed_sentences_are_read_as_they_were_written(folder, sentences):
    written = "\n".join("".join(f"en:{word}\t{tag}\n" for word, tag in sentence) for sentence in sentences)
    expected = [{"tokens": [w.strip() for w, _ in s], "tags": [t for _, t in s]} for s in sentences]
    assert prefixed(write(folder, "dev", written)) == expected


def test_written_sentences_are_read_again(tmp_path):
    rows = [{"tokens": ["Ada", "", " sang"], "tags": ["B-PER", "O", "O"]}, {"tokens": ["Oslo"], "tags": ["B-LOC"]}]
    write_tagged(tmp_path / "new" / "dev-en.tsv", rows)
    assert plain(tmp_path / "new" / "dev-en.tsv") == rows
    hidden = [{"tokens": ["Ada", "sang"], "tags": []}]
    write_tagged(tmp_path / "hidden.tsv", hidden)
    assert plain(tmp_path / "hidden.tsv", split="test") == hidden
