"""Keys of artifacts are promises: a store that an older xharness filled is served from.

`keys.json` holds a digest of the keys that each recipe makes for each task: of the whole plan, and of the scores, in
every language. A key may change only where what it stands for has changed; then the changelog says so, and

    python -m tests.golden.test_keys

writes the file anew.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from xharness import BadRequest, ModelInfo
from xharness.experiment import files, running
from xharness.planner import make
from xharness.registry import Registry
from xharness.request import build, resolve
from xharness.run.records.cell_scores import score_key
from xharness.run.searches.vector_search import vectors_key

HERE = Path(__file__).parent
GOLDEN = HERE / "keys.json"
SEVERAL, ONE = {"intermediate": "anli_plus,hellaswag"}, {"intermediate": "mnli"}
MADE = {"translations": "translator"}
# By name: the recipe, and what the request says beside it.
VARIANTS = {
    "zero-shot": {},
    "zero-shot by dev": {"params": {"selection": "dev", "epochs": "2.5", "learning_rate": "1e-5"}},
    "zero-shot by oracle": {"params": {"selection": "oracle"}},
    "zero-shot limited": {"limit": 50, "seeds": [7], "params": {"layer": "3", "pooling": "cls", "max_length": "96"}},
    "zero-shot exact on dev": {"exact": True, "split": "dev"},
    "zero-shot st": {"model": "embedder"},
    "as-is": {},
    "as-is with a head": {"model": "classifier"},
    "few-shot": {"params": {"shots": "5", "draw": "2"}},
    "in-language": {},
    "in-language-multi": {"params": {"exponent": "0.5"}},
    "joint": {"params": {"exponent": "0.5"}},
    "intermediate": {"params": ONE},
    "intermediate with its head": {"params": {"intermediate": "squad_v2", "carry": "encoder+matching-head"}},
    "intermediate with a new pooler": {"params": {**ONE, "carry": "encoder", "intermediate_epochs": "1"}},
    "intermediate-mlm": {"params": {"intermediate": "mnli", "mlm_share": "0.3"}},
    "intermediate-multi": {"params": {"intermediate": "anli_plus,hellaswag,squad_v2", "selection": "dev"}},
    "intermediate-translated": {"params": {"intermediate": "squad_v1"}},
    "intermediate-translated by a checkpoint": {
        "params": {"intermediate": "squad_v1", "languages": "sw,de", "rows": "100", **MADE}
    },
    "lora": {"params": {"rank": "8", "lora_targets": "value,query"}},
    "merge": {"params": {**SEVERAL, "method": "ties"}},
    "mlm-continued": {"params": {"mlm_languages": "sw,de"}},
    "multi-task": {"params": SEVERAL},
    "translate-test": {},
    "translate-test by a checkpoint": {"params": {**MADE, "beams": "2"}},
    "translate-train": {},
    "translate-train by a checkpoint": {"params": MADE},
    "translate-train-all": {"params": {"include_source": "false"}},
}  # fmt: skip


def _info(reference: str, adapter: str, **more) -> ModelInfo:
    return ModelInfo(
        reference=reference, adapter=adapter, path=Path(reference), revision=None, fingerprint=f"{reference}-f00",
        architecture="BertModel", hidden_size=768, layers=12, parameters=1000, bytes=4000, max_length=512, **more,
    )  # fmt: skip


MODELS = {
    "model": _info("model", "hf"),
    "FacebookAI/xlm-roberta-large": _info("large", "hf"),
    "embedder": _info("embedder", "st", ready=frozenset({"embed"})),
    "classifier": _info(
        "classifier", "hf", ready=frozenset({"classify"}), labels=("contradiction", "entailment", "neutral")
    ),
    "translator": _info("translator", "seq2seq", ready=frozenset({"translate"})),
}


@pytest.fixture(autouse=True)
def _models(monkeypatch):
    patch(monkeypatch.setattr)


def patch(setattr) -> None:
    """Let every model be found that `MODELS` names."""

    def find(reference, registry, options):
        return registry.get("models", MODELS[reference].adapter), MODELS[reference]

    setattr("xharness.request.find", find)
    setattr("xharness.planner.find", find)


@pytest.fixture(scope="module")
def registry():
    return load()


def load() -> Registry:
    return Registry.load([str(HERE / "source.py")], third_parties=False)


@pytest.fixture(scope="module")
def golden():
    return json.loads(GOLDEN.read_text("utf-8"))


def plan_of(registry, variant: str, task):
    given = {"model": "model", "recipe": variant.split()[0], "tasks": [task.name], "source": "golden"}
    return make(resolve(build({**given, **VARIANTS[variant]}), registry), registry, "float32")


def keys_of(registry, variant: str, task) -> list[list[str]]:
    """Return the keys of a plan's jobs, of its predictions by language, and of their scores."""
    plan = plan_of(registry, variant, task)
    jobs = [[job.kind, job.key] for job in plan.jobs.values()]
    cells = [
        [
            cell.place.language,
            key,
            score_key(registry, task, cell.place.language, plan.jobs[key], plan.inputs.get(cell)),
        ]
        for cell, key in sorted(plan.predictions.items(), key=lambda item: item[0].place.language)
    ]
    return [*jobs, *cells]


def digests_of(registry, variant: str) -> dict[str, str]:
    found = {}
    for task in registry.all("tasks"):
        try:
            keys = keys_of(registry, variant, task)
        except BadRequest:
            continue  # neither tasks that are only trained on nor those that a recipe refuses
        found[task.name] = hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:16]
    return found


def experiment_digests(registry) -> dict[str, str]:
    """Return a digest of the keys of each row of the paper's matrix, layers of the sweep included."""
    path = HERE.parents[1] / "experiments" / "phang2020.toml"
    wished = files.read(path, {"source": "golden", "dtype": "float32", "device": "cpu"})
    rows: dict[str, list[str]] = {}
    for part in running.parts_of(wished, registry):
        rows.setdefault(part.row.name, []).extend(sorted(part.plan.jobs) if part.plan else [str(part.plan)])
    return {name: hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:16] for name, keys in rows.items()}


def vectors(registry) -> str:
    """Return the name of the folder that holds the vectors of a checkpoint."""
    plan = plan_of(registry, "zero-shot", registry.get("tasks", "tatoeba"))
    described = {"layer": 8, "pooling": "mean", "max_length": 512, "device": "cpu"}
    return vectors_key(next(plan.of_kind("predict")), described)


@pytest.mark.parametrize("variant", VARIANTS)
def test_keys_are_those_of_older_stores(registry, golden, variant):
    found = digests_of(registry, variant)
    assert found
    assert found == golden["recipes"][variant]


def test_every_recipe_and_every_evaluated_task_is_among_them(registry, golden):
    assert {variant.split()[0] for variant in VARIANTS} == set(registry.names("recipes"))
    assert golden["recipes"].keys() == VARIANTS.keys()
    # An encoder cannot be asked what has no native way.
    evaluated = {task.name for task in registry.all("tasks") if task.metric_names and task.kind.ways[0].native}
    assert set(golden["recipes"]["zero-shot"]) == evaluated


def test_the_matrix_of_the_paper_has_the_keys_that_it_had(registry, golden):
    assert experiment_digests(registry) == golden["phang2020"]


def test_vectors_that_were_embedded_before_are_found_again(registry, golden):
    assert vectors(registry) == golden["vectors"]


def main() -> None:
    patch(lambda target, value: setattr(__import__(target.rpartition(".")[0], fromlist=["x"]), "find", value))
    registry = load()
    content = {
        "recipes": {variant: digests_of(registry, variant) for variant in VARIANTS},
        "phang2020": experiment_digests(registry),
        "vectors": vectors(registry),
    }
    GOLDEN.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
