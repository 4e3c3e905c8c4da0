"""Results and progress in the shell of a notebook: IPython itself, where it is installed."""

from __future__ import annotations

import pytest

from xharness.run.progress import progress

pytest.importorskip("IPython", reason="IPython is not installed")


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Return a shell that has a kernel, as that of a notebook has."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    monkeypatch.setattr(shell, "kernel", object(), raising=False)
    yield shell
    InteractiveShell.clear_instance()


def shown(shell, code, **names):
    """Run a cell and return the HTML of its outputs."""
    from IPython.utils.capture import capture_output

    shell.user_ns.update(names)
    with capture_output() as captured:
        shell.run_cell(code).raise_error()
    return [output.data["text/html"] for output in captured.outputs]


def test_a_result_is_a_table(shell, evaluate):
    result = evaluate("toy-pairs", languages="sw")
    [html] = shown(shell, "display(result)", result=result)
    assert shell.display_formatter.format(result)[0]["text/html"] == html  # the value of a cell is shown alike
    assert "<table>" in html
    assert '<td style="text-align: left">toy-pairs</td>' in html


def test_progress_replaces_one_output(shell):
    def work():
        lines = progress()
        lines.begin(2, 0)
        for number in range(2):
            lines.cell(f"<task> {number}")

    outputs = shown(shell, "work()", work=work)
    assert len(outputs) == 3
    assert "[2/2]  &lt;task&gt; 1" in outputs[-1]
