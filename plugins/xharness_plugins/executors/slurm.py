"""The executor that performs works in a Slurm job array, whose tasks are workers that share the store.

The tasks need the same Python environment and see the store under the same path.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from xharness import BadRequest, EmitFor, Executor, Param, Perform, Resources, SavedPlan, Work, XHarnessError

_WORKERS = 4
_ASK_EVERY = 15.0
"""Seconds between two questions to Slurm whether the job array still exists."""
_SCRIPT = """\
#!/bin/bash
# Workers of the plan {name} of xharness. Each one takes works until none is left.
# To continue after a time limit or a failure, submit this file again: sbatch {path}
#SBATCH --job-name=xharness
#SBATCH --array=0-{last}
#SBATCH --output={logs}/%A_%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
{options}
{setup}
exec {python} -m xharness.cli.main worker {store} --plan {name}
"""


def _run(works: Sequence[Work], perform: Perform, emit: EmitFor, resources: Resources) -> None:
    if not works:
        return
    if not resources.store:
        raise BadRequest("executor 'slurm': its workers need a store that they share with this process")
    if shutil.which("sbatch") is None:
        raise BadRequest("executor 'slurm': no command sbatch on this machine; start it on a login node of the cluster")
    plan = SavedPlan(works, resources.store, "slurm")
    job = _submit(_written(plan, min(resources.workers or _WORKERS, len(works)), resources))
    if resources.params["slurm_wait"] == "no":
        raise XHarnessError(
            f"{len(works)} works are submitted as Slurm job {job}; see `xharness status {plan.folder}`, and run the "
            "same command again when it has ended"
        )
    try:
        plan.follow(emit, _exists(job))
    except BaseException:
        subprocess.run(["scancel", job], check=False, capture_output=True)
        raise


def _written(plan: SavedPlan, workers: int, resources: Resources) -> Path:
    """Write the script of the job array, which a person can read and submit again, and return its path."""
    path, params = plan.folder / "slurm.sh", resources.params
    logs = plan.folder / "logs"
    logs.mkdir(exist_ok=True)
    content = _SCRIPT.format(
        name=plan.name,
        path=shlex.quote(str(path)),
        last=workers - 1,
        logs=logs,
        options="\n".join(f"#SBATCH {option}" for option in shlex.split(params["slurm_options"])),
        setup=params["slurm_setup"],
        python=shlex.quote(sys.executable),
        store=shlex.quote(resources.store),
    )
    path.write_text(content, encoding="utf-8")
    return path


def _submit(script: Path) -> str:
    """Submit a script and return the number of the job; BadRequest with the reason if Slurm refuses it."""
    done = subprocess.run(["sbatch", "--parsable", str(script)], check=False, capture_output=True, text=True)
    if done.returncode:
        reason = " ".join(done.stderr.split())
        raise BadRequest(f"executor 'slurm': sbatch refused {script}: {reason}; see --param slurm_options")
    return done.stdout.strip().partition(";")[0]


def _exists(job: str) -> Callable[[], bool]:
    """Return a function that returns whether a job is still queued or running, as far as Slurm answers."""
    asked, answer = time.monotonic(), True

    def exists() -> bool:
        nonlocal asked, answer
        if time.monotonic() - asked >= _ASK_EVERY:
            asked = time.monotonic()
            answer = _listed(job)
        return answer

    return exists


def _listed(job: str) -> bool:
    try:
        done = subprocess.run(["squeue", "-h", "-j", job], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return True
    if done.returncode:  # a job that Slurm has forgotten is an error; a busy controller is too
        return "Invalid job id" not in done.stderr
    return bool(done.stdout.strip())


def _answer(text: str) -> str:
    if text not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return text


_PARAMS: Mapping[str, Param] = {
    "slurm_options": Param(type=str, default="", help="options of sbatch: '--partition=gpu --gres=gpu:1'"),
    "slurm_setup": Param(type=str, default="", help="shell commands before a worker starts: 'module load cuda'"),
    "slurm_wait": Param(type=_answer, default="yes", help="yes: wait for the results; no: return after submitting"),
}
SLURM = Executor(
    name="slurm",
    summary="in a Slurm job array of workers (--workers N, default 4) that see the store",
    run=_run,
    params=_PARAMS,
)
