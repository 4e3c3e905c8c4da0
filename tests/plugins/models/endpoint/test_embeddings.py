"""Vectors of an endpoint: in order, of length 1, several texts in a request, each asked once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.endpoint_server import raw, vector
from xharness import StageError

TEXTS = [f"a{'b' * (number % 7)}c" for number in range(70)] + [""]


@pytest.fixture
def folder(server, tmp_path):
    return server.folder(tmp_path / "vectors", "embeddings")


def embed(model, texts=TEXTS):
    return np.concatenate(list(model.embed(iter(texts))))


def test_vectors_are_those_of_the_server_with_length_1(server, folder, load):
    found = embed(load(folder, "embed", texts=8))
    plain = np.array([vector(text or " ") for text in TEXTS])
    expected = plain / np.linalg.norm(plain, axis=1, keepdims=True)
    assert found.dtype == np.float32 and np.allclose(found, expected, atol=1e-6)
    assert all(len(body["input"]) <= 8 for _, body in server.asked)


def test_each_text_is_asked_once_in_whatever_groups(server, folder, load):
    first = embed(load(folder, "embed", texts=8, concurrency=1), TEXTS[:40])
    again = load(folder, "embed", texts=5, concurrency=1)
    found = embed(again)
    assert np.array_equal(found[:40], first)
    asked = [text for _, body in server.asked for text in body["input"]]
    assert sorted(asked) == sorted({text or " " for text in TEXTS})


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('{"data": []}', "0 vectors for 2 texts; lower --param texts"),
        ('{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}', "2 vectors for 2 texts"),
        ('{"data": [{"embedding": [1]}, {"embedding": []}]}', "embedding: expected a list of numbers, got"),
        ('{"data": [{"embedding": [1]}, {"embedding": [NaN]}]}', "embedding: expected a list of numbers, got"),
        ('{"data": [{"embedding": [1]}, {"embedding": [1, 2]}]}', "vectors of several lengths"),
        ('{"vectors": []}', "the answer has another form than the api embeddings: expected an object with data"),
    ],
)
def test_vectors_that_cannot_be_used_are_refused(server, folder, load, body, problem):
    server.fail(raw(body))
    with pytest.raises(StageError, match=problem):
        embed(load(folder, "embed"), ["one", "two"])


def test_vectors_of_another_length_are_refused(server, folder, load):
    server.fail(raw('{"data": [{"embedding": [1, 2]}]}'), part="two")
    with pytest.raises(StageError, match='change "version"'):
        embed(load(folder, "embed", texts=1), ["one", "two"])
