"""Which languages a checkpoint saw: the model card, and the known families."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import LANGUAGES, LoadOptions
from xharness_plugins.models.hf import HF
from xharness_plugins.models.pretraining import card_languages, seen
from xharness_plugins.models.st import ST

XLMR = {"model_type": "xlm-roberta", "vocab_size": 250_002}
MBERT = {"model_type": "bert", "vocab_size": 119_547}


def card(folder, front, *, newline="\n"):
    text = f"---\n{front}\n---\n\n# A model\n\nlanguage: this is not front matter\n"
    (folder / "README.md").write_text(text.replace("\n", newline), encoding="utf-8", newline="")
    return folder


@pytest.mark.parametrize(
    ("front", "languages"),
    [
        ("language: en\nlicense: mit", "en"),
        ("license: mit\nlanguage:\n- en\n- swh\n- 'no'\ntags:\n- fr", "en sw no"),
        ("tags:\n- de\nlanguage: \n  - multilingual\n  - yo # Yoruba\n  - Hausa\n  - zh-Hans\nlicense: mit", "yo zh"),
        ("language: [en, \"sw\",\n  'yor']\nlicense: mit", "en sw yo"),
        ("language: multilingual", ""),
        ("language:", ""),
        ("license: mit", ""),
        ("model-index:\n- name: x\n  language: en", ""),
        ("languages: en", ""),
        ("language: [", ""),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_languages_of_a_model_card(tmp_path, front, languages, newline):
    assert card_languages(card(tmp_path, front, newline=newline) / "README.md") == frozenset(languages.split())


@given(text=st.text(max_size=60), front=st.booleans())
def test_any_text_can_be_a_card(tmp_path_factory, text, front):
    file = tmp_path_factory.getbasetemp() / "any.md"
    file.write_bytes((f"---\nlanguage: {text}\n---\n" if front else text).encode("utf-8", "surrogatepass"))
    assert all(isinstance(code, str) for code in card_languages(file))


def test_no_card_and_no_known_family(tmp_path):
    assert seen(tmp_path, {"model_type": "bert", "vocab_size": 30_522}) is None
    (tmp_path / "README.md").write_text("language: en", encoding="utf-8")
    assert seen(tmp_path, {}) is None


@pytest.mark.parametrize(
    ("config", "n", "unseen"),
    [
        (XLMR, 93, {"ht", "qu", "wo", "yo"}),
        (MBERT, 103, {"qu", "wo"}),
        ({"model_type": "bert", "vocab_size": 105_879}, 101, {"qu", "th", "wo"}),
    ],
)
def test_known_families(tmp_path, config, n, unseen):
    found = seen(tmp_path, config)
    assert len(found) == n
    assert set(LANGUAGES) - found == unseen


def test_a_fine_tuned_model_still_saw_what_its_family_saw(tmp_path):
    assert seen(card(tmp_path, "language: yo"), XLMR) == seen(tmp_path / "none", XLMR) | {"yo"}


def test_a_checkpoint_of_one_language(minilm):
    assert ST.inspect(minilm, "mini", None, LoadOptions()).languages == {"en"}


def test_the_card_is_no_part_of_the_fingerprint(tmp_path):
    from tests.models import tiny_checkpoint

    folder = tiny_checkpoint(tmp_path / "tiny", "xlmr")
    before = HF.inspect(folder, "x", None, LoadOptions())
    after = HF.inspect(card(folder, "language: [sw, yo]"), "x", None, LoadOptions())
    assert (before.languages, after.languages) == (None, {"sw", "yo"})
    assert (before.fingerprint, before.files) == (after.fingerprint, after.files)
