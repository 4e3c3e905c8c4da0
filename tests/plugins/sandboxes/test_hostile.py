"""Each hostile program is contained and scored as failed; the sandbox works afterwards and nothing is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.plugins.sandboxes.hostile import ENDINGS, ESCAPES, FORGERIES, RESOURCES
from xharness import Program

MIB = 2**20


def run(session, code, tests="", timeout=3.0, memory=512 * MIB):
    return session.run(Program(code=code, tests=tests, timeout=timeout, memory=memory))


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", RESOURCES)
def test_limits_end_a_program(session, name):
    code, statuses = RESOURCES[name]
    began = time.monotonic()
    outcome = run(
        session, code, "raise RuntimeError('no limit ended the program')", timeout=1.5 if "timeout" in statuses else 15
    )
    assert outcome.status in statuses, outcome
    assert time.monotonic() - began < 30
    assert len(outcome.output) <= 64 * 1024


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", ENDINGS)
def test_a_program_that_ends_in_another_way_has_its_status(session, name):
    code, statuses = ENDINGS[name]
    assert run(session, code, "assert False, 'the tests ran'").status in statuses


def test_a_program_that_the_cpu_limit_ends_has_a_timeout(session):
    """The kernel counts CPU time by ticks: by the exact count, a program may have used a little less."""
    outcome = run(session, "import signal\nsignal.raise_signal(signal.SIGXCPU)")
    assert outcome.status == "timeout"


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", FORGERIES)
def test_success_cannot_be_reported_by_what_a_program_finds(session, name):
    outcome = run(session, FORGERIES[name], "assert False", timeout=5)
    assert outcome.status in {"assertion", "exit_early", "output_limit", "timeout"}, outcome


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", ESCAPES)
def test_a_program_reaches_nothing_outside(session, name):
    outcome = run(session, ESCAPES[name], "assert escaped() is False", timeout=5)
    assert outcome.status == "passed", outcome


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("place", ["home", "tmp"])
def test_a_secret_is_not_read(session, place, tmp_path):
    secret = (Path.home() if place == "home" else tmp_path) / f".xharness-secret-{os.getpid()}"
    secret.write_text("the secret", "utf-8")
    try:
        outcome = run(session, f"print(open({str(secret)!r}).read())")
        link = f"import os\nos.symlink({str(secret)!r}, 'link')\nprint(open('link').read())"
        through = run(session, link)
        write = run(session, f"open({str(secret)!r}, 'w').write('changed')")
        listed = run(session, f"import os\nprint(os.listdir({str(secret.parent)!r}))")
        assert secret.read_text("utf-8") == "the secret"
    finally:
        secret.unlink()
    assert secret.name not in listed.output
    for found in (outcome, through, write):
        assert found.status in {"exception:PermissionError", "exception:FileNotFoundError", "exception:OSError"}
        assert "the secret" not in found.output


@pytest.mark.usefixtures("unharmed")
def test_servers_of_this_machine_are_not_reached(session, tmp_path):
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        outcome = run(
            session, f"import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto(b'x', {udp.getsockname()!r})"
        )
        assert outcome.status == "exception:PermissionError"
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind(str(tmp_path / "s"))
        unix.listen()
        for family, address in (("INET", tcp.getsockname()), ("UNIX", unix.getsockname())):
            outcome = run(session, f"import socket\nsocket.socket(socket.AF_{family}).connect({address!r})")
            assert outcome.status == "exception:PermissionError"


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("target", ["neighbour", "server", "everything"])
def test_processes_outside_are_not_killed(session, target):
    neighbour = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        pid = {"neighbour": neighbour.pid, "server": session._server.pid, "everything": -1}[target]
        outcome = run(session, f"import os\nos.kill({pid}, 9)", "raise AssertionError")
        assert outcome.status in {"assertion", "exception:PermissionError", "exception:ProcessLookupError"}
        assert neighbour.poll() is None
        assert session._server.poll() is None
    finally:
        neighbour.kill()
        neighbour.wait()


@pytest.mark.usefixtures("unharmed")
def test_a_detached_process_ends_with_its_program(session):
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    while True:
        time.sleep(0.1)
os.wait()
"""
    outcome = run(session, code)
    assert outcome.status in {"passed", "exception:PermissionError"}  # without processes of its own, or refused


@pytest.mark.usefixtures("unharmed")
def test_only_the_first_process_of_a_program_reports(session):
    outcome = run(session, "import os\nif os.fork():\n    os.wait()\n    os._exit(0)")
    assert outcome.status in {"exit_early", "exception:PermissionError"}


@pytest.mark.usefixtures("unharmed")
def test_nothing_of_a_program_reaches_the_next(session):
    first = (
        "import builtins, json, os\nbuiltins.left = json.left = 1\nopen('left', 'w').close()\nos.environ['LEFT'] = '1'"
    )
    second = """
import builtins, json, os
assert not hasattr(builtins, "left") and not hasattr(json, "left")
assert not os.path.exists("left") and os.listdir(".") == [] and "LEFT" not in os.environ
"""
    assert run(session, first).status == "passed"
    assert run(session, second).status == "passed"


def test_the_environment_is_emptied(session, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret")
    outcome = run(session, "import os\nprint(sorted(os.environ))")
    assert "HF_TOKEN" not in outcome.output
    assert "HOME" in outcome.output


def test_a_long_program_runs(session):
    """It is longer than a pipe holds."""
    lines = "\n".join(f"name_{number} = {number}" for number in range(20_000))
    assert run(session, lines, "assert name_19999 == 19999", timeout=10).status == "passed"


def test_a_program_ends_when_the_caller_dies(sandbox, tmp_path):
    script = f"""
from xharness import Program
from xharness_plugins.sandboxes import SANDBOXES
(sandbox,) = (one for one in SANDBOXES if one.name == {sandbox.name!r})
session = sandbox.open()
print(session._server.pid, flush=True)
session.run(Program(code="while True: pass", tests="", timeout=600.0))
"""
    caller = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    server = int(caller.stdout.readline())
    children = Path(f"/proc/{server}/task/{server}/children")
    assert _becomes(lambda: children.read_text("ascii").split())
    below = [int(pid) for pid in children.read_text("ascii").split()]
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    caller.stdout.close()
    for pid in (server, *below):
        assert _becomes(lambda pid=pid: not _alive(pid)), f"process {pid} is left"


def _becomes(true, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def _alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return False
