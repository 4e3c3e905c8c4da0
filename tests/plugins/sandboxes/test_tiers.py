"""Each built-in sandbox says why it cannot be used; settings that leak are found by the probe."""

from __future__ import annotations

import sys

import pytest

from xharness import Program
from xharness_plugins.sandboxes import bubblewrap, gvisor, landlock, namespaces
from xharness_plugins.sandboxes.inside import kernel
from xharness_plugins.sandboxes.inside import landlock as rules
from xharness_plugins.sandboxes.probe import probe
from xharness_plugins.sandboxes.session import ServerSession


def test_bubblewrap_must_be_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bubblewrap.BUBBLEWRAP.probe() == "bwrap is not installed (package bubblewrap)"


def test_a_bubblewrap_that_fails_is_not_used(monkeypatch, tmp_path):
    script = tmp_path / "bwrap"
    script.write_text("#!/bin/sh\necho bwrap: no permissions to create a new namespace >&2\nexit 1\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = "a program does not run: sandbox_error, bwrap: no permissions to create a new namespace"
    assert bubblewrap.BUBBLEWRAP.probe() == found


def test_gvisor_must_be_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gvisor.GVISOR.probe() == "runsc is not installed (package runsc, or gvisor.dev)"


def test_a_gvisor_that_fails_is_not_used(monkeypatch, tmp_path):
    script = tmp_path / "runsc"
    script.write_text("#!/bin/sh\necho creating container: no cgroups >&2\nexit 128\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = "a program does not run: sandbox_error, creating container: no cgroups"
    assert gvisor.GVISOR.probe() == found


@pytest.mark.parametrize(("version", "has"), [(0, "has none"), (2, "has version 2")])
def test_landlock_must_be_recent(monkeypatch, version, has):
    monkeypatch.setattr(rules, "abi", lambda: version)
    assert landlock.LANDLOCK.probe() == f"needs Landlock version 3 (Linux 6.2); this kernel {has}"


def test_a_kernel_without_landlock_has_version_0(monkeypatch):
    def missing(*_):
        raise OSError

    monkeypatch.setattr(kernel, "syscall", missing)
    assert rules.abi() == 0


def test_other_systems_have_no_sandbox(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert namespaces.NAMESPACES.probe() == "needs Linux; this is darwin"


def opened(**changes):
    settings = {"command": None, "namespaces": False, "processes": False, "on_disk": True, "read": ["/usr", "/lib"]}
    return lambda: ServerSession({**settings, **changes})


@pytest.mark.skipif(landlock.LANDLOCK.probe() is not None, reason="Landlock is not available")
def test_a_sandbox_that_shows_too_much_is_refused():
    assert "a program can read files outside" in probe(opened(read=["/"]))


def test_a_namespace_that_cannot_be_made_is_an_error_of_the_sandbox():
    visible = ["/no/such/folder"]
    with opened(namespaces=True, on_disk=False, visible=visible, links={})() as session:
        outcome = session.run(Program(code="", tests=""))
    assert outcome.status == "sandbox_error"
    assert "Error" in outcome.output


def test_a_server_that_ends_is_an_error_of_the_sandbox():
    with opened()() as session:
        session._server.kill()
        session._server.wait()
        outcome = session.run(Program(code="", tests=""))
    assert outcome.status == "sandbox_error"
    assert outcome.output == "the server of the sandbox ended with signal SIGKILL"
