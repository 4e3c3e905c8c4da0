"""The executor of the guide runs whole suites; what a third party's executor leaves undone is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.plugins.executors.conftest import MORTAL
from tests.plugins.executors.test_processes import reasons, scores
from tests.run.conftest import TOY
from xharness import api
from xharness.errors import StoreError
from xharness.registry import Registry

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "extend.md"
FORGETFUL = """
from xharness import Executor, hookimpl

def run(works, perform, emit, resources):
    perform(works[0], emit)

@hookimpl
def xharness_executors():
    yield Executor(name="forgetful", summary="performs the first work", run=run)
"""


@pytest.fixture
def run(tmp_path):
    (block,) = (text for text in re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S) if "Pool" in text)
    (tmp_path / "threads.py").write_text(block, encoding="utf-8")
    (tmp_path / "forgetful.py").write_text(FORGETFUL, encoding="utf-8")
    plugins = (TOY, MORTAL, str(tmp_path / "threads.py"), str(tmp_path / "forgetful.py"))
    registry = Registry.load(plugins, third_parties=False)

    def _run(model, executor, **wishes):
        given = {"model": f"mortal:{model}", "source": "toy", "dtype": "float32", "executor": executor, **wishes}
        where = {"out": tmp_path / executor, "store": tmp_path / f"{executor}-store"}
        return api.run(api.build(given), registry=registry, **where)

    return _run


def test_the_executor_of_the_guide_gives_what_local_gives(run, mortal):
    model = mortal()
    one, other = run(model, "local", suite="toys"), run(model, "threads", suite="toys", workers=3)
    assert {cell["status"] for cell in other["cells"]} == {"ok"}
    assert scores(other) == scores(one)
    tokens = [sorted((row["work"], row["tokens"]) for row in found["run"]["timing"]) for found in (one, other)]
    assert tokens[0] == tokens[1]


def test_a_failed_work_of_the_executor_of_the_guide_fails_its_cells_alone(run, mortal):
    results = run(mortal("failed"), "threads", tasks=["toy-tags", "toy-pairs"])
    assert reasons(results) == {("toy-tags", "failed", "RuntimeError: no luck"), ("toy-pairs", "ok", None)}


def test_what_the_executor_of_the_guide_cannot_save_ends_the_run(run, mortal):
    with pytest.raises(StoreError, match="no space left"):
        run(mortal("full"), "threads", tasks=["toy-tags", "toy-pairs"])


def test_what_an_executor_leaves_undone_fails_with_its_name(run, mortal):
    results = run(mortal(), "forgetful", tasks=["toy-tags", "toy-pairs"], languages=["en"])
    reason = "executor 'forgetful' did not run this work; report this as a bug of the executor"
    assert reasons(results) == {("toy-tags", "failed", reason), ("toy-pairs", "failed", reason)}
