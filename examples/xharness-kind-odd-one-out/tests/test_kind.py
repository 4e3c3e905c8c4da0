"""The kind reads its examples and finds the odd text."""

import numpy as np
import pytest
from xharness import DataOptions
from xharness.registry import Registry

REGISTRY = Registry.load(["xharness_odd_one_out"], third_parties=False)
TASK = REGISTRY.get("tasks", "odd-one-out")


@pytest.mark.parametrize("language", TASK.languages)
def test_the_odd_text_is_found_if_its_vector_is_another(language):
    rows = REGISTRY.get("sources", "local").load(TASK, language, "test", DataOptions())
    texts = TASK.kind.search.read({"examples": rows}, None)
    odd = {row["texts"][row["odd"]] for row in rows}
    vectors = np.array([[0.0, 1.0] if text in odd else [1.0, 0.0] for text in texts.texts["texts"]])
    found, _ = TASK.kind.search.find(texts, {"texts": vectors})
    predictions, gold = TASK.kind.predictions(found), TASK.kind.gold(rows)
    metric = REGISTRY.get("metrics", TASK.kind.metrics[0])
    assert metric.compute(predictions, gold, language).values == {metric.name: 100.0}
