"""Merging the weights of models that started from the same ones, without training.

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
    """Return merged weights, float32 where they are numbers; what is no floating-point number is the base's.

    The differences to the base, `others` minus `base`, are put together and added to it, `scale` times. `linear` takes
    their mean, `task-arithmetic` their sum, `ties` the mean of those that agree with the sign of the sum, of the
    `density` (0 to 1) of each that changed most. Raises BadRequest where names or shapes are not the same.
    """
    for other in others:
        _check(base, other)
    names = [name for name, value in base.items() if value.is_floating_point()]
    least = [_least(base, other, names, density) if method == "ties" else 0.0 for other in others]
    merged = dict(base)
    for name in names:
        merged[name] = base[name].float() + scale * _combined(base[name], [o[name] for o in others], method, least)
    return merged


def _check(base: Weights, other: Weights) -> None:
    wrong = sorted(base.keys() ^ other.keys()) or [name for name in base if base[name].shape != other[name].shape]
    if wrong:
        raise BadRequest(f"weights that are to be merged differ in {wrong[0]} (of {len(wrong)}); use one architecture")


def _combined(base: Tensor, others: Sequence[Tensor], method: str, least: Sequence[float]) -> Tensor:
    import torch

    changes = torch.stack([other.float() - base.float() for other in others])
    if method == "linear":
        return changes.mean(dim=0)
    if method == "task-arithmetic":
        return changes.sum(dim=0)
    return _elected(changes, least)


def _elected(changes: Tensor, least: Sequence[float]) -> Tensor:
    """Return the mean of the large changes that have the sign of their sum, where there are any."""
    import torch

    floor = torch.tensor(least).view(-1, *[1] * (changes.ndim - 1))
    kept = torch.where(changes.abs() >= floor, changes, 0.0)
    agree = (kept.sign() == kept.sum(dim=0).sign()) & (kept != 0)
    return torch.where(agree, kept, 0.0).sum(dim=0) / agree.sum(dim=0).clamp(min=1)


def _least(base: Weights, other: Weights, names: Sequence[str], density: float) -> float:
    """Return the size of the smallest change that counts: `density` of all changes of the model are not smaller."""
    import torch

    sizes: torch.Tensor = torch.cat([(other[name].float() - base[name].float()).abs().flatten() for name in names])
    dropped = int(len(sizes) * (1 - density))
    return float(sizes.kthvalue(dropped + 1).values) if dropped < len(sizes) else float("inf")
