"""CoNLL-U files of our own, and the sentences that the official conversion makes of such."""

from __future__ import annotations

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.files import write
from xharness.data.conllu import MultiWord, Word, conllu_reader, fuse
from xharness.errors import DataError

LABELS = tuple("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())


def line(node, form, tag="_", head="_", enhanced="_"):
    return f"{node}\t{form}\t_\t{tag}\t_\t_\t{head}\t_\t{enhanced}\t_\n"


def sentence(*words):
    return "".join(line(*word) for word in words) + "\n"


def read(*paths, language="en"):
    return list(conllu_reader(LABELS)(paths, language, "test"))


def pairs(*paths, language="en"):
    return [list(zip(row["tokens"], row["tags"], strict=True)) for row in read(*paths, language=language)]


PLAIN = sentence((1, "Ada", "PROPN", 2), (2, "sings", "VERB", 0), (3, ".", "PUNCT", 2))
PLAIN_PAIRS = [("Ada", "PROPN"), ("sings", "VERB"), (".", "PUNCT")]


def test_forms_and_universal_tags_are_read(tmp_path):
    path = write(
        tmp_path, "en_own-ud-test.conllu", f"# sent_id = 1\n# text = Ada sings.\n{PLAIN}# sent_id = 2\n{PLAIN}"
    )
    assert pairs(path) == [PLAIN_PAIRS, PLAIN_PAIRS]


@pytest.mark.parametrize("content", [PLAIN.replace("\n", "\r\n"), PLAIN.rstrip("\n"), "\ufeff" + PLAIN, PLAIN + "\n\n"])
def test_line_ends_and_a_byte_order_mark_do_not_show(tmp_path, content):
    assert pairs(write(tmp_path, "en_own-ud-test.conllu", content)) == [PLAIN_PAIRS]


def test_treebanks_come_in_the_order_of_their_file_names(tmp_path):
    (tmp_path / "UD_A").mkdir()
    (tmp_path / "UD_B").mkdir()
    later = write(tmp_path / "UD_A", "en_z-ud-test.conllu", PLAIN.replace("Ada", "Zoe"))
    earlier = write(tmp_path / "UD_B", "en_a-ud-test.conllu", PLAIN)
    assert [row["tokens"][0] for row in read(later, earlier)] == ["Ada", "Zoe"]


def test_empty_nodes_are_dropped(tmp_path):
    words = (
        (1, "Ada", "PROPN", 2),
        (2, "sings", "VERB", 0),
        ("2.1", "sings", "VERB", "_", "2:conj"),
        (3, "low", "ADV", 2),
    )
    path = write(tmp_path, "en_own-ud-test.conllu", sentence(("0.1", "x", "X"), *words))
    assert pairs(path) == [[("Ada", "PROPN"), ("sings", "VERB"), ("low", "ADV")]]


def test_german_zum_is_one_word_with_the_better_ranked_tag(tmp_path):
    words = (1, "Geh", "VERB", 0), ("2-3", "zum"), (2, "zu", "ADP", 4), (3, "dem", "DET", 4), (4, "See", "NOUN", 1)
    path = write(tmp_path, "de_own-ud-test.conllu", sentence(*words))
    assert pairs(path, language="de") == [[("Geh", "VERB"), ("zum", "ADP"), ("See", "NOUN")]]


def test_the_word_nearest_to_the_root_keeps_its_tag(tmp_path):
    words = ("1-3", "dámelo"), (1, "da", "VERB", 0), (2, "me", "PRON", 1), (3, "lo", "PRON", 1), (4, "ya", "ADV", 1)
    path = write(tmp_path, "es_own-ud-test.conllu", sentence(*words))
    assert pairs(path, language="es") == [[("dámelo", "VERB"), ("ya", "ADV")]]


def test_the_word_nearest_to_the_root_wins_over_a_better_rank(tmp_path):
    words = ("1-2", "del"), (1, "de", "ADP", 2), (2, "el", "DET", 3), (3, "sur", "NOUN", 0)
    path = write(tmp_path, "es_own-ud-test.conllu", sentence(*words))
    assert pairs(path, language="es") == [[("del", "DET"), ("sur", "NOUN")]]


@pytest.mark.parametrize(
    ("language", "first", "second", "kept"),
    [
        ("en", "AUX", "PRON", "PRON"),
        ("es", "AUX", "PRON", "AUX"),
        ("fr", "NOUN", "PRON", "PRON"),
        ("de", "PRON", "NOUN", "NOUN"),
        ("it", "PRON", "ADV", "ADV"),
        ("pt", "ADV", "PRON", "PRON"),
        ("es", "NOUN", "DET", "DET"),
        ("en", "SYM", "PUNCT", "PUNCT"),
        ("en", "SYM", "SYM", "SYM"),
    ],
)
def test_equally_near_words_are_ranked_by_the_language(tmp_path, language, first, second, kept):
    words = ("1-2", "ab"), (1, "a", first, 3), (2, "b", second, 3), (3, "c", "VERB", 0)
    path = write(tmp_path, f"{language}_own-ud-test.conllu", sentence(*words))
    assert pairs(path, language=language)[0][0] == ("ab", kept)


def test_the_first_of_equal_words_is_replaced(tmp_path):
    words = (1, "a", "NOUN", 4), ("2-3", "bc"), (2, "b", "NOUN", 4), (3, "c", "NOUN", 4), (4, "d", "VERB", 0)
    path = write(tmp_path, "en_own-ud-test.conllu", sentence(*words))
    assert [token for token, _ in pairs(path)[0]] == ["a", "bc", "d"]


def test_the_enhanced_graph_counts_with_the_basic_one(tmp_path):
    # In the basic tree both parts hang on the root; in the enhanced graph the verb has one more ancestor.
    words = (
        ("1-2", "ab"),
        (1, "a", "VERB", 3, "3:x|4:y"),
        (2, "b", "ADP", 3, "3:x"),
        (3, "c", "VERB", 0),
        (4, "d", "X", 3),
    )
    path = write(tmp_path, "en_own-ud-test.conllu", sentence(*words))
    assert pairs(path)[0][0] == ("ab", "ADP")


def test_enhanced_heads_that_are_empty_nodes_do_not_count(tmp_path):
    words = ("1-2", "ab"), (1, "a", "VERB", 3, "3.1:x"), (2, "b", "ADP", 3), (3, "c", "VERB", 0), ("3.1", "e", "X")
    path = write(tmp_path, "en_own-ud-test.conllu", sentence(*words))
    assert pairs(path)[0][0] == ("ab", "VERB")


def test_a_cycle_in_the_graph_does_not_stop_the_reader(tmp_path):
    words = ("1-2", "ab"), (1, "a", "ADP", 2, "2:x"), (2, "b", "NOUN", 3, "1:y|3:x"), (3, "c", "VERB", 0)
    path = write(tmp_path, "en_own-ud-test.conllu", sentence(*words))
    assert pairs(path) == [[("ab", "NOUN"), ("c", "VERB")]]


def test_spaces_and_u200c_leave_the_forms(tmp_path):
    words = (1, "10 000", "NUM", 2), (2, "می\u200cخوانم", "VERB", 0), (3, "a\u00a0b", "X", 2)
    path = write(tmp_path, "fa_own-ud-test.conllu", sentence(*words))
    assert read(path)[0]["tokens"] == ["10000", "میخوانم", "a\u00a0b"]


MASKED = [("_", "NOUN")], [("_", "NOUN"), ("_", "VERB")], [("_", "NOUN"), ("_", "VERB"), (".", "PUNCT")]
KEPT = [("_", "SYM"), ("a", "NOUN"), ("b", "VERB")], [("a", "NOUN")]


@pytest.mark.parametrize("words", MASKED)
def test_a_masked_sentence_is_dropped(tmp_path, words):
    hidden = sentence(*((number, form, tag, 0) for number, (form, tag) in enumerate(words, 1)))
    path = write(tmp_path, "en_own-ud-test.conllu", hidden + PLAIN)
    assert pairs(path) == [PLAIN_PAIRS]


@pytest.mark.parametrize("words", KEPT)
def test_an_underscore_among_words_is_kept(tmp_path, words):
    shown = sentence(*((number, form, tag, 0) for number, (form, tag) in enumerate(words, 1)))
    path = write(tmp_path, "en_own-ud-test.conllu", shown)
    assert pairs(path) == [words]


def test_a_treebank_that_is_masked_as_a_whole_is_an_error(tmp_path):
    path = write(tmp_path, "en_own-ud-test.conllu", sentence((1, "_", "NOUN", 0)))
    with pytest.raises(DataError, match="no example of language 'en' for split 'test'"):
        read(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (PLAIN + "1\tAda\tPROPN\n", r":5: expected 10 tab-separated columns of CoNLL-U, got 3"),
        (line("one", "Ada", "PROPN", 0), r":1: expected an id such as 3, 3-4 or 3\.1, got 'one'"),
        (line(1, "Ada", "NAME", 0), r":1: unknown label 'NAME', expected one of ADJ, ADP"),
        (line(1, "Ada", "_", 0), r":1: unknown label '_'"),
        (line(1, "a", "X", 0) + line("2-3", "bc") + line(2, "b", "X", 1), r":2: multi-word token 'bc' covers words"),
        (line("2-1", "ab") + line(1, "a", "X", 0) + line(2, "b", "X", 1), r":1: multi-word token 'ab' covers words"),
        (line("1-99999999999", "ab") + line(1, "a", "X", 0), r":1: multi-word token 'ab' covers words"),
        (line("1-2", "ab") + "\n" + PLAIN, r":1: multi-word token 'ab' covers words that its sentence lacks"),
        (
            line("1-2", "ab") + line("2-3", "bc") + "".join(line(node, "x", "X", 0) for node in (1, 2, 3)),
            r":2: multi-word token 'bc' overlaps another multi-word token",
        ),
        (PLAIN.rstrip("\n") + "\n" + PLAIN, r":4: duplicate word id 1 in a sentence"),
    ],
)
def test_what_is_not_conllu_is_an_error_with_file_and_line(tmp_path, content, problem):
    path = write(tmp_path, "en_own-ud-test.conllu", content)
    with pytest.raises(DataError, match=r"en_own-ud-test\.conllu" + problem):
        read(path)


def test_bytes_that_are_not_utf8_are_an_error_with_file_and_line(tmp_path):
    path = write(tmp_path, "de_own-ud-test.conllu", line(1, "Köln", "PROPN", 0).encode("latin-1"))
    with pytest.raises(DataError, match=r"de_own-ud-test\.conllu:1: .*not UTF-8"):
        read(path)


@st.composite
def graphs(draw):
    """Draw the words of a sentence, in any graph, and a multi-word token of some of them."""
    size = draw(st.integers(2, 7))
    heads = st.frozensets(st.integers(0, size), max_size=3)
    tags = st.sampled_from(["VERB", "NOUN", "ADP", "DET"])
    words = {node: Word(node, f"w{node}", draw(tags), draw(heads)) for node in range(1, size + 1)}
    first = draw(st.integers(1, size - 1))
    return words, range(first, draw(st.integers(first + 1, size)) + 1)


@given(graphs())
def test_the_kept_word_has_the_fewest_ancestors_as_networkx_counts_them(drawn):
    words, nodes = drawn
    graph = networkx.DiGraph((head, node) for node, word in words.items() for head in word.heads)
    graph.add_nodes_from(words)
    ranking = ["VERB", "NOUN", "ADP", "DET"]
    order = {node: (len(networkx.ancestors(graph, node)), ranking.index(words[node].tag), node) for node in nodes}
    result = fuse(words, [MultiWord(0, "fused", nodes)], ranking)
    kept = min(order, key=order.__getitem__)
    expected = [node for node in words if node not in nodes or node == kept]
    assert [word.line for word in result] == expected
    assert [word.form for word in result if word.line == kept] == ["fused"]


ROWS = st.lists(st.tuples(st.sampled_from(["Ada", "sang", "_", "10\xa0000", "#", "\u200c"]), st.sampled_from(LABELS)))


@given(drawn=st.lists(ROWS.filter(bool), min_size=1, max_size=4))
def test_sentences_are_read_as_they_were_written(folder, drawn):
    written = "".join(
        sentence(*((node, form, tag, 0) for node, (form, tag) in enumerate(rows, 1)))
        for rows in [*drawn, [("Ada", "X")]]
    )
    expected = [
        [(form.replace("\u200c", ""), tag) for form, tag in rows]
        for rows in drawn
        if "_" not in [form for form, _ in rows] or [form for form, _ in rows].count("_") < len(rows) - 1
    ]
    assert pairs(write(folder, "en_own-ud-test.conllu", written)) == [*expected, [("Ada", "X")]]


LINES = st.one_of(
    st.sampled_from(["", "# text", "no columns"]),
    st.builds(
        line,
        st.sampled_from(["1", "2", "3", "1-2", "2-3", "3-1", "1.1", "_", "²", "x"]),
        st.sampled_from(["a", "_", ""]),
        st.sampled_from(["X", "NOUN", "_"]),
        st.sampled_from(["0", "1", "2", "9", "_", "²"]),
        st.sampled_from(["_", "1:x|2:y", "²:x", "|:", "1"]),
    ).map(lambda text: text.rstrip("\n")),
)


@given(lines=st.lists(LINES, max_size=8))
def test_any_lines_are_read_or_refused(folder, lines):
    path = write(folder, "en_own-ud-test.conllu", "\n".join(lines))
    try:
        rows = read(path)
    except DataError:
        return
    assert all(len(row["tokens"]) == len(row["tags"]) > 0 for row in rows)
