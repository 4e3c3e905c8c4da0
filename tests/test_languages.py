"""The language table, and the spellings that `canonical` accepts."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import LANGUAGES, BadRequest, canonical, language

SPELLINGS = {
    "ar": "ara arb arb_Arab ar_AR UD_Arabic-PADT ar_padt-ud-train.conllu",
    "az": "aze azj azj_Latn az_AZ Azeri",
    "de": "deu ger de-AT German Deutsch UD_German-HDT",
    "en": "eng eng_Latn en_XX en-GB ENGLISH",
    "et": "est ekk ekk_Latn",
    "fa": "fas per pes pes_Arab Farsi fa_IR",
    "he": "heb iw he_IL Hebrew",
    "ht": "hat hat_Latn Haitian Haitian_Creole haitian-creole",
    "id": "ind in id_ID",
    "jv": "jav jw",
    "ko": "kor kor_Hang kor_Kore ko-KR UD_Korean-Kaist",
    "ms": "msa may zsm zsm_Latn",
    "pa": "pan pan_Guru pa-IN",
    "pt": "por pt-BR pt_XX pt-PT Português",
    "qu": "que quy quy_Latn",
    "sw": "swa swh swh_Latn sw_KE SWH Kiswahili",
    "tl": "tgl fil fil_Latn fil-PH Filipino",
    "zh": "zho chi cmn zh-CN zh-TW zh_Hans zh-Hant-HK zho_Hans zho_Hant cmn_Hant UD_Chinese-GSDSimp zh_gsd-ud 中文",
}


def test_the_table_is_whole():
    assert len(LANGUAGES) == 50
    for code, entry in LANGUAGES.items():
        assert (code, len(code)) == (entry.code, 2)
        assert all(re.fullmatch("[a-z]{3}", each) for each in (entry.iso3, entry.tatoeba))
        assert re.fullmatch("[a-z]{3}_[A-Z][a-z]{3}", entry.flores)
        assert all((entry.name, entry.native, entry.family, entry.branch))
    assert len({entry.iso3 for entry in LANGUAGES.values()}) == 50
    assert {code for code, entry in LANGUAGES.items() if entry.direction == "rtl"} == {"ar", "fa", "he", "ur"}
    assert {code for code, entry in LANGUAGES.items() if not entry.spaced} == {"ja", "my", "th", "zh"}
    assert len({entry.script for entry in LANGUAGES.values()}) == 18


def test_no_spelling_belongs_to_two_languages():
    result: dict[str, str] = {}
    for entry in LANGUAGES.values():
        for spelling in {entry.name, entry.native, entry.iso3, entry.tatoeba, entry.flores, *entry.more}:
            assert result.setdefault(spelling.casefold(), entry.code) == entry.code


@pytest.mark.parametrize(
    ("code", "spelling"), [(code, word) for code, text in SPELLINGS.items() for word in text.split()]
)
def test_spellings_in_use(code, spelling):
    assert language(spelling) is LANGUAGES[code]


@given(st.sampled_from(list(LANGUAGES.values())), st.data())
def test_case_and_composition_of_a_spelling_do_not_matter(entry, data):
    spelling = data.draw(st.sampled_from([entry.name, entry.native, entry.iso3, entry.tatoeba, entry.flores]))
    change = data.draw(st.sampled_from([str.upper, str.lower, str.title]))
    form = data.draw(st.sampled_from(["NFC", "NFD"]))
    assert canonical(unicodedata.normalize(form, f" {change(spelling)} ")) == entry.code


@pytest.mark.parametrize(
    "spelling", ["tlh", "arb_Latn", "kk_Arab", "hi_rom", "yue", "UD_Classical_Chinese-Kyoto", "azb", "sv-SE", "", "-"]
)
def test_other_languages_and_scripts_stay_what_they_are(spelling):
    assert canonical(spelling) == spelling
    with pytest.raises(BadRequest, match="unknown language"):
        language(spelling)


@given(st.text(max_size=12))
def test_any_text_is_a_language_or_itself(text):
    assert canonical(text) == text or canonical(text) in LANGUAGES


def test_an_unknown_language_gets_near_names():
    with pytest.raises(BadRequest, match="unknown language 'swahilli'; did you mean Swahili"):
        language("swahilli")


@pytest.mark.shared
def test_folders_and_files_of_treebanks(shared_data):
    files = sorted((shared_data / "ud").rglob("*.conllu"))
    assert files
    for file in files:
        assert canonical(file.name) == canonical(file.parent.name) == file.name.partition("_")[0]
