"""The noises that a request asks for: `NAME[:SEVERITY,...][:PARAM=VALUE,...]`, `core` and `all` for many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xharness.errors import BadParameter, BadRequest, unknown
from xharness.registry import Registry
from xharness.specs.noises import DEFAULT_SEVERITY, SEARCH, SEARCHES, Noise, NoiseSetting
from xharness.specs.params import typed

ALL, CORE = "all", "core"


def noise_settings(
    asked: Sequence[str], seeds: Sequence[int], columns: Sequence[str], registry: Registry
) -> tuple[NoiseSetting, ...]:
    """Return each noise at each severity and noise seed, once; BadRequest says what does not fit."""
    if not asked and (columns or tuple(seeds) != (0,)):
        raise BadRequest("noise seeds and noise columns need a noise; add --noise NAME[:SEVERITY]")
    if len(set(seeds)) != len(seeds) or any(seed < 0 for seed in seeds):
        raise BadRequest(f"noise seeds {list(seeds)}: must be different whole numbers of at least 0")
    found: dict[str, NoiseSetting] = {}
    for text in asked:
        for setting in _parsed(text, seeds, columns, registry):
            same = found.get(setting.key())
            if same is None or same.of_core:
                found[setting.key()] = setting
    return tuple(found.values())


def _parsed(text: str, seeds: Sequence[int], columns: Sequence[str], registry: Registry) -> Iterator[NoiseSetting]:
    name, severities, given = _split(text)
    search = given.pop(SEARCH, "")
    if search and search not in SEARCHES:
        raise unknown("search", search, SEARCHES, f"noise '{name}'")
    for noise in _named(name, registry):
        params = _params(noise, given)
        for severity in severities:
            if severity not in noise.settings:
                few = ", ".join(map(str, noise.settings))
                raise BadRequest(f"noise '{text}': severity {severity} is not one of {few}")
            for seed in seeds:
                yield NoiseSetting(
                    name=_full_name(noise, registry),
                    severity=severity,
                    version=noise.version,
                    seed=seed,
                    columns=tuple(columns),
                    params=params,
                    search=search,
                    of_core=name == CORE,
                )


def _split(text: str) -> tuple[str, list[int], dict[str, str]]:
    """Return name, severities and parameters of a setting; a name may be `distribution:name`."""
    severities, given = [DEFAULT_SEVERITY], {}
    parts = text.split(":")
    if len(parts) > 1 and "=" in parts[-1]:
        given = dict(_pair(text, pair) for pair in parts.pop().split(","))
    if len(parts) > 1 and parts[-1].replace(",", "").isdigit():
        severities = [int(number) for number in parts.pop().split(",") if number]
    return ":".join(parts), severities, given


def _pair(text: str, pair: str) -> tuple[str, str]:
    name, sign, value = pair.partition("=")
    if not sign or not name:
        raise BadRequest(f"noise '{text}': write NAME:SEVERITY:parameter=value")
    return name, value


def _named(name: str, registry: Registry) -> list[Noise]:
    if name in (ALL, CORE):
        return [noise for noise in registry.all("noises") if (noise.core if name == CORE else not noise.by_name_only)]
    return [registry.get("noises", name)]


def _full_name(noise: Noise, registry: Registry) -> str:
    """Return the name by which the registry finds a noise: the full one where two plugins share the bare one."""
    names = registry.names("noises")
    return next((name for name in names if registry.get("noises", name) is noise), noise.name)


def _params(noise: Noise, given: dict[str, str]) -> dict[str, Any]:
    """Return the parameters of a noise that a user gives, checked, with files as absolute paths."""
    for name in given:
        if name not in noise.params:
            raise unknown("parameter", name, noise.params, f"noise '{noise.name}'")
    values = typed(noise.params, given)
    for name in given:
        if isinstance(values[name], Path) and not values[name].exists():
            raise BadParameter.of(name, given[name], "no such file or folder")
    return {name: str(values[name].resolve()) if isinstance(values[name], Path) else values[name] for name in given}
