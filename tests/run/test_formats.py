"""Export formats of plugins: files are written below the output folder only."""

from __future__ import annotations

import pytest

from tests.run.conftest import TOY
from xharness import BadRequest, PluginError
from xharness.registry import Registry
from xharness.run.export.export import export

PLUGIN = """
from xharness import Export, Format, hookimpl

def make(run, specs, seed):
    text = f"{run.name} {seed} {specs.get('tasks', 'toy-parity').kind.name}"
    return Export({FILES!r: text.encode()}, ("lost",), ("known",))

@hookimpl
def xharness_formats():
    yield Format(name="plain", summary="a line", make=make)
"""


@pytest.fixture
def plugged(tmp_path):
    def written(name):
        file = tmp_path / "plain.py"
        file.write_text(PLUGIN.replace("FILES!r", repr(name)), encoding="utf-8")
        return Registry.load([TOY, str(file)], third_parties=False)

    return written


def test_a_plugin_makes_the_files_of_its_format(run, plugged, tmp_path):
    run(tasks=["toy-parity"], languages=["sw"], seeds=[1, 2])
    registry = plugged(".a/b.txt")
    done = export(tmp_path / "out", "plain", tmp_path / "s", registry, seed=2)
    assert (done.files, done.missing, done.remarks) == ((tmp_path / "s/.a/b.txt",), ("lost",), ("known",))
    assert done.files[0].read_text("utf-8") == "out 2 classification"
    with pytest.raises(BadRequest, match=r"^unknown format 'plian'; did you mean plain\?$"):
        export(tmp_path / "out", "plian", tmp_path / "t", registry)


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "C:x", "a\\..\\..\\x", "", ".", "a//b", "a/./b"])
def test_no_file_lies_outside_the_folder(run, plugged, tmp_path, name):
    run(tasks=["toy-parity"], languages=["sw"])
    before = set(tmp_path.rglob("*"))
    registry = plugged(name)
    with pytest.raises(PluginError, match=r"^format 'plain' returned the file name .*, not a path below the folder$"):
        export(tmp_path / "out", "plain", tmp_path / "s/t", registry)
    assert set(tmp_path.rglob("*")) - before <= {tmp_path / "plain.py"}


@pytest.mark.parametrize("form", ["submission", "labels", "csv"])
def test_a_seed_that_was_not_run_is_refused(run, registry, tmp_path, form):
    run(tasks=["toy-parity"], languages=["sw"])
    with pytest.raises(BadRequest, match=r"^--seed 4: the run has only seed 1$"):
        export(tmp_path / "out", form, tmp_path / "s", registry, seed=4)
    assert not (tmp_path / "s").exists()


def test_a_number_that_is_none_is_refused(run, registry, tmp_path):
    run(tasks=["toy-parity"], languages=["sw"])
    file = tmp_path / "out/results.json"
    file.write_text(file.read_text("utf-8").replace('"seed": 1', '"seed": NaN', 1), encoding="utf-8")
    with pytest.raises(BadRequest, match="contains NaN"):
        export(tmp_path / "out", "csv", tmp_path / "s", registry)
