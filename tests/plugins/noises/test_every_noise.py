"""What holds for every noise, in every language, at every severity."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
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
IDS = [f"{noise.name}-{language}" for noise, language in CASES]


def sentence(language):
    """Return a sentence in a language, or in one of the same script."""
    alike = [code for code in SENTENCES if LANGUAGES[code].script == LANGUAGES[language].script]
    return SENTENCES.get(language) or SENTENCES[(alike or ["en"])[0]]


def edits_at(noise, language, severity, text=None, **more):
    text = sentence(language) if text is None else text
    return ordered(noise.edits(of(text, noise, severity, language, **more)), text)


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_a_noise_applies_in_some_language_or_needs_a_file(noise):
    assert any(noise.applies(language) is None for language in LANGUAGES)
    assert sorted(noise.settings) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("noise", "language"), CASES, ids=IDS)
def test_invariants_hold_at_every_severity(noise, language):
    text = sentence(language)
    for severity in noise.settings:
        edits = edits_at(noise, language, severity)
        noisy = applied(text, edits)
        check(text, noisy, edits, [], noise.controls, noise.grows)
        noisy.encode("utf-8")
        assert noisy == changed(text, noise, severity, language)


@pytest.mark.parametrize(("noise", "language"), CASES, ids=IDS)
def test_protected_spans_stay(noise, language):
    text = f"{sentence(language)} https://a.org/b 3.14"
    how = Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=("t", language, "test"),
        columns=("text",),
        severity=5,
        settings={name: param.default for name, param in noise.params.items()} | dict(noise.settings[5]),
        controls=noise.controls,
        grows=noise.grows,
        others={"text": list(SENTENCES.values())},
    )
    half = len(text) // 2
    noisy = RowNoiser(how, 0, {"text": text}).text("text", text, [(0, half)])
    assert text[:half] in noisy
    assert "https://a.org/b 3.14" in noisy or (noise.grows and "https://a.org/b" in noisy)


@pytest.mark.parametrize(
    ("noise", "language"),
    [case for case in CASES if case[0].words_kept],
    ids=[i for i, c in zip(IDS, CASES, strict=True) if c[0].words_kept],
)
def test_words_of_tagged_sentences_are_kept(noise, language):
    words = sentence(language).split()
    for severity in (1, 3, 5):
        how = Changing(
            name=noise.name,
            version=noise.version,
            edits=noise.edits,
            seeded_by=("t", language, "test"),
            columns=("tokens",),
            severity=severity,
            settings={name: param.default for name, param in noise.params.items()} | dict(noise.settings[severity]),
            controls=noise.controls,
            grows=noise.grows,
            others={"tokens": []},
        )
        noisy = RowNoiser(how, 0, {"tokens": words}).words("tokens", words)
        assert len(noisy) == len(words)
        assert all(noisy)


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


@pytest.mark.parametrize(("noise", "language"), CASES, ids=IDS)
def test_what_is_edited_stays_edited_at_a_higher_severity(noise, language):
    if not all(set(settings) <= {"rate", "edits"} for settings in noise.settings.values()):
        pytest.skip("its severities are not rates of words")
    text = " ".join([sentence(language)] * 3)
    edits = [set(edits_at(noise, language, severity, text)) for severity in noise.settings]
    for less, more in pairwise(edits):
        assert less <= more


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_the_global_generator_is_never_used(noise, monkeypatch):
    def refuse(*args):
        raise AssertionError("the global generator of random numbers was used")

    for name in ("random", "choice", "shuffle", "sample", "randint", "randrange"):
        monkeypatch.setattr(random, name, refuse)
    language = next(language for language in LANGUAGES if noise.applies(language) is None)
    edits_at(noise, language, 3)


@pytest.mark.parametrize(("noise", "language"), CASES, ids=IDS)
def test_what_is_edited_at_a_severity_is_edited_at_the_next(noise, language):
    if any(set(setting) - {"rate", "edits"} or "rate" not in setting for setting in noise.settings.values()):
        pytest.skip("the severities of the noise are no rates of words")
    text = " ".join([sentence(language)] * 3)
    found = [set(edits_at(noise, language, severity, text)) for severity in noise.settings]
    for less, more in pairwise(found):
        assert less <= more


@given(st.sampled_from(CASES), st.text(max_size=80), st.integers(1, 5))
def test_any_text_is_changed_soundly(case, text, severity):
    noise, language = case
    try:
        edits = edits_at(noise, language, severity, text)
        check(text, applied(text, edits), edits, [], noise.controls, noise.grows)
    except PluginError as error:
        pytest.fail(str(error))


@pytest.mark.parametrize(("noise", "language"), CASES, ids=IDS)
def test_examples_differ_in_what_is_edited(noise, language):
    """A noise whose draws did not depend on the example would edit the same words in each."""
    if "rate" not in noise.settings[3] or noise.settings[3]["rate"] >= 1:
        pytest.skip("the noise does not draw words")
    text = " ".join([sentence(language)] * 6)
    kinds = {tuple(edits_at(noise, language, 3, text, example=number)) for number in range(6)}
    assert len(kinds) > 1 or kinds == {()}
