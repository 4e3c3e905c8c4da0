"""The names of entries on the pages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

EntryContent = Mapping[str, Any]
Names = Mapping[str, Mapping[str, str]]


def labels(entries: Sequence[EntryContent]) -> dict[str, dict[str, str]]:
    """Return for each entry id its short `name`, its `recipe`, `ways` and `approach` as text, and a unique `label`.

    The recipe includes the parameters that differ between entries of the same recipe; `params` has all parameters.
    """
    distinctive = _distinctive(entries)
    references = {entry["model"]["reference"] for entry in entries}
    counts = Counter(_last(reference) for reference in references)
    by_id = {}
    for entry in entries:
        last = _last(entry["model"]["reference"])
        name = last if counts[last] == 1 else entry["model"]["reference"]
        params = {
            key: value
            for key, value in entry["recipe"]["params"].items()
            if (entry["recipe"]["name"], key) in distinctive
        }
        recipe, noise = recipe_in_words(entry["recipe"] | {"params": params}), noise_in_words(entry["noise"])
        ways = "; ".join(sorted({way_in_words(way) for way in entry["ways"].values()}))
        label = " · ".join(part for part in (name, recipe, ways, noise) if part)
        by_id[entry["id"]] = {
            "name": name,
            "recipe": recipe,
            "ways": ways,
            "noise": noise,
            "approach": entry.get("approach", ""),
            "label": label,
            "params": recipe_in_words(entry["recipe"]),
        }
    frequencies = Counter(each["label"] for each in by_id.values())
    for id, each in by_id.items():
        if frequencies[each["label"]] > 1:
            each["label"] += f" · {id.rpartition('-')[2]}"
    return by_id


def _distinctive(entries: Sequence[EntryContent]) -> set[tuple[str, str]]:
    """Return (recipe, parameter) of parameters that differ between entries or have the name of their recipe."""
    values: dict[tuple[str, str], set[str]] = {}
    recipes = [entry["recipe"] for entry in entries]
    keys = {(recipe["name"], key) for recipe in recipes for key in recipe["params"]}
    for recipe in recipes:
        for name, key in keys:
            if name == recipe["name"]:
                values.setdefault((name, key), set()).add(_plain(recipe["params"].get(key)))
    return {param for param, distinct in values.items() if len(distinct) > 1 or param[0] == param[1]}


def recipe_in_words(recipe: Mapping[str, Any]) -> str:
    """Return the name of a recipe and its parameters as text."""
    params = ", ".join(f"{name} {_plain(value)}" for name, value in recipe["params"].items())
    return f"{recipe['name']} ({params})" if params else str(recipe["name"])


def noise_in_words(noise: Mapping[str, Any] | None) -> str:
    """Return a noise and its parameters as text; empty without noise."""
    if noise is None:
        return ""
    return " ".join(["noise", *(_plain(value) for value in noise.values() if value not in (None, {}, []))])


def way_in_words(way: Mapping[str, Any]) -> str:
    """Return a way with its version, the version of the prompt, examples and chat template, as text."""
    prompt = "" if way["prompt"] is None else f", prompt {way['prompt']}"
    shots = f", {way['shots']} shots" if way.get("shots") else ""
    chat = f", chat {way['chat']}" if way.get("chat") else ""
    return f"{way['name']}.{way['version']}{prompt}{shots}{chat}"


def sameness(entry: EntryContent, *parts: str) -> str:
    """Return a key of the identity of an entry without `parts`; equal for entries that differ only in these."""
    model = entry["model"]
    about = {
        "model": [model["reference"], model["revision"], model["fingerprint"]],
        "recipe": entry["recipe"],
        "noise": entry["noise"],
        "source": entry["source"],
        "dtype": entry["dtype"],
    }
    return json.dumps({name: value for name, value in about.items() if name not in parts}, sort_keys=True)


def _last(reference: str) -> str:
    return PurePath(reference.rstrip("/")).name or reference


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "+".join(map(_plain, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
