"""A real checkpoint on real benchmark files, its scores computed a second way that shares no code with the harness."""

from __future__ import annotations

import json
import re
import string
from collections import Counter

import pytest

from tests.real import arrange
from xharness import api
from xharness.registry import Registry

pytestmark = [pytest.mark.shared, pytest.mark.checkpoint, pytest.mark.slow(minutes=3)]

FAST = {"epochs": "1", "learning_rate": "2e-4", "warmup_steps": "0"}
LIMIT = 24


@pytest.fixture(scope="session")
def real(shared_data, tmp_path_factory):
    return arrange(shared_data, tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="session")
def run(real, minilm, tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    registry = Registry.load(third_parties=False)

    def _run(name, **wishes):
        request = api.build({"model": str(minilm), "source": "local", "data": str(real), "dtype": "float32", **wishes})
        return api.run(request, registry=registry, out=root / name, store=root / "store"), root / name

    return _run


@pytest.fixture(scope="session")
def nine(run):
    """Every task on a few examples in English, German and Chinese, where the files have them."""
    common = {"languages": ["en", "de", "zh"], "limit": LIMIT, "params": FAST, "dtype": "auto"}
    test = run("test", tasks=["udpos", "xquad", "tydiqa", "tatoeba"], **common)
    dev = run("dev", tasks=["xnli", "pawsx", "panx", "mlqa"], split="dev", **common)
    mining = run("mining", tasks=["bucc2018"], split="dev", languages=["zh"], limit=300, dtype="auto")
    return {"test": test, "dev": dev, "mining": mining}


def cells(found, task):
    return {cell["language"]: cell for cell in found[0]["cells"] if cell["task"] == task}


def predictions(found, cell):
    return [json.loads(line) for line in (found[1] / cell["predictions"]).read_text("utf-8").splitlines()]


def test_all_nine_tasks_have_scores(nine):
    three = {"en", "de", "zh"}
    expected = {
        "test": {"udpos": three, "xquad": three, "tydiqa": {"en"}, "tatoeba": {"de", "zh"}},
        "dev": {"xnli": three, "pawsx": three, "panx": three, "mlqa": {"en", "de"}},
        "mining": {"bucc2018": {"zh"}},
    }
    for part, tasks in expected.items():
        for task, languages in tasks.items():
            scored = {code for code, cell in cells(nine[part], task).items() if cell["status"] == "ok"}
            assert scored == languages, (task, [cell["reason"] for cell in cells(nine[part], task).values()])


def test_named_entities_score_as_seqeval_says(nine, real):
    from seqeval.metrics import f1_score, precision_score, recall_score

    for language, cell in cells(nine["dev"], "panx").items():
        text = (real / "panx" / f"dev-{language}.tsv").read_text("utf-8")
        gold = [[line.split("\t")[1] for line in block.split("\n") if line] for block in text.strip("\n").split("\n\n")]
        ours = [row["prediction"] for row in predictions(nine["dev"], cell)]
        assert [len(tags) for tags in ours] == [len(tags) for tags in gold[:LIMIT]]
        for name, function in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
            assert cell["metrics"][name]["value"] == pytest.approx(100 * function(gold[:LIMIT], ours), abs=1e-9)


def words(text):
    """SQuAD's normaliser, written anew."""
    kept = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", kept).split()


def overlap(ours, gold):
    common = sum((Counter(ours) & Counter(gold)).values())
    return 0.0 if not common else 2 * common / (len(ours) + len(gold))


def test_answers_score_as_counted_by_hand(nine, real):
    found = json.loads((real / "xquad" / "xquad.en.json").read_text("utf-8"))
    asked = [qa for article in found["data"] for paragraph in article["paragraphs"] for qa in paragraph["qas"]]
    gold = {qa["id"]: [answer["text"] for answer in qa["answers"]] for qa in asked[:LIMIT]}
    cell = cells(nine["test"], "xquad")["en"]
    ours = {row["id"]: row["prediction"] for row in predictions(nine["test"], cell)}
    assert ours.keys() == gold.keys()
    exact = [any(words(ours[name]) == words(text) for text in texts) for name, texts in gold.items()]
    f1 = [max(overlap(words(ours[name]), words(text)) for text in texts) for name, texts in gold.items()]
    assert cell["metrics"]["exact_match"]["value"] == pytest.approx(100 * sum(exact) / LIMIT)
    assert cell["metrics"]["f1"]["value"] == pytest.approx(100 * sum(f1) / LIMIT)


def test_every_answer_stands_in_its_context(nine, real):
    for task, path in (("xquad", "xquad/xquad.zh.json"), ("xquad", "xquad/xquad.de.json")):
        found = json.loads((real / path).read_text("utf-8"))
        paragraphs = [paragraph for article in found["data"] for paragraph in article["paragraphs"]]
        contexts = {qa["id"]: paragraph["context"] for paragraph in paragraphs for qa in paragraph["qas"]}
        language = path.split(".")[1]
        for row in predictions(nine["test"], cells(nine["test"], task)[language]):
            assert row["prediction"] in contexts[row["id"]]


def test_sentence_retrieval_is_that_of_sentence_transformers(run, real, minilm):
    import numpy as np
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(minilm), device="cpu", local_files_only=True)
    found = run("tatoeba", tasks=["tatoeba"], languages=["sw", "ka"])
    for language, code in (("sw", "swh"), ("ka", "kat")):
        folder = real / "tatoeba" / "v1"
        foreign, english = (
            [line.strip() for line in (folder / f"tatoeba.{code}-eng.{side}").read_text("utf-8").strip().split("\n")]
            for side in (code, "eng")
        )
        left, right = (model.encode(texts, normalize_embeddings=True) for texts in (english, foreign))
        scores = left @ right.T
        hits = scores.argmax(axis=1) == np.arange(len(english))
        reverse = scores.argmax(axis=0) == np.arange(len(english))
        metrics = cells(found, "tatoeba")[language]["metrics"]
        # One sentence may fall the other way by rounding.
        one = 100 / len(english) + 1e-9
        assert metrics["accuracy"]["value"] == pytest.approx(100 * hits.mean(), abs=one)
        assert metrics["accuracy_xx_en"]["value"] == pytest.approx(100 * reverse.mean(), abs=one)


def test_mined_pairs_score_as_counted_by_hand(nine, real):
    cell = cells(nine["mining"], "bucc2018")["zh"]
    mined = {(row["source"], row["target"]) for row in predictions(nine["mining"], cell)}
    lines = (real / "bucc2018" / "zh-en.dev.gold").read_text("utf-8").splitlines()
    gold = {tuple(line.split("\t")) for line in lines}
    f1 = 200 * len(mined & gold) / (len(mined) + len(gold))
    assert cell["metrics"]["f1"]["value"] == pytest.approx(f1)


def test_english_tagging_is_that_of_a_fine_tuned_encoder(run):
    """A wrong alignment of words and tokens cannot hide: 1,000 sentences seen twice are enough for nine in ten."""
    params = {"epochs": "2", "learning_rate": "5e-4", "selection": "last"}
    found = run("tagging", tasks=["udpos"], languages=["en"], limit=1000, params=params, dtype="auto")
    assert cells(found, "udpos")["en"]["metrics"]["f1"]["value"] > 90
