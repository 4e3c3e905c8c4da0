"""Number formats of the stored weights, and whether they hold NaN or infinite values."""

from __future__ import annotations

from xharness.errors import few, reason_of
from xharness.specs.findings import FAILED, OK, Finding
from xharness.specs.models import ModelInfo

_SUFFIXES = (".safetensors", ".bin", ".pt")
_SHOWN = 3


def weights(info: ModelInfo) -> list[Finding]:
    """Return the findings on the weight files that an adapter lists in its metadata."""
    from xharness.engine.weight_values import formats, not_finite

    files = [info.path / name for name in info.files if name.endswith(_SUFFIXES)]
    if not files:
        return []
    try:
        counts = formats(files)
        wrong = not_finite(files)
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        return [Finding("weights", "files", FAILED, reason_of(error))]
    stored = few(f"{name} ({count:,} values)" for name, count in counts.most_common()) or "pickled"
    return [
        Finding("weights", "stored as", OK, stored, {"formats": dict(counts)}),
        _finite(wrong),
    ]


def _finite(wrong: dict[str, int]) -> Finding:
    if not wrong:
        return Finding("weights", "values", OK, "all finite")
    named = few((f"{name} ({count:,})" for name, count in wrong.items()), _SHOWN)
    found = f"NaN or infinite values in {len(wrong):,} tensors: {named}; download or train the checkpoint again"
    return Finding("weights", "values", FAILED, found, {"tensors": wrong})
