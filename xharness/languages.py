"""The 50 languages of XTREME-R, 40 of which are in XTREME: codes, names, scripts and families."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from xharness.errors import unknown

_UNSPACED = {"zh", "ja", "th", "my"}
_RIGHT_TO_LEFT = {"Arab", "Hebr"}


@dataclass(frozen=True)
class Language:
    """A language: its codes, names, spellings in data sets, and family.

    `code` is the ISO 639-1 code (sw), `iso3` the ISO 639-3 code (swa), `tatoeba` the code of Tatoeba and LASER files
    (swh), `flores` the code of FLORES-200 (swh_Latn). `more` lists other spellings: ISO 639-2/B codes, codes of the
    individual language that data sets contain, former codes, other names. Families are those of the XTREME-R paper
    (Ruder et al. 2021); Basque and Korean are isolates.
    """

    code: str
    name: str
    native: str
    iso3: str
    tatoeba: str
    flores: str
    family: str
    branch: str
    more: tuple[str, ...] = ()

    @property
    def script(self) -> str:
        """Return the ISO 15924 code of the script, for example `Latn`."""
        return self.flores.partition("_")[2]

    @property
    def direction(self) -> str:
        """Return the writing direction, `ltr` or `rtl`."""
        return "rtl" if self.script in _RIGHT_TO_LEFT else "ltr"

    @property
    def spaced(self) -> bool:
        """Return whether words are separated by spaces."""
        return self.code not in _UNSPACED


_TABLE = """
af|Afrikaans|Afrikaans|afr|afr|afr_Latn|Indo-European|Germanic|
ar|Arabic|العربية|ara|ara|arb_Arab|Afro-Asiatic|Semitic|arb, Standard Arabic, Modern Standard Arabic
az|Azerbaijani|Azərbaycanca|aze|aze|azj_Latn|Turkic|Oghuz|azj, Azeri, North Azerbaijani
bg|Bulgarian|Български|bul|bul|bul_Cyrl|Indo-European|Slavic|
bn|Bengali|বাংলা|ben|ben|ben_Beng|Indo-European|Indo-Aryan|Bangla
de|German|Deutsch|deu|deu|deu_Latn|Indo-European|Germanic|ger
el|Greek|Ελληνικά|ell|ell|ell_Grek|Indo-European|Greek|gre, Modern Greek
en|English|English|eng|eng|eng_Latn|Indo-European|Germanic|
es|Spanish|Español|spa|spa|spa_Latn|Indo-European|Romance|Castilian
et|Estonian|Eesti|est|est|est_Latn|Uralic|Finnic|ekk, Standard Estonian
eu|Basque|Euskara|eus|eus|eus_Latn|isolate|Basque|baq
fa|Persian|فارسی|fas|pes|pes_Arab|Indo-European|Iranian|per, pes, Farsi, Western Persian, Iranian Persian
fi|Finnish|Suomi|fin|fin|fin_Latn|Uralic|Finnic|
fr|French|Français|fra|fra|fra_Latn|Indo-European|Romance|fre
gu|Gujarati|ગુજરાતી|guj|guj|guj_Gujr|Indo-European|Indo-Aryan|
he|Hebrew|עברית|heb|heb|heb_Hebr|Afro-Asiatic|Semitic|iw
hi|Hindi|हिन्दी|hin|hin|hin_Deva|Indo-European|Indo-Aryan|
ht|Haitian Creole|Kreyòl ayisyen|hat|hat|hat_Latn|Creole|French-based|Haitian
hu|Hungarian|Magyar|hun|hun|hun_Latn|Uralic|Ugric|
id|Indonesian|Bahasa Indonesia|ind|ind|ind_Latn|Austronesian|Malayic|in
it|Italian|Italiano|ita|ita|ita_Latn|Indo-European|Romance|
ja|Japanese|日本語|jpn|jpn|jpn_Jpan|Japonic|Japanese|
jv|Javanese|Basa Jawa|jav|jav|jav_Latn|Austronesian|Javanese|jw
ka|Georgian|ქართული|kat|kat|kat_Geor|Kartvelian|Karto-Zan|geo
kk|Kazakh|Қазақша|kaz|kaz|kaz_Cyrl|Turkic|Kipchak|
ko|Korean|한국어|kor|kor|kor_Hang|isolate|Korean|kor_Kore
lt|Lithuanian|Lietuvių|lit|lit|lit_Latn|Indo-European|Baltic|
ml|Malayalam|മലയാളം|mal|mal|mal_Mlym|Dravidian|Southern|
mr|Marathi|मराठी|mar|mar|mar_Deva|Indo-European|Indo-Aryan|
ms|Malay|Bahasa Melayu|msa|zsm|zsm_Latn|Austronesian|Malayic|may, zsm, Standard Malay
my|Burmese|မြန်မာဘာသာ|mya|mya|mya_Mymr|Sino-Tibetan|Lolo-Burmese|bur, Myanmar
nl|Dutch|Nederlands|nld|nld|nld_Latn|Indo-European|Germanic|dut
pa|Punjabi|ਪੰਜਾਬੀ|pan|pan|pan_Guru|Indo-European|Indo-Aryan|Panjabi, Eastern Punjabi
pl|Polish|Polski|pol|pol|pol_Latn|Indo-European|Slavic|
pt|Portuguese|Português|por|por|por_Latn|Indo-European|Romance|
qu|Quechua|Runasimi|que|que|quy_Latn|Quechuan|Southern|quy, qve, Ayacucho Quechua
ro|Romanian|Română|ron|ron|ron_Latn|Indo-European|Romance|rum
ru|Russian|Русский|rus|rus|rus_Cyrl|Indo-European|Slavic|
sw|Swahili|Kiswahili|swa|swh|swh_Latn|Niger-Congo|Bantu|swh
ta|Tamil|தமிழ்|tam|tam|tam_Taml|Dravidian|Southern|
te|Telugu|తెలుగు|tel|tel|tel_Telu|Dravidian|South-Central|
th|Thai|ไทย|tha|tha|tha_Thai|Kra-Dai|Tai|
tl|Tagalog|Tagalog|tgl|tgl|tgl_Latn|Austronesian|Philippine|fil, Filipino
tr|Turkish|Türkçe|tur|tur|tur_Latn|Turkic|Oghuz|
uk|Ukrainian|Українська|ukr|ukr|ukr_Cyrl|Indo-European|Slavic|
ur|Urdu|اردو|urd|urd|urd_Arab|Indo-European|Indo-Aryan|
vi|Vietnamese|Tiếng Việt|vie|vie|vie_Latn|Austro-Asiatic|Vietic|
wo|Wolof|Wolof|wol|wol|wol_Latn|Niger-Congo|Senegambian|
yo|Yoruba|Yorùbá|yor|yor|yor_Latn|Niger-Congo|Yoruboid|
zh|Chinese|中文|zho|cmn|zho_Hans|Sino-Tibetan|Sinitic|chi, cmn, zh_Hant, zho_Hant, cmn_Hant, Mandarin, Mandarin Chinese
"""


def _read(row: str) -> Language:
    code, name, native, iso3, tatoeba, flores, family, branch, more = row.split("|")
    others = tuple(more.split(", ")) if more else ()
    return Language(code, name, native, iso3, tatoeba, flores, family, branch, others)


LANGUAGES: dict[str, Language] = {entry.code: entry for entry in map(_read, _TABLE.strip().splitlines())}
"""The known languages by code."""

# UD treebank folders and files: UD_Chinese-GSD, zh_gsd-ud, zh_gsd-ud-test.conllu.
_TREEBANK = re.compile(r"ud_(?P<name>\w+)-\w+|(?P<code>[a-z]{2,3})_\w+-ud(?:-\w+)?(?:\.\w+)?")
# Language tags: language, optional script, optional region, as in zh-Hans-CN, zh_CN, en_XX.
_TAG = re.compile(r"(?P<code>[a-z]{2,3})(?:_(?P<script>[a-z]{4}))?(?:_(?:[a-z]{2}|\d{3}))?")


def _plain(spelling: str) -> str:
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFC", spelling).casefold().strip())


_SPELLINGS = {
    _plain(spelling): entry.code
    for entry in LANGUAGES.values()
    for spelling in (
        entry.code, entry.name, entry.native, entry.iso3, entry.tatoeba, entry.flores, *entry.more,
        *(f"{code}_{entry.script}" for code in (entry.code, entry.iso3, entry.tatoeba, *entry.more) if len(code) < 4),
    )
}  # fmt: skip


def canonical(spelling: str) -> str:
    """Return the code of a language in the table; return an unknown spelling unchanged.

    Accepts ISO 639 codes (1, 2/B, 2/T, 3), FLORES and Tatoeba codes, tags with a script or region (`zh-Hans`,
    `pt_BR`, `en_XX`), UD treebank names (`UD_Chinese-GSD`, `zh_gsd-ud`), and names in English or in the language
    itself, in any case. A tag with another script than the table's (`arb_Latn`) is a different language.
    """
    if spelling in LANGUAGES:
        return spelling
    if match := _TREEBANK.fullmatch(spelling.casefold().strip()):
        return _SPELLINGS.get(match["name"] or match["code"], spelling)
    text = _plain(spelling)
    if text in _SPELLINGS:
        return _SPELLINGS[text]
    if match := _TAG.fullmatch(text):
        head = f"{match['code']}_{match['script']}" if match["script"] else match["code"]
        return _SPELLINGS.get(head, spelling)
    return spelling


def language(spelling: str) -> Language:
    """Return the language of a spelling; raise BadRequest with similar codes and names if it is unknown."""
    code = canonical(spelling)
    if code not in LANGUAGES:
        raise unknown("language", spelling, [*LANGUAGES, *(entry.name for entry in LANGUAGES.values())])
    return LANGUAGES[code]
