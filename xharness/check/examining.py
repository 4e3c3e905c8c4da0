"""Check a checkpoint: metadata, weights, tokenizer, one batch, abilities, and the next command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xharness.check.abilities import abilities
from xharness.check.heads import head
from xharness.check.metadata import inspected
from xharness.check.next_command import next_command
from xharness.check.probing import probe
from xharness.check.report import Report
from xharness.check.weights import weights
from xharness.check.words import words
from xharness.errors import reason_of, unknown
from xharness.model_lookup import Located, locate
from xharness.registry import Registry
from xharness.specs.findings import FAILED, Finding, tokens_per_word
from xharness.specs.models import LoadOptions
from xharness.specs.params import typed


def examine(reference: str, registry: Registry, params: Mapping[str, str], options: LoadOptions) -> Report:
    """Return what is found on a checkpoint.

    `params` are parameters of its adapter as text. Raises BadRequest if the checkpoint or a parameter does not exist;
    anything that is wrong with the checkpoint itself is a finding.
    """
    located = locate(reference, registry, options)
    model = located.model
    for name in params:
        if name not in model.params:
            raise unknown("parameter", name, model.params, f"adapter '{model.name}'")
    values = typed(model.params, params)
    info, findings = inspected(located, options)
    if info is None:
        return Report(reference, model.name, findings, None)
    if model.check:
        model.check(info, values)
    allowed = not any(finding.state == FAILED for finding in findings)
    found, spoken = (model, info), words(registry)
    findings += [*head(info, registry), *weights(info)] if allowed else []
    loaded, tried = probe(found, values, options, registry, spoken) if allowed else (None, [])
    findings += [*_tokenizer(located, options, spoken, loaded), *tried, *abilities(model, info, registry)]
    command = next_command(reference, found, params, options, registry)
    return Report(reference, model.name, findings, command)


def _tokenizer(
    located: Located, options: LoadOptions, spoken: Mapping[str, Sequence[str]], loaded: Any
) -> Iterator[Finding]:
    """Yield what the adapter says of the folder, or the tokens of a word where the model can tell them."""
    if located.model.check_up:
        try:
            yield from located.model.check_up(located.path, spoken, options)
        except Exception as error:  # noqa: BLE001 - an adapter of a third party may raise anything
            yield Finding("tokenizer", "loads", FAILED, reason_of(error))
    elif hasattr(loaded, "token_ids"):
        counts = {code: sum(map(len, loaded.token_ids(list(each)))) / len(each) for code, each in spoken.items()}
        yield tokens_per_word(counts)
