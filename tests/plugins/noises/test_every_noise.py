"""What holds for every noise, in every language, at every severity."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.noising.texts import SENTENCES, changed, of
from xharness import LANGUAGES, PluginError
from xharness.noising.edits import applied, check, ordered
from xharness.noising.rows import Changing, RowNoiser
from xharness_plugins.noises import NOISES

CASES = [(noise, language) for noise in NOISES for language in LANGUAGES if noise.applies(language) is None]

# One test a noise, not one a noise and language: thousands of short tests cost more than what they do.
every_noise = pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
nested = pytest.mark.parametrize(
    "noise",
    [noise for noise in NOISES if all(set(settings) <= {"rate", "edits"} for settings in noise.settings.values())],
    ids=lambda noise: noise.name,
)
drawing = pytest.mark.parametrize(
    "noise", [noise for noise in NOISES if noise.settings[3].get("rate", 1) < 1], ids=lambda noise: noise.name
)


def languages_of(noise):
    return [language for each, language in CASES if each is noise]


def sentence(language):
    """Return a sentence in a language, or in one of the same script."""
    alike = [code for code in SENTENCES if LANGUAGES[code].script == LANGUAGES[language].script]
    return SENTENCES.get(language) or SENTENCES[(alike or ["en"])[0]]


def edits_at(noise, language, severity, text=None, **more):
    text = sentence(language) if text is None else text
    return ordered(noise.edits(of(text, noise, severity, language, **more)), text)


@every_noise
def test_a_noise_applies_in_some_language_or_needs_a_file(noise):
    assert any(noise.applies(language) is None for language in LANGUAGES)
    assert sorted(noise.settings) == [1, 2, 3, 4, 5]


@every_noise
def test_invariants_hold_at_every_severity(noise):
    for language in languages_of(noise):
        text = sentence(language)
        for severity in noise.settings:
            edits = edits_at(noise, language, severity)
            noisy = applied(text, edits)
            check(text, noisy, edits, [], noise.controls, noise.grows)
            noisy.encode("utf-8")
            assert noisy == changed(text, noise, severity, language), (language, severity)


def changing(noise, language, severity, column, others):
    return Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=("t", language, "test"),
        columns=(column,),
        severity=severity,
        settings={name: param.default for name, param in noise.params.items()} | dict(noise.settings[severity]),
        controls=noise.controls,
        grows=noise.grows,
        others={column: others},
    )


@every_noise
def test_protected_spans_stay(noise):
    for language in languages_of(noise):
        text = f"{sentence(language)} https://a.org/b 3.14"
        how = changing(noise, language, 5, "text", list(SENTENCES.values()))
        half = len(text) // 2
        noisy = RowNoiser(how, 0, {"text": text}).text("text", text, [(0, half)])
        assert text[:half] in noisy, language
        assert "https://a.org/b 3.14" in noisy or (noise.grows and "https://a.org/b" in noisy), language


@pytest.mark.parametrize("noise", [noise for noise in NOISES if noise.words_kept], ids=lambda noise: noise.name)
def test_words_of_tagged_sentences_are_kept(noise):
    for language in languages_of(noise):
        words = sentence(language).split()
        for severity in (1, 3, 5):
            how = changing(noise, language, severity, "tokens", [])
            noisy = RowNoiser(how, 0, {"tokens": words}).words("tokens", words)
            assert len(noisy) == len(words), (language, severity)
            assert all(noisy), (language, severity)


@cache
def digest():
    """Return a digest of what every noise makes of the sentences at severity 3."""
    found = hashlib.sha256()
    for noise, language in CASES:
        found.update(changed(sentence(language), noise, 3, language).encode())
    return found.hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "77"])
def test_texts_are_equal_in_a_process_with_another_hash_seed(seed):
    code = "from tests.plugins.noises.test_every_noise import digest; print(digest())"
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == digest()


@nested
def test_what_is_edited_stays_edited_at_a_higher_severity(noise):
    for language in languages_of(noise):
        text = " ".join([sentence(language)] * 3)
        edits = [set(edits_at(noise, language, severity, text)) for severity in noise.settings]
        for less, more in pairwise(edits):
            assert less <= more, language


@every_noise
def test_the_global_generator_is_never_used(noise, monkeypatch):
    def refuse(*args):
        raise AssertionError("the global generator of random numbers was used")

    for name in ("random", "choice", "shuffle", "sample", "randint", "randrange"):
        monkeypatch.setattr(random, name, refuse)
    language = next(language for language in LANGUAGES if noise.applies(language) is None)
    edits_at(noise, language, 3)


@given(st.sampled_from(CASES), st.text(max_size=80), st.integers(1, 5))
def test_any_text_is_changed_soundly(case, text, severity):
    noise, language = case
    try:
        edits = edits_at(noise, language, severity, text)
        check(text, applied(text, edits), edits, [], noise.controls, noise.grows)
    except PluginError as error:
        pytest.fail(str(error))


@drawing
def test_examples_differ_in_what_is_edited(noise):
    """A noise whose draws did not depend on the example would edit the same words in each."""
    for language in languages_of(noise):
        text = " ".join([sentence(language)] * 6)
        kinds = {tuple(edits_at(noise, language, 3, text, example=number)) for number in range(6)}
        assert len(kinds) > 1 or kinds == {()}, language
