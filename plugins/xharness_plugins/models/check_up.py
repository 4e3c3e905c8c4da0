"""What `xharness check` reports of the tokenizer of a transformers checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness import FAILED, NOTE, OK, BadRequest, Finding, LoadOptions, few, tokens_per_word
from xharness.engine.alignment import space_before, tokens_of
from xharness_plugins.models.checkpoint import Checkpoint
from xharness_plugins.models.checkpoint_files import load_tokenizer

Words = Mapping[str, Sequence[str]]

_PART = "tokenizer"
_MUCH = 0.01
_SHOWN = 5
# An emoji of four code points, a letter with two marks, a soft hyphen alone, a zero-width space and joiner, a variation
# selector, a private character, a replaced character, a rare CJK character.
_ODD = ("👩‍🚀🏽", "ẛ̣̂", "\u00ad", "\u200b", "\u200d", "\ufe0f", "\ue000", "\ufffd", "𠮷")


def check_up(path: Path, words: Words, options: LoadOptions) -> Iterator[Finding]:
    """Yield what is found on the configuration and the tokenizer of a folder."""
    try:
        checkpoint = Checkpoint.read(path, options)
        checkpoint.config()
    except BadRequest as error:
        yield Finding("checkpoint", "config.json", FAILED, str(error))
        return
    while checkpoint.base:
        checkpoint = checkpoint.base
    try:
        tokenizer = load_tokenizer(checkpoint.path, options)
    except BadRequest as error:
        yield Finding(_PART, "loads", FAILED, str(error))
        return
    yield _kind(tokenizer, checkpoint.path)
    yield _padding(tokenizer)
    yield Finding(_PART, "chat template", OK, "yes" if getattr(tokenizer, "chat_template", None) else "none")
    if tokenizer.is_fast:
        yield from _words(checkpoint.tokenizer(split_words=True), tokenizer, words)


def _kind(tokenizer: Any, path: Path) -> Finding:
    name = type(tokenizer).__name__
    if not tokenizer.is_fast:
        found = f"{name} is a slow tokenizer, which has no offsets; {path} needs a tokenizer.json"
        return Finding(_PART, "loads", FAILED, found, {"class": name, "fast": False})
    about = {"class": name, "fast": True, "tokens": len(tokenizer)}
    return Finding(_PART, "loads", OK, f"{name}, fast, {len(tokenizer):,} tokens", about)


def _padding(tokenizer: Any) -> Finding:
    if tokenizer.pad_token_id is None:
        return Finding(
            _PART, "pad token", NOTE, "none; batches are filled with token 0, which the attention mask hides"
        )
    return Finding(_PART, "pad token", OK, f"{tokenizer.pad_token} ({tokenizer.pad_token_id})")


def _counts(found: Mapping[str, Sequence[int]], words: Words, unknown_id: int | None) -> Iterator[Finding]:
    """Yield the number of tokens of a word and the rate of unknown tokens, by language."""
    tokens = {code: [token for word in spoken for token in found[word]] for code, spoken in words.items()}
    yield tokens_per_word({code: len(ids) / len(words[code]) for code, ids in tokens.items()})
    yield _unknown(
        unknown_id, {code: sum(token == unknown_id for token in ids) / max(1, len(ids)) for code, ids in tokens.items()}
    )


def _unknown(unknown_id: int | None, rates: Mapping[str, float]) -> Finding:
    name = "unknown tokens"
    facts = {"unknown_rate": {code: round(rate, 4) for code, rate in rates.items()}}
    if unknown_id is None:
        return Finding(_PART, name, OK, "none: the vocabulary can write any text", facts)
    high = sorted((code for code in rates if rates[code] > _MUCH), key=lambda code: -rates[code])
    if not high:
        return Finding(
            _PART, name, OK, f"at most {max(rates.values(), default=0):.1%} in {len(rates)} languages", facts
        )
    named = few((f"{code} {rates[code]:.0%}" for code in high), _SHOWN)
    found = f"more than {_MUCH:.0%} of the tokens in {len(high)} of {len(rates)} languages: {named}"
    return Finding(_PART, name, NOTE, found, facts)


def _words(spaced: Any, plain: Any, words: Words) -> Iterator[Finding]:
    """Yield counts of tokens, and the alignment of words with tokens, after a space as in tagging and without one."""
    every = list(dict.fromkeys(word for spoken in words.values() for word in spoken))
    before = space_before(spaced)
    tagged = dict(zip(every, tokens_of(spaced, every, before), strict=True))
    yield from _counts(tagged, words, spaced.unk_token_id)
    for name, tokenizer, gap in (("words after a space", spaced, before), ("words without space", plain, "")):
        yield _alignment(name, _lost(tokenizer, every, gap), _lost(tokenizer, _ODD, gap), len(every))
    yield _in_text(plain, tagged)


def _lost(tokenizer: Any, words: Sequence[str], before: str) -> list[str]:
    return [word for word, ids in zip(words, tokens_of(tokenizer, words, before), strict=True) if not ids]


def _alignment(name: str, lost: Sequence[str], odd: Sequence[str], count: int) -> Finding:
    facts = {"words": count, "without_tokens": list(lost), "odd_without_tokens": [_code(word) for word in odd]}
    also = f"; of {len(_ODD)} odd words {len(odd)} have none ({few(map(_code, odd))})" if odd else ""
    if lost:
        found = f"{len(lost):,} of {count:,} words have no tokens: {few(lost, _SHOWN)}{also}; tagging reads them as "
        return Finding(_PART, name, NOTE, f"{found}the unknown token", facts)
    return Finding(_PART, name, OK, f"each of {count:,} words has tokens{also}", facts)


def _in_text(plain: Any, tagged: Mapping[str, Sequence[int]]) -> Finding:
    """Return whether the words of a tagged sentence get the tokens that they have in running text."""
    name = "words as in text"
    start = len(plain("a", add_special_tokens=False)["input_ids"])
    texts = plain([f"a {word}" for word in tagged], add_special_tokens=False)["input_ids"]
    same = sum(ids[start:] == own for ids, own in zip(texts, tagged.values(), strict=True)) / max(1, len(tagged))
    facts = {"same_tokens": round(same, 4)}
    if same < 1 - _MUCH:
        found = f"{1 - same:.0%} of the words get other tokens in tagging than after a space in running text"
        return Finding(_PART, name, NOTE, found, facts)
    return Finding(_PART, name, OK, "the same tokens in tagging and in running text", facts)


def _code(word: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in word)
