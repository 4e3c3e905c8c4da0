"""`xharness doctor` tells what is there and what is broken, and is stopped by nothing."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.store.programs import finish, mounted, start
from xharness.cli import doctor
from xharness.registry import Registry

PARTS = ["system", "packages", "devices", "hub", "store", "sandboxes", "plugins"]


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XHARNESS_PLUGINS", "")
    monkeypatch.setenv("XHARNESS_HOME", str(tmp_path / "home"))


@pytest.fixture
def examine(capsys):
    def examine(*plugins):
        parser = argparse.ArgumentParser()
        doctor.add_parser(parser.add_subparsers())
        args = parser.parse_args(["doctor", "--json"])
        args.registry = Registry.load(plugins)
        code = args.run(args)
        findings = json.loads(capsys.readouterr().out)
        assert code == any(finding["state"] == "failed" for finding in findings)
        return {(finding["part"], finding["name"]): (finding["state"], finding["found"]) for finding in findings}

    return examine


def parts(found):
    return list(dict.fromkeys(part for part, _ in found))


def test_a_sound_machine(examine, tmp_path):
    found = examine()
    assert parts(found) == PARTS
    assert not [where for where, (state, _) in found.items() if state == "failed"]
    assert found["system", "python"] == ("ok", platform.python_version())
    for name in ("torch", "transformers", "datasets", "accelerate", "faiss-cpu", "pluggy"):
        assert found["packages", name] == ("ok", importlib.metadata.version(name))
    assert ("packages", "pytest") not in found
    assert "cores" in found["devices", "cpu"][1]
    assert "--dtype auto is" in found["devices", "auto"][1]
    assert found["store", "folder"][1].startswith(f"{tmp_path / 'home'}, ")
    assert not (tmp_path / "home").exists()
    assert {name for part, name in found if part == "plugins"} >= {"xharness.tasks", "xharness.plugins"}


def test_the_table_names_every_part(capsys):
    doctor.run(argparse.Namespace(json=False, registry=Registry.load()))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["part", "check", "state", "found"]
    assert list(dict.fromkeys(line.split()[0] for line in lines[1:])) == PARTS


@pytest.mark.parametrize(
    "body",
    ["import no_such_module_at_all", "raise SystemExit(3)", "def f(:", "import sys; sys.modules[__name__].x"],
)
def test_a_broken_plugin_is_one_failed_line(examine, tmp_path, body):
    path = tmp_path / "broken.py"
    path.write_text(body)
    found = examine(str(path))
    assert parts(found) == PARTS
    state, text = found["plugins", str(path)]
    assert state == "failed"
    assert text.startswith("disabled (broken): ")


@pytest.mark.parametrize(
    ("module", "part"), [("torch", "devices"), ("huggingface_hub", "hub"), ("packaging.requirements", "packages")]
)
def test_a_dependency_that_cannot_be_imported_fails_only_its_part(examine, monkeypatch, module, part):
    monkeypatch.setitem(sys.modules, module, None)
    found = examine()
    assert parts(found) == PARTS
    state, text = found[part, part]
    assert state == "failed"
    assert module in text
    assert {where[0] for where, (state, _) in found.items() if state == "failed"} == {part}


def test_a_part_that_dies_half_way_keeps_what_it_found(examine, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    found = examine()
    assert found["devices", "cpu"][0] == "ok"


def test_old_and_missing_packages(examine, monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == "transformers":
            return "4.40.0"
        if name in ("seqeval", "peft"):
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = examine()
    assert found["packages", "transformers"] == (
        "failed",
        "4.40.0, but >=5.0 is needed; pip install -U xharness",
    )
    assert found["packages", "seqeval"] == ("failed", "not installed; pip install -U xharness")
    assert found["packages", "peft"] == ("note", "not installed; pip install 'xharness[peft]'")


@pytest.fixture
def online(monkeypatch):
    constants = pytest.importorskip("huggingface_hub").constants

    def online(address):
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", address)

    return online


@pytest.mark.parametrize(
    ("status", "state", "text"), [(200, "ok", "answers"), (503, "note", "answers with status 503")]
)
def test_the_hub_that_answers(examine, online, status, state, text):
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.handle_request, daemon=True).start()
        online(address)
        assert examine()["hub", "access"] == (state, f"{address} {text}")
    assert len(asked) == 1


def test_the_hub_that_is_silent_or_gone(examine, online, monkeypatch):
    monkeypatch.setattr(doctor, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        online(address)
        state, text = examine()["hub", "access"]
        assert state == "note"
        assert text.startswith(f"{address} cannot be reached (timed out); use local checkpoints")
    assert examine()["hub", "access"][1].startswith(f"{address} cannot be reached (")


def test_the_hub_that_is_switched_off_is_not_asked(examine, monkeypatch):
    constants = pytest.importorskip("huggingface_hub").constants
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "ENDPOINT", "no address at all")
    assert examine()["hub", "access"] == (
        "note",
        "off, because HF_HUB_OFFLINE is set; only repositories in the cache can be used",
    )


def test_a_store_that_cannot_be_written_to(tmp_path, monkeypatch):
    home = tmp_path / "disk" / "home"
    monkeypatch.setenv("XHARNESS_HOME", str(home))
    home.parent.mkdir()
    code = "from xharness.cli import doctor\nfor found in doctor._store(): print(*found)"
    told = finish(start(code, prefix=mounted(home.parent, "ro")))
    assert told == f"folder failed {home} is not writable; set XHARNESS_HOME to a writable folder"


SANDBOXES = """
from xharness import Sandbox, hookimpl

def never():
    raise AssertionError("opened")

@hookimpl
def xharness_sandboxes():
    yield Sandbox(name="vm", summary="a virtual machine", strength=90, probe=lambda: "no hypervisor", open=never)
    yield Sandbox(name="far", summary="another machine", strength=80, probe=lambda: None, open=never)
"""


def test_the_sandbox_of_generated_code_and_why_stronger_ones_are_not_used(examine, tmp_path):
    path = tmp_path / "boxes.py"
    path.write_text(SANDBOXES, encoding="utf-8")
    found = {name: line for (part, name), line in examine(str(path)).items() if part == "sandboxes"}
    assert found == {
        "vm": ("note", "not available: no hypervisor"),
        "far": ("ok", "used for generated code: another machine"),
    }
