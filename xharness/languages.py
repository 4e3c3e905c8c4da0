"""The 50 languages of XTREME-R (40 of them XTREME's): the one table that everything else reads."""

from __future__ import annotations

from dataclasses import dataclass

from xharness.errors import unknown

_UNSPACED = {"zh", "ja", "th", "my"}
_RIGHT_TO_LEFT = {"Arab", "Hebr"}


@dataclass(frozen=True)
class Language:
    """A language: ISO 639-1 code, names, the spellings that data sets use, and its place among the others.

    `iso3` is the three-letter code of Tatoeba and LASER files (fa is `pes`, zh `cmn`, sw `swh`), `flores` the
    FLORES-200 code. Families are those of the XTREME-R paper (Ruder et al. 2021); Basque and Korean are isolates.
    """

    code: str
    name: str
    native: str
    iso3: str
    flores: str
    family: str
    branch: str

    @property
    def script(self) -> str:
        """Return the ISO 15924 code of the script, as `Latn`."""
        return self.flores.partition("_")[2]

    @property
    def right_to_left(self) -> bool:
        """Say whether the script is written from right to left."""
        return self.script in _RIGHT_TO_LEFT

    @property
    def spaced(self) -> bool:
        """Say whether words are separated by spaces."""
        return self.code not in _UNSPACED


_TABLE = """
af|Afrikaans|Afrikaans|afr|afr_Latn|Indo-European|Germanic
ar|Arabic|العربية|ara|arb_Arab|Afro-Asiatic|Semitic
az|Azerbaijani|Azərbaycanca|aze|azj_Latn|Turkic|Oghuz
bg|Bulgarian|Български|bul|bul_Cyrl|Indo-European|Slavic
bn|Bengali|বাংলা|ben|ben_Beng|Indo-European|Indo-Aryan
de|German|Deutsch|deu|deu_Latn|Indo-European|Germanic
el|Greek|Ελληνικά|ell|ell_Grek|Indo-European|Greek
en|English|English|eng|eng_Latn|Indo-European|Germanic
es|Spanish|Español|spa|spa_Latn|Indo-European|Romance
et|Estonian|Eesti|est|est_Latn|Uralic|Finnic
eu|Basque|Euskara|eus|eus_Latn|isolate|Basque
fa|Persian|فارسی|pes|pes_Arab|Indo-European|Iranian
fi|Finnish|Suomi|fin|fin_Latn|Uralic|Finnic
fr|French|Français|fra|fra_Latn|Indo-European|Romance
gu|Gujarati|ગુજરાતી|guj|guj_Gujr|Indo-European|Indo-Aryan
he|Hebrew|עברית|heb|heb_Hebr|Afro-Asiatic|Semitic
hi|Hindi|हिन्दी|hin|hin_Deva|Indo-European|Indo-Aryan
ht|Haitian Creole|Kreyòl ayisyen|hat|hat_Latn|Creole|French-based
hu|Hungarian|Magyar|hun|hun_Latn|Uralic|Ugric
id|Indonesian|Bahasa Indonesia|ind|ind_Latn|Austronesian|Malayic
it|Italian|Italiano|ita|ita_Latn|Indo-European|Romance
ja|Japanese|日本語|jpn|jpn_Jpan|Japonic|Japanese
jv|Javanese|Basa Jawa|jav|jav_Latn|Austronesian|Javanese
ka|Georgian|ქართული|kat|kat_Geor|Kartvelian|Karto-Zan
kk|Kazakh|Қазақша|kaz|kaz_Cyrl|Turkic|Kipchak
ko|Korean|한국어|kor|kor_Hang|isolate|Korean
lt|Lithuanian|Lietuvių|lit|lit_Latn|Indo-European|Baltic
ml|Malayalam|മലയാളം|mal|mal_Mlym|Dravidian|Southern
mr|Marathi|मराठी|mar|mar_Deva|Indo-European|Indo-Aryan
ms|Malay|Bahasa Melayu|msa|zsm_Latn|Austronesian|Malayic
my|Burmese|မြန်မာဘာသာ|mya|mya_Mymr|Sino-Tibetan|Lolo-Burmese
nl|Dutch|Nederlands|nld|nld_Latn|Indo-European|Germanic
pa|Punjabi|ਪੰਜਾਬੀ|pan|pan_Guru|Indo-European|Indo-Aryan
pl|Polish|Polski|pol|pol_Latn|Indo-European|Slavic
pt|Portuguese|Português|por|por_Latn|Indo-European|Romance
qu|Quechua|Runasimi|que|quy_Latn|Quechuan|Southern
ro|Romanian|Română|ron|ron_Latn|Indo-European|Romance
ru|Russian|Русский|rus|rus_Cyrl|Indo-European|Slavic
sw|Swahili|Kiswahili|swh|swh_Latn|Niger-Congo|Bantu
ta|Tamil|தமிழ்|tam|tam_Taml|Dravidian|Southern
te|Telugu|తెలుగు|tel|tel_Telu|Dravidian|South-Central
th|Thai|ไทย|tha|tha_Thai|Kra-Dai|Tai
tl|Tagalog|Tagalog|tgl|tgl_Latn|Austronesian|Philippine
tr|Turkish|Türkçe|tur|tur_Latn|Turkic|Oghuz
uk|Ukrainian|Українська|ukr|ukr_Cyrl|Indo-European|Slavic
ur|Urdu|اردو|urd|urd_Arab|Indo-European|Indo-Aryan
vi|Vietnamese|Tiếng Việt|vie|vie_Latn|Austro-Asiatic|Vietic
wo|Wolof|Wolof|wol|wol_Latn|Niger-Congo|Senegambian
yo|Yoruba|Yorùbá|yor|yor_Latn|Niger-Congo|Yoruboid
zh|Chinese|中文|cmn|zho_Hans|Sino-Tibetan|Sinitic
"""

LANGUAGES: dict[str, Language] = {
    row.split("|", 1)[0]: Language(*row.split("|")) for row in _TABLE.strip().splitlines()
}


def language(code: str) -> Language:
    """Return the language of an ISO 639-1 code; BadRequest with near codes or names otherwise."""
    if code in LANGUAGES:
        return LANGUAGES[code]
    for known in LANGUAGES.values():
        if code.lower() in (known.name.lower(), known.iso3, known.flores.lower()):
            raise unknown("language", code, [known.code])
    raise unknown("language", code, LANGUAGES)
