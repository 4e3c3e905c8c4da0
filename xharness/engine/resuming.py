"""Save and load the state of a training, so that it can resume after a kill; files are replaced atomically."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import StageError

_STATE = "training.pt"
_FAILED = "failed.pt"


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the saved training state; raise StageError if it cannot be written."""
    _save(folder / _STATE, state)


def load_state(folder: Path) -> dict[str, Any] | None:
    """Return the saved training state, None if there is none."""
    return _load(folder / _STATE) if (folder / _STATE).exists() else None


def save_best(folder: Path, step: int, weights: Mapping[str, Any]) -> None:
    """Save the weights of a step; those of the previous best step stay until `forget_others`."""
    _save(_best(folder, step), weights)


def load_best(folder: Path, step: int) -> dict[str, Any]:
    """Return the weights saved at a step."""
    return _load(_best(folder, step))


def forget_others(folder: Path, step: int) -> None:
    """Delete the weights of all other steps, partial files included; call it after the state refers to this step."""
    for path in folder.glob("best-*"):
        if path != _best(folder, step):
            path.unlink()


def save_failed(folder: Path, attempts: Sequence[Mapping[str, Any]]) -> None:
    """Save the reports of earlier failed trainings of the same checkpoint."""
    _save(folder / _FAILED, {"failed": list(attempts)})


def load_failed(folder: Path) -> list[dict[str, Any]]:
    """Return the reports of earlier failed trainings, in order."""
    attempts: list[dict[str, Any]] = _load(folder / _FAILED)["failed"] if (folder / _FAILED).exists() else []
    return attempts


def _best(folder: Path, step: int) -> Path:
    return folder / f"best-{step}.pt"


def _save(path: Path, content: Mapping[str, Any]) -> None:
    import torch

    temporary = path.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            torch.save(dict(content), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StageError(f"{path}: cannot save the training state ({error}); free disk space") from error


def _load(path: Path) -> dict[str, Any]:
    import torch

    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return loaded
