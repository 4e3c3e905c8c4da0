"""The noise of spelling variants."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tests.noising.texts import changed
from xharness import LANGUAGES
from xharness_plugins.noises.ortho_variant import ORTHO_VARIANT
from xharness_plugins.noises.tables import rows


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("tr", "ışık çğöşü İyi", "isik cgosu Iyi"),
        ("az", "gəlin Əli", "gelin Eli"),
        ("fa", "کتابی", "كتابي"),
        ("ar", "أحمد إلى مدرسة رسالةٌ", "احمد الي مدرسه رساله"),
        ("ar", "كـتـاب كِتَاب", "كتاب كتاب"),
        ("he", "שָׁלוֹם צה״ל", 'שלום צה"ל'),
        ("ur", "ہی کی", "هي كي"),
        ("hi", "हिन्दी ज़मीन हँस सम्पर्क", "हिंदी जमीन हंस संपर्क"),
        ("bn", "হঠাৎ উত্সব", "হঠাত্ উৎসব"),
        ("pa", "ਬੁੱਢੇ ਕੰਮ", "ਬੁਢੇ ਕਂਮ"),
        ("ml", "അവൾ അവര്", "അവള് അവർ"),
        ("th", "คำแก", "คําเเก"),
        ("de", "Übergröße ÄRGER", "Uebergroesse AERGER"),
        ("fi", "Äiti söi", "Aiti soi"),
        ("ro", "știință țară", "ştiinţa ţara"),
        ("pl", "Źdźbło łódź", "Zdzblo lodz"),
        ("lt", "ąžuolas ėjo", "azuolas ejo"),
        ("fr", "Été cœur", "Ete coeur"),
        ("wo", "ñuul ŋaam", "nuul naam"),
        ("ru", "ещё Ёлка", "еще Елка"),
        ("bg", "ѝѝ", "ии"),
        ("kk", "қазақ тілі", "казак тили"),
        ("el", "Άνθρωπος ήλιος", "Ανθρωποσ ηλιοσ"),
        ("ja", "人々 データ", "人人 デタ"),
        ("ko", "되다 않다", "돼다 안다"),
        ("id", "Anak-anak rumah-rumah", "Anak2 rumah2"),
        ("en", "don't won’t", "don’t won't"),
        ("nl", "lijn IJsland", "lĳn Ĳsland"),
    ],
)
def test_variants(language, text, expected):
    assert changed(text, ORTHO_VARIANT, 5, language, words_kept=True) == expected


def test_persian_joiners_become_nothing_or_a_space_where_words_may_be_split():
    found = {changed("می‌خواهد", ORTHO_VARIANT, 3, "fa", example=example) for example in range(20)}
    assert found == {"ميخواهد", "مي خواهد"}
    kept = {changed("می‌خواهد", ORTHO_VARIANT, 3, "fa", example=example, words_kept=True) for example in range(20)}
    assert kept == {"ميخواهد"}


def test_vietnamese_tones_move_then_go():
    assert changed("Hòa hoà thúy quý hoàn Tiếng", ORTHO_VARIANT, 3, "vi", example=3).startswith("Hoà hoà")
    texts = {text: changed(text, ORTHO_VARIANT, 3, "vi") for text in ("hoà", "khỏe", "thúy", "quý", "hoàn", "tiếng")}
    assert texts == {"hoà": "hòa", "khỏe": "khoẻ", "thúy": "thuý", "quý": "quý", "hoàn": "hoàn", "tiếng": "tiếng"}
    assert changed("Tiếng người quý Đặng", ORTHO_VARIANT, 5, "vi") == "Tiêng ngươi quy Đăng"


def test_yoruba_tones_go_then_the_dots_below():
    text = "ọ̀rẹ́ ńlá ṣe"
    words = changed(text, ORTHO_VARIANT, 3, "yo", example=1).split()
    assert set(words) <= {"ọ̀rẹ́", "ọrẹ", "ńlá", "nla", "ṣe"}
    assert changed(text, ORTHO_VARIANT, 5, "yo") == "ore nla se"
    assert changed("ọ̀rẹ́", ORTHO_VARIANT, 3, "yo") == "ọrẹ"


def test_decomposed_texts_have_variants_too():
    assert changed(unicodedata.normalize("NFD", "fröhlich"), ORTHO_VARIANT, 3, "de") == "froehlich"


def test_hungarian_letters_have_two_variants():
    found = {changed("erdő", ORTHO_VARIANT, 3, "hu", example=example) for example in range(20)}
    assert found == {"erdö", "erdo"}


def test_marks_and_spaces_around_words_go_only_where_words_are_not_kept():
    assert changed("¿Quién viene? ¡Qué día!", ORTHO_VARIANT, 5, "es") == "Quien viene? Que dia!"
    assert changed("¿Quién viene?", ORTHO_VARIANT, 5, "es", words_kept=True) == "¿Quien viene?"
    text = "친구에게 편지를 쓰고 답장을 기다렸다"
    assert changed(text, ORTHO_VARIANT, 5, "ko").replace(" ", "") == text.replace(" ", "")
    assert changed(text, ORTHO_VARIANT, 5, "ko") != text
    assert changed(text, ORTHO_VARIANT, 5, "ko", words_kept=True) == text


def test_words_that_would_become_empty_or_start_with_a_mark_stay():
    assert changed("ーー", ORTHO_VARIANT, 5, "ja") == "ーー"
    assert changed("न्दक", ORTHO_VARIANT, 5, "hi") == "न्दक"


def test_the_table_is_sound():
    for languages, before, after, place, severities in rows("ortho_variant.tsv"):
        assert set(languages.split()) <= set(LANGUAGES)
        assert len(before.split()) == len(after.split())
        assert place in {"any", "end", "before", "after", "pattern"}
        assert re.fullmatch("[1-5]-[1-5]", severities)
        texts = before.split()
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", ["eu", "ka", "ta", "my", "zh"])
def test_languages_without_variants_are_left_out(language):
    assert ORTHO_VARIANT.applies(language) == f"no spelling variants are listed for {LANGUAGES[language].name}"


def test_it_applies_in_all_other_languages():
    assert {code for code in LANGUAGES if ORTHO_VARIANT.applies(code)} == {"eu", "ka", "ta", "my", "zh"}
