"""Pools of sentences and the pairs between them, in the format of the BUCC shared task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import INLINE, write
from xharness import KINDS
from xharness.data.mining import read_pools
from xharness.errors import DataError

SOURCE = "de-000000001\tEs regnet.\nde-000000002\tSie singt.\n"
TARGET = "en-000000001\tShe sings.\nen-000000002\tIt is late.\nen-000000003\tIt rains.\n"
GOLD = "de-000000001\ten-000000003\nde-000000002\ten-000000001\n"


def files(folder, source=SOURCE, target=TARGET, gold=None):
    contents = {"own.de": source, "own.en": target} | ({} if gold is None else {"own.gold": gold})
    return tuple(write(folder, name, content) for name, content in contents.items())


def read(paths):
    return list(read_pools(paths, "de", "dev"))


def test_the_source_pool_comes_before_the_target_pool(tmp_path):
    rows = read(files(tmp_path, gold=GOLD))
    assert rows == [
        {"side": "source", "id": "de-000000001", "text": "Es regnet.", "gold": ["en-000000003"]},
        {"side": "source", "id": "de-000000002", "text": "Sie singt.", "gold": ["en-000000001"]},
        {"side": "target", "id": "en-000000001", "text": "She sings.", "gold": []},
        {"side": "target", "id": "en-000000002", "text": "It is late.", "gold": []},
        {"side": "target", "id": "en-000000003", "text": "It rains.", "gold": []},
    ]


def test_the_gold_of_the_kind_is_that_of_the_file(tmp_path):
    pairs = [tuple(line.split("\t")) for line in GOLD.splitlines()]
    assert KINDS["bitext-mining"].gold(read(files(tmp_path, gold=GOLD))) == pairs


def test_line_ends_byte_order_marks_and_spaces_do_not_show(tmp_path):
    plain = read(files(tmp_path, gold=GOLD))
    odd = [
        "\ufeff" + SOURCE.replace("\t", " \t").replace("\n", "\r\n"),
        TARGET.replace("\n", " \n").rstrip("\n"),
        GOLD.replace("\t", " \t ").replace("\n", " \r\n"),
    ]
    assert read(files(tmp_path, *odd)) == plain


def test_without_a_gold_file_no_sentence_has_a_translation(tmp_path):
    assert all(row["gold"] == [] for row in read(files(tmp_path)))


def test_a_sentence_may_have_several_translations(tmp_path):
    rows = read(files(tmp_path, gold="de-000000001\ten-000000003\nde-000000001\ten-000000002\n"))
    assert rows[0]["gold"] == ["en-000000003", "en-000000002"]


def test_quotes_in_a_sentence_stay(tmp_path):
    rows = read(files(tmp_path, source='de-000000001\t"Es ""regnet"".\n'))
    assert rows[0]["text"] == '"Es ""regnet"".'


@pytest.mark.parametrize("unknown", ["de-000000007\ten-000000003", "de-000000001\ten-000000007"])
def test_a_gold_id_that_is_in_no_pool_is_an_error_with_file_and_line(tmp_path, unknown):
    paths = files(tmp_path, gold=f"de-000000002\ten-000000001\n{unknown}\n")
    with pytest.raises(DataError, match=r"own\.gold:2: id '..-000000007' is not in own\.(de|en)"):
        read(paths)


def test_a_gold_file_with_its_columns_swapped_is_an_error(tmp_path):
    swapped = "".join("{1}\t{0}\n".format(*line.split("\t")) for line in GOLD.splitlines())
    with pytest.raises(DataError, match=r"own\.gold:1: id '(en-000000003|de-000000001)' is not in own\.(de|en)"):
        read(files(tmp_path, gold=swapped))


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        ({"source": SOURCE + "de-000000003\n"}, r"own\.de:3: expected 2 columns \(id, sentence\), got 1"),
        ({"target": "en-000000001\tShe\tsings.\n"}, r"own\.en:1: expected 2 columns \(id, sentence\), got 3"),
        ({"gold": "de-000000001 en-000000003\n"}, r"own\.gold:1: expected 2 columns \(source id, target id\), got 1"),
        ({"source": ""}, r"own\.de: the source pool is empty"),
        ({"target": ""}, r"own\.en: the target pool is empty"),
        ({"source": "de-000000001\tGrün\n".encode("latin-1")}, r"own\.de:1: .*not UTF-8"),
    ],
)
def test_what_is_not_of_the_form_is_an_error_with_its_file(tmp_path, contents, problem):
    with pytest.raises(DataError, match=problem):
        read(files(tmp_path, **contents))


@given(texts=st.lists(INLINE, min_size=1, max_size=6), permuted=st.randoms(use_true_random=False))
def test_pools_and_pairs_are_read_as_they_were_written(folder, texts, permuted):
    order = list(range(len(texts)))
    permuted.shuffle(order)
    source = "".join(f"de-{number}\t{text}\n" for number, text in enumerate(texts))
    target = "".join(f"en-{number}\t{text}\n" for number, text in enumerate(texts))
    gold = [(f"de-{number}", f"en-{other}") for number, other in enumerate(order)]
    rows = read(files(folder, source, target, "".join(f"{a}\t{b}\n" for a, b in gold)))
    assert [row["text"] for row in rows] == [text.strip() for text in texts] * 2
    assert KINDS["bitext-mining"].gold(rows) == gold
