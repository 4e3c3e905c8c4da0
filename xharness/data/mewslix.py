"""Read entity mentions and entity descriptions in the format of Mewsli-X.

Fields and texts follow github.com/google-research/google-research, mewsli-x.md and mewsli_x/schema.py in
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

    `paths` is one file, or a file of mentions and a file of labels, {example_id: [QID]}. Without labels the gold is
    the `entity_id` of a mention, empty if that is blank. Files are read line by line. Raises DataError with file and
    line if a file is not in the Mewsli-X format, if no sentence contains a mention, or if labels and mentions differ.
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
    """Return the query text of a mention, given the text to its left and right in the sentence."""
    left, right = (_BRACES.sub(r"(\1)", side) for side in (left, right))
    return _one_line(f"{mention}: {left} {{ {mention} }} {right}")


def _each(path: Path, form: str, read: Callable[[Mapping[str, Any]], Iterator[Row]]) -> Iterator[Row]:
    for number, content in read_jsonl(path):
        try:
            yield from read(content)
        except (KeyError, TypeError, AttributeError) as error:
            problem = f"not in the Mewsli-X format, {_FORMS[form]} ({error!r})"
            raise DataError.at(path, number, problem) from None
        except ValueError as error:
            raise DataError.at(path, number, str(error)) from None


def _entity(content: Mapping[str, Any]) -> Iterator[Row]:
    yield {"id": content["entity_id"], "text": _description(content), "gold": [], "positive": ""}


def _pair(content: Mapping[str, Any]) -> Iterator[Row]:
    source = content["contextual_mention"]
    mention = source["mention"]
    text = _query(source["context"], mention)
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
    if not all(isinstance(ids, list) and ids and isinstance(ids[0], str) for ids in entries):
        raise DataError.at(labels, None, "not in the Mewsli-X format, {example_id: [entity id]}")
    for row in rows:
        ids = gold.pop(row["id"], None)
        if ids is None:
            raise DataError.at(labels, None, f"no label for mention '{row['id']}' of {path.name}")
        yield {**row, "gold": [ids[0].strip()]}
    if gold:
        raise DataError.at(labels, None, f"label for unknown mention '{next(iter(gold))}', not in {path.name}")


def _query(context: Mapping[str, Any], mention: Mapping[str, Any]) -> str:
    """Return the query text of a mention; its sentence is the first one that contains the whole mention."""
    text, mention_span = context["text"], mention["mention_span"]
    start, end = mention_span["start"], mention_span["end"]
    if not text:
        raise ValueError("context.text is empty, as in the release; run get-mewsli-x.sh to add the WikiNews texts")
    if not 0 <= start < end or text[start:end] != mention_span["text"]:
        raise ValueError(
            f"mention '{mention['example_id']}': characters {start} to {end} of the context are not "
            f"'{mention_span['text']}'"
        )
    for span in context["sentence_spans"]:
        first, last = span["start"], span["end"]
        if first <= start and end <= last:
            return mention_text(text[first:start], mention_span["text"], text[end:last])
    raise ValueError(f"mention '{mention['example_id']}' is not inside a sentence of its context")


def _description(entity: Mapping[str, Any]) -> str:
    text = entity["description"]
    return _one_line(" ".join(text[span["start"] : span["end"]] for span in entity["sentence_spans"]))


def _one_line(text: str) -> str:
    """Return a text on one line; double spaces are replaced by single ones, once."""
    return " ".join(text.splitlines()).replace("  ", " ").strip()
