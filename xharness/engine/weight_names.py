"""Compare the names of weights in a checkpoint with those that an architecture has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable


def foreign_prefix(names: Collection[str], known: Collection[str], bare: Callable[[str], str]) -> str:
    """Return the prefix that all weights share and the architecture does not have, such as `module.`; else "".

    `known` are the names of the encoder's weights, and `bare` removes the architecture's own prefix. Of several
    prefixes, the one without which most names are known is returned.
    """
    shared = _shared(names)
    prefixes = ["".join(f"{part}." for part in shared[:count]) for count in range(len(shared) + 1)]
    return max(prefixes, key=lambda prefix: sum(bare(name.removeprefix(prefix)) in known for name in names))


def renamed_prefix(names: Collection[str], known: Collection[str], bare: Callable[[str], str]) -> str:
    """Return the prefix of the encoder's weights in a checkpoint that names the encoder in another way; else "".

    Classes of one decoder do so: LlamaForCausalLM has the encoder `model`, LlamaForQuestionAnswering `transformer`.
    """
    if any(bare(name) in known for name in names):
        return ""
    counts = Counter(first for first, _, rest in (name.partition(".") for name in names) if rest in known)
    return f"{counts.most_common(1)[0][0]}." if counts else ""


def _shared(names: Iterable[str]) -> list[str]:
    """Return the modules that the names of all weights begin with."""
    paths = [name.split(".")[:-1] for name in names]
    shared: list[str] = []
    for parts in zip(*paths):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return shared


def whole_layers(unexpected: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the unexpected weights that belong to a numbered layer of which the architecture has no weight."""
    layers = {_layer(name) for name in known}
    return sorted(name for name in unexpected if _layer(name) not in {None, *layers})


def _layer(name: str) -> str | None:
    """Return the first numbered module in the name of a weight, as `encoder.layer.2`; None if there is none."""
    parts = name.split(".")
    number = next((index for index, part in enumerate(parts) if part.isdecimal()), None)
    return None if number is None else ".".join(parts[: number + 1])
