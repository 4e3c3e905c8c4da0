"""What a language file must hold; `python -m tests.tasks.mini.checks fi` says what is wrong with Finnish."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

from xharness import DataError, language
from xharness_tasks.mini import passages
from xharness_tasks.mini.grammar import Grammar, Slot, Template, grammar
from xharness_tasks.mini.sentences import say

UPOS = frozenset("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())
SCRIPTS = {
    "Arab": ("ARABIC",), "Beng": ("BENGALI",), "Cyrl": ("CYRILLIC",), "Deva": ("DEVANAGARI",), "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",), "Gujr": ("GUJARATI",), "Guru": ("GURMUKHI",), "Hang": ("HANGUL",), "Hans": ("CJK",),
    "Hebr": ("HEBREW",), "Jpan": ("CJK", "HIRAGANA", "KATAKANA"), "Latn": ("LATIN", "MODIFIER"),
    "Mlym": ("MALAYALAM",), "Mymr": ("MYANMAR",), "Taml": ("TAMIL",), "Telu": ("TELUGU",), "Thai": ("THAI",),
}  # fmt: skip
FACTS = (
    {"person": ("omar", "kim"), "place": "cairo", "place2": "delhi", "year": "1987", "org": ("bank", "rome"),
     "job": "cook", "thing": "tea", "item": "apples", "time": "two_days", "country": "egypt"},
    {"person": ("elena", "novak"), "place": "tokyo", "place2": "lima", "year": "2004", "org": ("theatre", "paris"),
     "job": "nurse", "thing": "films", "item": "car", "time": "last_year", "country": "japan"},
)  # fmt: skip
SECTIONS = ("statements", "questions", "causes", "effects")


def problems(code: str) -> list[str]:
    """Return what is wrong with a language's file, a line each."""
    try:
        rules = grammar(code)
        return [*_names(rules), *_templates(rules), *_ambiguous(rules), *_sentences(rules), *_passages(rules)]
    except (DataError, KeyError) as error:
        return [repr(error)]


def _names(rules: Grammar) -> Iterator[str]:
    """Every language has the entries and templates of English, and each slot the lexicon's form."""
    english = grammar("en")
    for kind, ours, theirs in (
        *((name, rules.lexicons[name], table) for name, table in english.lexicons.items()),
        *((name, rules.templates[name], table) for name, table in english.templates.items()),
        ("given", rules.genders, english.genders),
    ):
        if missing := sorted(set(theirs) - set(ours)):
            yield f"[{kind}] lacks {', '.join(missing)}"
        if more := sorted(set(ours) - set(theirs)):
            yield f"[{kind}] has {', '.join(more)}, which English has not"
    for name, gender in english.genders.items():
        if rules.genders.get(name) != gender:
            yield f"[given] {name} is of the other sex in English"


def _all(rules: Grammar) -> Iterator[tuple[str, Template]]:
    for lexicon, table in rules.lexicons.items():
        for entry, forms in table.items():
            yield from ((f"[{lexicon}] {entry}", text) for text in forms.values())
    for section, table in rules.templates.items():
        yield from ((f"[{section}] {name}", text) for name, text in table.items())


def _templates(rules: Grammar) -> Iterator[str]:
    for where, items in _all(rules):
        for item in items:
            if isinstance(item, Slot):
                table = rules.lexicons.get(item.lexicon)
                if table is None and item.name != "year":
                    yield f"{where}: no lexicon for {{{item.name}}}"
                elif table and any(item.form not in forms for forms in table.values()):
                    yield f"{where}: {{{item.name}}} has no form '{item.form}'"
            elif item.tag not in UPOS:
                yield f"{where}: unknown tag {item.tag}"
    for section, table in grammar("en").templates.items():
        for name, english in table.items():
            ours = sorted(item.name for item in rules.templates[section].get(name, ()) if isinstance(item, Slot))
            if ours != (needed := sorted(item.name for item in english if isinstance(item, Slot))):
                yield f"[{section}] {name}: slots {ours}, English has {needed}"


def _ambiguous(rules: Grammar) -> Iterator[str]:
    """No two entries of a lexicon, and no two templates, say the same."""
    for lexicon, table in rules.lexicons.items():
        for form in next(iter(table.values())):
            seen: dict[Template, str] = {}
            for entry, forms in table.items():
                if (other := seen.setdefault(forms[form], entry)) != entry:
                    yield f"[{lexicon}] {entry} and {other} are the same in the form '{form}'"
    for section, templates in rules.templates.items():
        said: dict[Template, str] = {}
        for name, text in templates.items():
            if (other := said.setdefault(text, name)) != name:
                yield f"[{section}] {name} and {other} are the same"


def _sentences(rules: Grammar) -> Iterator[str]:
    scripts = SCRIPTS[language(rules.language).script]
    for section in SECTIONS:
        for name in rules.templates[section]:
            for facts in FACTS:
                sentence = say(rules.language, section, name, facts)
                for token in sentence.tokens:
                    if unicodedata.normalize("NFC", token) != token:
                        yield f"[{section}] {name}: '{token}' is not in the composed form of Unicode (NFC)"
                for letter in filter(str.isalpha, sentence.text):
                    if not unicodedata.name(letter).startswith(scripts):
                        yield f"[{section}] {name}: '{letter}' in '{sentence.text}' is of another script"
                        break
                if sentence.tags[-1] != "PUNCT" and rules.language != "th":
                    yield f"[{section}] {name}: does not end in punctuation"


def _passages(rules: Grammar) -> Iterator[str]:
    """A paragraph says four things, a question asks for the same one as in English, no two places read alike."""
    code = rules.language
    for ours, english in zip(passages.answers(code, "check", 20), passages.answers("en", "check", 20)):
        if len(set(ours["sentences"])) != len(english["sentences"]):
            yield f"a paragraph says the same twice: {' | '.join(ours['sentences'])}"
        if ours["answer"] != english["answer"]:
            yield f"'{ours['question']}' is answered by another sentence than '{english['question']}'"
    for column in ("title", "text"):
        if len({row[column] for row in passages.entities(code)}) != len(list(passages.entities("en"))):
            yield f"two places have the same {column}"


def main() -> None:
    """Print the problems of languages, or all their sentences where there are none."""
    for code in sys.argv[1:]:
        result = problems(code)
        print("\n".join(result) or f"{code}: no problem found")
        for section in () if result else SECTIONS:
            for name in grammar(code).templates[section]:
                print(f"{name:12}", *(say(code, section, name, facts).text for facts in FACTS), sep=" | ")


if __name__ == "__main__":
    main()
