"""wikipedia: what it declares, and what is read of a hub repository, of files, and of the grammars."""

from __future__ import annotations

import pytest

from tests.plugins.sources.repos import TEXT, repository
from xharness import LANGUAGES, DataError, DataOptions
from xharness_plugins.sources.hub import HUB
from xharness_plugins.sources.local import LOCAL
from xharness_plugins.sources.mini import MINI
from xharness_tasks import wikipedia
from xharness_tasks.wikipedia import WIKIPEDIA

COLUMNS = dict.fromkeys(("id", "url", "title", "text"), TEXT)


def article(number, text):
    return {"id": str(number), "url": f"https://x/{number}", "title": f"T{number}", "text": text}


def texts(source, split, language="sw", **options):
    return source.load(WIKIPEDIA, language, split, DataOptions(**options))["text"]


@pytest.fixture
def hub(tmp_path):
    """A copy of the repository, with 60 articles of three lines in its first file, and another file."""
    folder = tmp_path / "wikimedia/wikipedia"
    rows = [article(number, f"{number} one\n\n{number} two\n{number} three\n") for number in range(60)]
    repository(folder, {"20231101.sw": {"train": rows}, "20231101.de": {}}, COLUMNS)
    first = folder / "20231101.sw" / "train-00000-of-00001.parquet"
    first.rename(first.with_name("train-00000-of-00002.parquet"))
    first.with_name("train-00001-of-00002.parquet").write_bytes(b"never read")
    return tmp_path


def test_it_has_texts_of_all_languages_and_no_score():
    assert WIKIPEDIA.languages == tuple(LANGUAGES)
    assert (WIKIPEDIA.metric_names, WIKIPEDIA.headline_names, WIKIPEDIA.kind.capability) == ((), (), "fill")


def test_lines_of_articles_are_read_from_the_first_file_and_every_fiftieth_article_is_held_out(hub):
    held = texts(HUB, "dev", root=hub)
    assert held == ["0 one", "0 two", "0 three", "50 one", "50 two", "50 three"]
    learnt = texts(HUB, "train", root=hub)
    assert learnt[:4] == ["1 one", "1 two", "1 three", "2 one"]
    assert len(learnt) == 3 * 58
    assert not set(held) & set(learnt)


def test_no_more_is_read_than_is_kept(hub, monkeypatch):
    read = []
    monkeypatch.setattr(wikipedia, "MOST", {"train": 5, "dev": 2})
    articles = (read.append(number) or article(number, "a\nb") for number in range(1000))
    assert len(list(wikipedia.read_train(articles, "sw"))) == 5
    assert len(read) < 6
    assert texts(HUB, "dev", root=hub) == ["0 one", "0 two"]


def test_splits_of_the_hub_have_fingerprints_of_their_own(hub):
    one, two = (HUB.fingerprint(WIKIPEDIA, "sw", split, DataOptions(root=hub)) for split in ("train", "dev"))
    assert one != two


def test_a_language_that_the_copy_lacks_is_an_error_that_names_it(hub):
    with pytest.raises(DataError, match=r"20231101\.de"):
        texts(HUB, "train", "de", root=hub)


def test_a_file_of_ones_own_has_a_text_a_line(tmp_path):
    (tmp_path / "wikipedia").mkdir()
    (tmp_path / "wikipedia/sw.txt").write_text("".join(f"mstari {number}\n" for number in range(100)), "utf-8")
    assert texts(LOCAL, "dev", root=tmp_path) == ["mstari 0", "mstari 50"]
    assert len(texts(LOCAL, "train", root=tmp_path)) == 98
    with pytest.raises(DataError, match=r"wikipedia fi train: no files below .*; expected one of wikipedia/fi\.txt"):
        texts(LOCAL, "train", "fi", root=tmp_path)


def test_made_up_texts_are_sentences_and_those_held_out_are_others():
    learnt, held = texts(MINI, "train"), texts(MINI, "dev")
    assert (len(learnt), len(held)) == (1000, 100)
    assert len(set(held) - set(learnt)) > 50
