"""Checks of a noise: what holds for every noise, in each language to which it applies, at each severity."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from xharness.errors import BadRequest, PluginError
from xharness.languages import LANGUAGES
from xharness.noising.draws import Draws
from xharness.noising.edits import Edit, applied, check, ordered
from xharness.noising.rows import Changing, RowNoiser
from xharness.noising.text import NoiseText
from xharness.specs.noises import DEFAULT_SEVERITY, SEVERITIES, Noise
from xharness.specs.sources import Synthetic
from xharness.testing.bench import Bench
from xharness.testing.checks import Problem, Skip, checks, failed
from xharness.testing.params import parameters_are_sound

_URL = " https://a.org/b 3.14"
_TEXTS = 6


def severities_are_complete(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """The noise has settings for the severities 1 to 5."""
    if sorted(noise.settings) != sorted(SEVERITIES):
        yield failed(f"`settings` has the severities {sorted(noise.settings)}; give settings for each of 1 to 5")


def languages_have_reasons(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """The noise applies to at least one language, and says why it does not apply to others."""
    reasons = {code: noise.applies(code) for code in LANGUAGES}
    odd = [code for code, reason in reasons.items() if reason is not None and not str(reason).strip()]
    if odd:
        yield failed(f"`applies('{odd[0]}')` returns an empty text; return None if it applies, else the reason")
    if all(reason is not None for reason in reasons.values()):
        yield failed("it applies to no language; return None from `applies` where it does")


def edits_are_sound(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """Edits do not overlap, leave some text, and insert no undeclared control character, at each severity."""
    for language, texts in _languages(noise, bench):
        for severity in sorted(noise.settings):
            for text in texts:
                try:
                    edits = _edits(noise, language, severity, text)
                    check(text, applied(text, edits), edits, [], noise.controls, noise.grows)
                except PluginError as error:
                    yield failed(f"{language}, severity {severity}: {error}; correct `edits`")
                    return


def edits_repeat(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """The same text gets the same edits, whatever was drawn before: the global generator is not used."""
    for language, texts in _languages(noise, bench):
        for text in texts:
            state = random.getstate()
            one = _edits(noise, language, DEFAULT_SEVERITY, text)
            used = random.getstate() != state
            if used or one != _edits(noise, language, DEFAULT_SEVERITY, text):
                yield failed(
                    f"{language}: the edits of a text differ or use the module `random`; draw from `text.random`"
                )
                return


def higher_severities_edit_more(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """What is edited at a severity is edited in the same way at the next."""
    if any(set(setting) - {"rate", "edits"} or "rate" not in setting for setting in noise.settings.values()):
        raise Skip("its severities are not rates of words")
    for language, texts in _languages(noise, bench):
        text = " ".join(texts)
        found = [set(_edits(noise, language, severity, text)) for severity in sorted(noise.settings)]
        if not all(less <= more for less, more in pairwise(found)):
            yield failed(f"{language}: an edit of a lower severity is missing at the next; use `text.selected()`")
            return


def protected_text_stays(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """Protected spans, and addresses and numbers, stay as they are."""
    for language, texts in _languages(noise, bench):
        text = texts[0] + _URL
        half = len(texts[0]) // 2
        try:
            noisy = RowNoiser(_changing(noise, language, 5, texts), 0, {"text": text}).text("text", text, [(0, half)])
        except PluginError as error:
            yield failed(f"{language}: {error}; edit only what `text.words` or `text.is_free` gives")
            return
        if text[:half] not in noisy:
            yield failed(f"{language}: a protected span changes; edit only what `text.words` or `text.is_free` gives")
            return


def words_are_kept(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """With `words_kept`, a tagged sentence keeps its words, and none becomes empty."""
    if not noise.words_kept:
        raise Skip("it does not declare `words_kept`")
    for language, texts in _languages(noise, bench):
        words = texts[0].split()
        for severity in sorted(noise.settings):
            how = _changing(noise, language, severity, texts)
            try:
                noisy = RowNoiser(how, 0, {"text": words}).words("text", words)
            except PluginError as error:
                yield failed(f"{language}: {error}; keep the words, or declare words_kept=False")
                return
            if len(noisy) != len(words) or not all(noisy):
                yield failed(f"{language}: {len(words)} words become {len(noisy)}; keep them, or set words_kept=False")
                return


def examples_differ(noise: Noise, bench: Bench) -> Iterator[Problem]:
    """The words that are edited are drawn anew for each example."""
    rate = noise.settings.get(DEFAULT_SEVERITY, {}).get("rate", 1)
    if rate >= 1:
        raise Skip("it does not draw words")
    for language, texts in _languages(noise, bench):
        text = " ".join([*texts, *texts])
        kinds = {tuple(_edits(noise, language, DEFAULT_SEVERITY, text, example)) for example in range(_TEXTS)}
        if len(kinds) == 1 and kinds != {()}:
            yield failed(f"{language}: the same words are edited in every example; draw them with `text.selected()`")
            return


def _languages(noise: Noise, bench: Bench) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield languages to which a noise applies, with texts; `Skip` if it needs a file, or there are no texts."""
    if any(param.type is Path and param.default is None for param in noise.params.values()):
        raise Skip("it needs a file that a user gives")
    found = 0
    for code in [code for code in LANGUAGES if noise.applies(code) is None]:
        texts = bench.once(("texts", code), partial(_texts, code, bench))
        if texts and (bench.most is None or found < bench.most):
            found += 1
            try:
                _edits(noise, code, DEFAULT_SEVERITY, texts[0])
            except BadRequest as error:
                raise Skip(str(error)) from error  # a package that it takes tables from is not installed
            except PluginError:
                pass
            yield code, texts
    if not found:
        raise Skip("no task has synthetic texts in a language to which it applies")


def _texts(language: str, bench: Bench) -> list[str]:
    """Return synthetic sentences in a language, of the first task that has them."""
    for task in bench.registry.all("tasks"):
        data = task.data_for("mini")
        names = [name for name in task.kind.noised if task.kind.columns[name].type == "text"]
        if isinstance(data, Synthetic) and names and language in task.languages and task.test_split in data.sizes:
            return [str(row[names[0]]) for row in data.rows(language, task.test_split, _TEXTS)]
    return []


def _settings(noise: Noise, severity: int) -> dict[str, Any]:
    return {name: param.default for name, param in noise.params.items()} | dict(noise.settings[severity])


def _edits(noise: Noise, language: str, severity: int, text: str, example: int = 0) -> list[Edit]:
    draws = Draws(noise.name, noise.version, "t", language, "test", example, "text", 0)
    seen = NoiseText(
        text=text,
        language=language,
        column="text",
        severity=severity,
        settings=_settings(noise, severity),
        draws=draws,
        others=(text,),
    )
    return ordered(noise.edits(seen), text)


def _changing(noise: Noise, language: str, severity: int, texts: Sequence[str]) -> Changing:
    return Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=("t", language, "test"),
        columns=("text",),
        severity=severity,
        settings=_settings(noise, severity),
        controls=noise.controls,
        grows=noise.grows,
        others={"text": list(texts)},
    )


CHECKS = checks(
    "noises",
    severities_are_complete,
    languages_have_reasons,
    edits_are_sound,
    edits_repeat,
    higher_severities_edit_more,
    protected_text_stays,
    words_are_kept,
    examples_differ,
    parameters_are_sound,
)
