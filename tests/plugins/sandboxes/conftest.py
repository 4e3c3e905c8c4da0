"""The built-in sandboxes that work on this machine, and what must not change outside them."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest

from xharness import Program
from xharness_plugins.sandboxes import SANDBOXES

HONEST = Program(code="def add(a, b):\n    return a + b", tests="assert add(1, 2) == 3")


@cache
def reason(name):
    (sandbox,) = (sandbox for sandbox in SANDBOXES if sandbox.name == name)
    return sandbox.probe()


@pytest.fixture(scope="session", params=SANDBOXES, ids=lambda sandbox: sandbox.name)
def sandbox(request):
    if why := reason(request.param.name):
        pytest.skip(f"{request.param.name}: {why}")
    return request.param


@pytest.fixture(scope="module")
def session(sandbox, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # Tests that run at the same time have their programs elsewhere.
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("programs")))
        patch.setattr(tempfile, "tempdir", None)
        with sandbox.open() as opened:
            yield opened


@pytest.fixture
def unharmed(session):
    """Check that the session still works, and that it left no processes, files or mounts."""
    before = _outside()
    yield
    assert session.run(HONEST).status == "passed"
    assert list(_children(session._server.pid)) == []
    assert _outside() == before


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()


def _names(folder):
    """Return the names in a folder, without those that tests at the same time add."""
    others = (".xharness-secret-", "sem.", "torch_", "psm_")
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(others))


def _outside():
    folders = {name: _names(Path(name)) for name in ("/dev/shm", "/etc", Path.home())}
    left = [path.name for path in Path(tempfile.gettempdir()).glob("xharness-program-*")]
    return folders, left, len(Path("/proc/self/mountinfo").read_text("utf-8").splitlines())
