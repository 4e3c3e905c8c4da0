"""Sandboxes that protect nothing; they run nothing but the small programs of the checks."""

from __future__ import annotations

import builtins
import contextlib
import io
import tempfile

from tests.testing.faults import Fault, plugin
from xharness import Outcome, Sandbox


class Open:
    """Runs a program in this process."""

    trusting = False

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(self.folder)
        self.stack.enter_context(contextlib.chdir(self.folder.name))
        return self

    def __exit__(self, *error):
        self.stack.close()
        vars(builtins).pop("left", None)

    def run(self, program):
        printed = io.StringIO()
        if any(word in program.code for word in ("os._exit", "while True")):  # it would end the test, or never end
            status = "passed" if self.trusting and "status" in program.code else "exit_early"
            return Outcome(status=status, seconds=0.0)
        with contextlib.redirect_stdout(printed):
            status = self.status(program)
        return Outcome(status=status, seconds=0.0, output=printed.getvalue())

    def status(self, program):
        try:
            exec(compile(program.code + "\n" + program.tests, "program", "exec"), {})
        except SyntaxError:
            return "syntax_error"
        except AssertionError:
            return "assertion"
        except (LookupError, OSError, NameError) as error:
            return f"exception:{type(error).__name__}"
        return "passed"


class Trusting(Open):
    """Believes what a program writes of itself."""

    trusting = True


class Cheerful(Open):
    """Passes every program."""

    def run(self, program):
        return Outcome(status="passed", seconds=0.0)


def broken():
    raise OSError("no such device")


def sandbox(name, session, probe=lambda: None):
    return Sandbox(name=name, summary="protects nothing", strength=1, probe=probe, open=session)


MANY = plugin(
    "sandboxes",
    sandboxes=[
        sandbox("unprobed", Open, broken),
        sandbox("cheerful", Cheerful),
        sandbox("open", Open),
        sandbox("trusting", Trusting),
    ],
)


def fault(check, subject, message):
    return Fault(check=f"sandboxes:{check}", plugin=MANY, subject=subject, message=message)


FAULTS = [
    fault("probe_answers", "unprobed", "`probe` raises OSError: .*; return the reason as a text"),
    fault("programs_have_their_outcome", "cheerful", "a wrong program has the status 'passed', not 'assertion'"),
    fault("limits_end_programs", "open", "an endless program has the status 'exit_early', not 'timeout'"),
    fault("files_outside_are_not_reached", "open", "a program reads a file outside.*changes a file outside"),
    fault("servers_are_not_reached", "open", "a program connects to a server of this machine; give it no network"),
    fault("success_cannot_be_forged", "trusting", "a program reports its own success"),
    fault("programs_do_not_meet", "open", "a program sees what the one before it left"),
]
