"""Mentions of entities in a sentence, and the descriptions of entities, in the form of Mewsli-X.

Fields and texts are those of github.com/google-research/google-research, mewsli-x.md and mewsli_x/schema.py in
dense_representations_for_entity_retrieval/mel, and of github.com/google-research/xtreme, third_party/utils_mewslix.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xharness.data.jsons import read_json, read_jsonl
from xharness.data.lines import Row, nonempty
from xharness.errors import DataError

_BRACES = re.compile(r"\{(.*?)\}")
_FORMS = {
    "mentions": "context > text, language, sentence_spans; mentions > example_id, entity_id, mention_span",
    "pairs": "contextual_mention > context, mention; entity > description, sentence_spans",
    "entities": "entity_id, description, sentence_spans",
}


@nonempty
def read_mewslix(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the entities (split `candidates`), the Wikipedia pairs (`train`) or the mentions of a language.

    A file of mentions may be followed by one of labels, {example_id: [QID]}; without one the gold is what the
    mentions say, nothing where that is blank. Every file is read a line at a time. DataError with file and line where
    one is not of the form of Mewsli-X, where a mention lies in no sentence, and where labels and mentions differ.
    """
    path, *rest = paths
    if split == "candidates":
        yield from _each(path, "entities", _entity)
    elif split == "train":
        yield from _each(path, "pairs", _pair)
    else:
        mentions = _each(path, "mentions", lambda content: _mentions(content, language))
        yield from _labelled(mentions, path, rest[0]) if rest else mentions


def mention_text(left: str, mention: str, right: str) -> str:
    """Return a mention and what stands before and after it in its sentence as the text of a query."""
    left, right = (_BRACES.sub(r"(\1)", side) for side in (left, right))
    return _one_line(f"{mention}: {left} {{ {mention} }} {right}")


def _each(path: Path, form: str, read: Callable[[Mapping[str, Any]], Iterator[Row]]) -> Iterator[Row]:
    for number, content in read_jsonl(path):
        try:
            yield from read(content)
        except (KeyError, TypeError, AttributeError) as error:
            problem = f"not in the form of Mewsli-X, {_FORMS[form]} ({error!r})"
            raise DataError.at(path, number, problem) from None
        except ValueError as error:
            raise DataError.at(path, number, str(error)) from None


def _entity(content: Mapping[str, Any]) -> Iterator[Row]:
    yield {"id": content["entity_id"], "text": _description(content), "gold": [], "positive": ""}


def _pair(content: Mapping[str, Any]) -> Iterator[Row]:
    found = content["contextual_mention"]
    mention = found["mention"]
    text = _query(found["context"], mention)
    yield {"id": mention["example_id"], "text": text, "gold": [], "positive": _description(content["entity"])}


def _mentions(content: Mapping[str, Any], language: str) -> Iterator[Row]:
    context = content["context"]
    if context["language"] != language:
        return
    for mention in content["mentions"]:
        entity = mention["entity_id"].strip()
        gold = [entity] if entity else []
        yield {"id": mention["example_id"], "text": _query(context, mention), "gold": gold, "positive": ""}


def _labelled(rows: Iterator[Row], path: Path, labels: Path) -> Iterator[Row]:
    gold = read_json(labels)
    entries = gold.values() if isinstance(gold, dict) else [None]
    if not all(isinstance(found, list) and found and isinstance(found[0], str) for found in entries):
        raise DataError.at(labels, None, "not in the form of Mewsli-X, {example_id: [entity id]}")
    for row in rows:
        found = gold.pop(row["id"], None)
        if found is None:
            raise DataError.at(labels, None, f"no label for mention '{row['id']}' of {path.name}")
        yield row | {"gold": [found[0].strip()]}
    if gold:
        raise DataError.at(labels, None, f"a label for '{next(iter(gold))}', which is no mention of {path.name}")


def _query(context: Mapping[str, Any], mention: Mapping[str, Any]) -> str:
    """Return the text of a query: the mention, and the first sentence that holds all of it with the mention marked."""
    text, named = context["text"], mention["mention_span"]
    start, end = named["start"], named["end"]
    if not text:
        raise ValueError("context.text is empty, as in the release; get-mewsli-x.sh fills in the text of WikiNews")
    if not 0 <= start < end or text[start:end] != named["text"]:
        raise ValueError(f"mention '{mention['example_id']}' is not '{named['text']}' at {start} to {end} of its text")
    for span in context["sentence_spans"]:
        first, last = span["start"], span["end"]
        if first <= start and end <= last:
            return mention_text(text[first:start], named["text"], text[end:last])
    raise ValueError(f"mention '{mention['example_id']}' lies in no sentence of its text")


def _description(entity: Mapping[str, Any]) -> str:
    text = entity["description"]
    return _one_line(" ".join(text[span["start"] : span["end"]] for span in entity["sentence_spans"]))


def _one_line(text: str) -> str:
    """Return a text without line ends, each double space halved once."""
    return " ".join(text.splitlines()).replace("  ", " ").strip()
