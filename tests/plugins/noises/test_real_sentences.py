"""What holds for every noise holds in sentences of treebanks too."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.noising.texts import SENTENCES
from xharness import LANGUAGES, canonical
from xharness.noising.rows import Changing, RowNoiser
from xharness_plugins.noises import NOISES

SENTENCE_COUNT = 20


def sentences(file):
    """Yield the words of the first sentences of a treebank."""
    lines = file.read_text("utf-8").split("\n\n")
    for block in islice(lines, SENTENCE_COUNT):
        rows = [line.split("\t") for line in block.splitlines() if not line.startswith("#")]
        words = [row[1] for row in rows if row[0].isdigit() and not any(map(str.isspace, row[1]))]
        if words:
            yield words


def noised(noise, language, severity, number, words):
    """Return the changed words of a tagged sentence, and what was done to them and to the sentence as one text.

    A PluginError says what does not hold.
    """
    how = Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=("t", language, "test"),
        columns=("text", "tokens"),
        severity=severity,
        settings={name: param.default for name, param in noise.params.items()} | dict(noise.settings[severity]),
        controls=noise.controls,
        grows=noise.grows,
        others={"text": list(SENTENCES.values()), "tokens": []},
    )
    text = (" " if LANGUAGES[language].spaced else "").join(words)
    noiser = RowNoiser(how, number, {"text": text, "tokens": words})
    noiser.text("text", text)
    return noiser.words("tokens", words) if noise.words_kept else words, noiser.changed.edits


@pytest.mark.shared
@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_sentences_of_treebanks_are_changed_soundly(noise, shared_data):
    files = {canonical(file.parent.name): file for file in sorted((shared_data / "ud").rglob("*test.conllu"))}
    assert len(files) > 30
    changed = False
    for language, file in files.items():
        if noise.applies(language) is not None:
            continue
        for number, words in enumerate(sentences(file)):
            for severity in (1, 3, 5):
                tokens, edits = noised(noise, language, severity, number, words)
                assert len(tokens) == len(words)
                changed = changed or bool(edits)
    assert changed or any(param.default is None for param in noise.params.values())  # one that needs a user's table
