"""Plain progress: counts and speed."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

from xharness.run import progress as module
from xharness.run.notebook import in_notebook
from xharness.run.progress import progress


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_the_time_of_a_training_does_not_count(clock, capsys):
    display = module.progress()
    display.begin(3, 1)
    display.stage("finetune on xnli (en), seed 1")
    clock[0] += 100
    display.train({"step": 10, "total_steps": 10, "loss": 0.5, "dev": 80.0})
    clock[0] += 2
    display.tokens(1000)
    display.cell("xnli sw  accuracy 40.0")
    display.cell("xnli de  accuracy 50.0")
    assert capsys.readouterr().err.splitlines() == [
        "3 cells, 1 of them cached",
        "finetune on xnli (en), seed 1",
        "   step 10/10  loss 0.500  dev 80.00",
        "[2/3]  xnli sw  accuracy 40.0  500 tokens/s  about 2 s left",
        "[3/3]  xnli de  accuracy 50.0  500 tokens/s",
    ]


def test_trainings_beside_other_work_are_named_and_leave_the_speed_of_predictions(clock, capsys):
    display = module.progress()
    display.begin(2, 0)
    clock[0] += 100
    display.train({"step": 1, "total_steps": 10, "loss": 0.5}, "finetune on xnli (en), seed 1")
    display.train({"step": 1, "total_steps": 20, "loss": 0.6}, "finetune on panx (en), seed 1")
    display.train({"step": 2, "total_steps": 20, "loss": 0.4}, "finetune on panx (en), seed 1")  # too soon to be shown
    clock[0] += 2
    display.tokens(1000)
    display.train({"step": 3, "total_steps": 20, "loss": 0.3}, "finetune on panx (en), seed 1")
    display.cell("udpos sw  f1 40.0")
    assert capsys.readouterr().err.splitlines() == [
        "2 cells",
        "   step 1/10  loss 0.500  finetune on xnli (en), seed 1",
        "   step 1/20  loss 0.600  finetune on panx (en), seed 1",
        "[1/2]  udpos sw  f1 40.0  500 tokens/s  about 2 s left",
    ]


def test_one_cell_and_none(capsys):
    display = module.progress()
    display.begin(1, 0)
    display.begin(0, 0)
    assert capsys.readouterr().err == "1 cell\nno cell can be run\n"


def test_in_a_notebook_the_last_lines_stand_in_one_output(monkeypatch):
    shown = []
    handle = SimpleNamespace(update=shown.append)
    display = SimpleNamespace(HTML=str, display=lambda html, display_id: shown.append(html) or handle)
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()), display=display)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    lines = progress()
    lines.begin(20, 0)
    for number in range(20):
        lines.cell(f"<task> {number}")
    assert len(shown) == 21
    assert "[20/20]  &lt;task&gt; 19" in shown[-1]
    assert "&lt;task&gt; 7" not in shown[-1]
    monkeypatch.setattr(ipython, "get_ipython", lambda: None)
    assert not in_notebook()


def _read(leader):
    """Read all that was written to a terminal whose other end is closed; the kernel hands it over in parts."""
    parts = []
    with suppress(OSError):  # the end
        while part := os.read(leader, 100_000):
            parts.append(part)
    os.close(leader)
    return b"".join(parts).decode()


@pytest.mark.parametrize("no_color", [False, True])
def test_a_terminal_gets_colours_unless_the_user_wants_none(monkeypatch, no_color):
    """`ESC [ ... m` is a colour or style; other codes move the cursor."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.setenv("NO_COLOR", "1") if no_color else monkeypatch.delenv("NO_COLOR", raising=False)
    leader, follower = pty.openpty()
    with open(follower, "w", encoding="utf-8") as terminal:  # noqa: PTH123 - a descriptor has no path
        monkeypatch.setattr(sys, "stderr", terminal)
        lines = progress()
        lines.begin(2, 0)
        lines.cell("xnli sw")
        lines.end()
    shown = _read(leader)
    assert "xnli sw" in shown
    colours = re.findall(r"\x1b\[(?:[0-9;]*;)?(?:3[0-9]|9[0-7])(?:;[0-9;]*)?m", shown)
    assert bool(colours) is not no_color


def test_a_pipe_gets_no_codes(capsys):
    lines = progress()
    lines.begin(2, 0)
    lines.cell("xnli sw")
    lines.end()
    assert "xnli sw" in (err := capsys.readouterr().err)
    assert "\x1b" not in err


def test_a_closed_pipe_ends_the_lines_and_not_the_run(tmp_path):
    """As in `xharness run MODEL 2>&1 | head -1`: what is computed after the reader has left is kept."""
    code = (
        "from xharness.run.progress import progress, write_line\n"
        "import sys\n"
        "display = progress()\n"
        "display.begin(2, 0)\n"
        "sys.stdin.read()\n"
        "display.cell('xnli sw')\n"
        "display.cell('xnli de')\n"
        "write_line('more')\n"
        "open('done', 'w').close()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, **pipes)
    assert process.stderr.readline() == b"2 cells\n"
    process.stderr.close()
    process.stdin.close()
    assert process.wait() == 0
    assert (tmp_path / "done").exists()
