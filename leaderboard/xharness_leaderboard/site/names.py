"""What entries are called on the pages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

Entry = Mapping[str, Any]
Names = Mapping[str, Mapping[str, str]]


def labels(entries: Sequence[Entry]) -> dict[str, dict[str, str]]:
    """Return for each entry's id its short `name`, its `recipe` in words, and a `label` that no other entry has.

    The recipe is named with the parameters that tell entries of one recipe apart; `params` are all of them.
    """
    told = _telling(entries)
    references = {entry["model"]["reference"] for entry in entries}
    counts = Counter(_last(reference) for reference in references)
    found = {}
    for entry in entries:
        last = _last(entry["model"]["reference"])
        name = last if counts[last] == 1 else entry["model"]["reference"]
        params = {
            key: value for key, value in entry["recipe"]["params"].items() if (entry["recipe"]["name"], key) in told
        }
        recipe, noise = recipe_in_words(entry["recipe"] | {"params": params}), noise_in_words(entry["noise"])
        label = " · ".join(part for part in (name, recipe, noise) if part)
        found[entry["id"]] = {
            "name": name,
            "recipe": recipe,
            "noise": noise,
            "label": label,
            "params": recipe_in_words(entry["recipe"]),
        }
    twice = Counter(each["label"] for each in found.values())
    for id, each in found.items():
        if twice[each["label"]] > 1:
            each["label"] += f" · {id.rpartition('-')[2]}"
    return found


def _telling(entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """Return the parameters of each recipe by which its entries differ, and the one that bears the recipe's name."""
    found: dict[tuple[str, str], set[str]] = {}
    recipes = [entry["recipe"] for entry in entries]
    keys = {(recipe["name"], key) for recipe in recipes for key in recipe["params"]}
    for recipe in recipes:
        for name, key in keys:
            if name == recipe["name"]:
                found.setdefault((name, key), set()).add(_plain(recipe["params"].get(key)))
    return {place for place, values in found.items() if len(values) > 1 or place[0] == place[1]}


def recipe_in_words(recipe: Mapping[str, Any]) -> str:
    """Return the name of a recipe and its parameters."""
    params = ", ".join(f"{name} {_plain(value)}" for name, value in recipe["params"].items())
    return f"{recipe['name']} ({params})" if params else str(recipe["name"])


def noise_in_words(noise: Mapping[str, Any] | None) -> str:
    """Return a noise and its parameters; nothing for clean text."""
    if noise is None:
        return ""
    return " ".join(["noise", *(_plain(value) for value in noise.values() if value not in (None, {}, []))])


def sameness(entry: Entry, *parts: str) -> str:
    """Return what entries have in common that differ in nothing but `parts`."""
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
