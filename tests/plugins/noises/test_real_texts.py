"""What holds for every noise on real sentences of Tatoeba, XQuAD and Universal Dependencies."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tests.noising.texts import edits_of, noiser
from xharness import LANGUAGES
from xharness.noising.edits import applied, check
from xharness_plugins.noises import NOISES

pytestmark = pytest.mark.shared
every_noise = pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
TEXTS, PARAGRAPHS, TAGGED = 12, 2, 8
# What they change is rare in running text, or listed in a table that a user gives.
SPARSE = {"code_switch", "error_table", "homophone", "nf_form", "ortho_variant", "vowel_drop"}


@pytest.fixture(scope="module")
def sentences(shared_data):
    """Return sentences by language."""
    found = {}
    for code, language in LANGUAGES.items():
        file = shared_data / "tatoeba/v1" / f"tatoeba.{language.tatoeba}-eng.{language.tatoeba}"
        if file.exists():
            found[code] = file.read_text("utf-8").splitlines()[:TEXTS]
    assert len(found) > 30
    return found


@pytest.fixture(scope="module")
def paragraphs(shared_data):
    """Return paragraphs with their answers, by language."""
    found = {}
    for file in sorted((shared_data / "xquad").glob("xquad.*.json")):
        articles = json.loads(file.read_text("utf-8"))["data"]
        found[file.suffixes[0][1:]] = [article["paragraphs"][0] for article in articles[:PARAGRAPHS]]
    assert len(found) == 12
    return found


@pytest.fixture(scope="module")
def tagged(shared_data):
    """Return the words of sentences, by language."""
    found = {}
    for file in sorted((shared_data / "ud").rglob("*.conllu")):
        language = file.name.partition("_")[0]
        blocks = file.read_text("utf-8").split("\n\n")[:TAGGED]
        rows = [[line.split("\t") for line in block.split("\n") if line[:1].isdigit()] for block in blocks]
        found[language] = [[row[1] for row in sentence if row[0].isdigit()] for sentence in rows]
    assert len(found) > 30
    return found


def languages(noise, texts):
    return [language for language in texts if language in LANGUAGES and noise.applies(language) is None]


@every_noise
def test_invariants_hold_on_real_sentences(noise, sentences):
    for language in languages(noise, sentences):
        for number, text in enumerate(sentences[language]):
            for severity in noise.settings:
                edits = edits_of(text, noise, severity, language, example=number)
                noisy = applied(text, edits)
                check(text, noisy, edits, [], noise.controls, noise.grows)
                assert (noisy == text) == (not edits)
                assert noiser(noise, language, severity, ["text"], number, {"text": text}).text("text", text)


@every_noise
def test_what_is_edited_stays_edited_at_a_higher_severity(noise, sentences):
    if not all(set(settings) <= {"rate", "edits"} for settings in noise.settings.values()):
        pytest.skip("its severities are not rates of words")
    for language in languages(noise, sentences):
        for number, text in enumerate(sentences[language]):
            edits = [set(edits_of(text, noise, severity, language, example=number)) for severity in noise.settings]
            for less, more in pairwise(edits):
                assert less <= more, (language, text)


@every_noise
def test_some_sentences_of_each_language_change(noise, sentences):
    """A noise that applies in a language but finds nothing to edit there should say so in `applies`."""
    if noise.name in SPARSE:
        pytest.skip("few sentences have what it changes")
    for language in languages(noise, sentences):
        texts = enumerate(sentences[language])
        assert any(edits_of(text, noise, 5, language, example=number) for number, text in texts), language


@every_noise
def test_answers_of_paragraphs_stay_and_are_found(noise, paragraphs):
    for language in languages(noise, paragraphs):
        for number, paragraph in enumerate(paragraphs[language]):
            text = paragraph["context"]
            answers = [
                {"text": answer["text"], "start": answer["answer_start"]}
                for question in paragraph["qas"]
                for answer in question["answers"]
            ]
            for severity in (1, 3, 5):
                located = noiser(noise, language, severity, ["context"], number, {"context": text})
                noisy, placed = located.located("context", text, answers)
                for answer in placed:
                    assert noisy[answer["start"] :].startswith(answer["text"])


@every_noise
def test_words_of_treebanks_stay_as_many(noise, tagged):
    if not noise.words_kept:
        pytest.skip("it adds or removes words")
    for language in languages(noise, tagged):
        for number, words in enumerate(tagged[language]):
            for severity in (1, 3, 5):
                noisy = noiser(noise, language, severity, ["tokens"], number, {"tokens": words}).words("tokens", words)
                assert len(noisy) == len(words)
                assert all(noisy)
                spaces = [any(map(str.isspace, word)) for word in words]
                assert [any(map(str.isspace, word)) for word in noisy] == spaces
