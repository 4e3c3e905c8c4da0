"""What a training keeps on disk to go on after a kill: always whole, never half written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import StageError

_STATE = "training.pt"
_FAILED = "failed.pt"


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the training's state; StageError where it cannot be written."""
    _save(folder / _STATE, state)


def load_state(folder: Path) -> dict[str, Any] | None:
    """Return the training's state, None where there is none yet."""
    return _load(folder / _STATE) if (folder / _STATE).exists() else None


def save_best(folder: Path, step: int, weights: Mapping[str, Any]) -> None:
    """Keep the weights of a step beside those of the best one before it."""
    _save(_best(folder, step), weights)


def load_best(folder: Path, step: int) -> dict[str, Any]:
    """Return the weights kept at a step."""
    return _load(_best(folder, step))


def forget_others(folder: Path, step: int) -> None:
    """Remove the weights kept at other steps, half written ones too; call it when the state names this one."""
    for path in folder.glob("best-*"):
        if path != _best(folder, step):
            path.unlink()


def save_failed(folder: Path, found: Sequence[Mapping[str, Any]]) -> None:
    """Keep what is known of trainings of the same checkpoint that failed before."""
    _save(folder / _FAILED, {"failed": list(found)})


def load_failed(folder: Path) -> list[dict[str, Any]]:
    """Return what is known of trainings that failed before, in order."""
    found: list[dict[str, Any]] = _load(folder / _FAILED)["failed"] if (folder / _FAILED).exists() else []
    return found


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
        raise StageError(f"{path}: the training's state cannot be saved ({error}); free some disk") from error


def _load(path: Path) -> dict[str, Any]:
    import torch

    loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return loaded
