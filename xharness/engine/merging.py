"""Merge the weights of models fine-tuned from the same checkpoint, without training.

Linear: Wortsman et al. 2022, Model soups, ICML. Task arithmetic: Ilharco et al. 2023, Editing Models with Task
Arithmetic, ICLR. TIES: Yadav et al. 2023, TIES-Merging, NeurIPS, and src/ties_minimal.ipynb of
github.com/prateeky2806/ties-merging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xharness.errors import BadRequest

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    Weights = Mapping[str, Tensor]

METHODS = ("linear", "task-arithmetic", "ties")


def merge(base: Weights, others: Sequence[Weights], method: str, scale: float, density: float) -> dict[str, Tensor]:
    """Return the merged weights: floating-point tensors as float32, all others copied from the base.

    The task vectors, `others` minus `base`, are combined, multiplied by `scale` and added to the base. `linear` takes
    their mean and `task-arithmetic` their sum. `ties` keeps the fraction `density` (0 to 1) of each task vector with
    the largest magnitudes, then averages the values whose sign equals the sign of the sum. Raises BadRequest if names
    or shapes differ.
    """
    for other in others:
        _check(base, other)
    names = [name for name, value in base.items() if value.is_floating_point()]
    thresholds = [_threshold(base, other, names, density) if method == "ties" else 0.0 for other in others]
    merged = dict(base)
    for name in names:
        merged[name] = base[name].float() + scale * _combined(base[name], [o[name] for o in others], method, thresholds)
    return merged


def _check(base: Weights, other: Weights) -> None:
    wrong = sorted(base.keys() ^ other.keys()) or [name for name in base if base[name].shape != other[name].shape]
    if wrong:
        raise BadRequest(
            f"the models to merge differ in name or shape of {len(wrong)} weights, for example {wrong[0]}; "
            "merge models of one architecture"
        )


def _combined(base: Tensor, others: Sequence[Tensor], method: str, thresholds: Sequence[float]) -> Tensor:
    import torch

    changes = torch.stack([other.float() - base.float() for other in others])
    if method == "linear":
        return changes.mean(dim=0)
    if method == "task-arithmetic":
        return changes.sum(dim=0)
    return _elected(changes, thresholds)


def _elected(changes: Tensor, thresholds: Sequence[float]) -> Tensor:
    """Return the mean of the changes of at least the threshold that have the elected sign; 0 if there are none."""
    import torch

    floor = torch.tensor(thresholds).view(-1, *[1] * (changes.ndim - 1))
    kept = torch.where(changes.abs() >= floor, changes, 0.0)
    agree = (kept.sign() == kept.sum(dim=0).sign()) & (kept != 0)
    return torch.where(agree, kept, 0.0).sum(dim=0) / agree.sum(dim=0).clamp(min=1)


def _threshold(base: Weights, other: Weights, names: Sequence[str], density: float) -> float:
    """Return the trimming threshold: the fraction `density` of all changes has at least this magnitude."""
    import torch

    sizes: torch.Tensor = torch.cat([(other[name].float() - base[name].float()).abs().flatten() for name in names])
    dropped = int(len(sizes) * (1 - density))
    return float(sizes.kthvalue(dropped + 1).values) if dropped < len(sizes) else float("inf")
