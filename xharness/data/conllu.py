"""Convert Universal Dependencies treebanks to tagged sentences, as XTREME does.

Follows conllu_to_conll.py (with --replace_subtokens_with_fused_forms) and udpos_preprocess in
github.com/google-research/xtreme: a multi-word token such as German `zum` becomes one word, with the tag of its node
nearest to the root.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from xharness.data.lines import Reader, Row, check_label, nonempty, read_lines
from xharness.errors import DataError

_RANKING = "VERB NOUN PROPN PRON ADJ NUM ADV INTJ AUX ADP DET PART CCONJ SCONJ X PUNCT".split()
_RANKINGS = {
    "es": "VERB AUX PRON ADP DET".split(),
    "fr": "VERB AUX PRON NOUN ADJ ADV ADP DET PART SCONJ CONJ".split(),
    "it": "VERB AUX ADV PRON ADP DET INTJ".split(),
}
_COLUMNS = 10
_ID = re.compile(r"(\d+)(?:-(\d+)|(\.\d+))?")


@dataclass(frozen=True)
class Word:
    """A node of a dependency tree: line number in the file, form, universal tag, and heads."""

    line: int
    form: str
    tag: str
    heads: frozenset[int] = frozenset()


@dataclass(frozen=True)
class MultiWord:
    """A multi-word token: line number in the file, form, and the nodes that it covers."""

    line: int
    form: str
    nodes: range


@dataclass
class _Tree:
    """The words of a sentence by id, and its words of several tokens."""

    words: dict[int, Word] = field(default_factory=dict)
    multiwords: list[MultiWord] = field(default_factory=list)


def conllu_reader(labels: Collection[str]) -> Reader:
    """Return a reader of CoNLL-U files; it reads treebanks in the order of their file names."""
    return nonempty(partial(_read, labels))


def _read(labels: Collection[str], paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    ranking = _RANKINGS.get(language, _RANKING)
    for path in sorted(paths, key=lambda path: path.name):
        for tree in _trees(path):
            words = fuse(tree.words, tree.multiwords, ranking)
            if masked(words):
                continue
            yield {
                "tokens": [word.form.replace("\u200c", "").replace(" ", "") for word in words],
                "tags": [check_label(path, word.line, word.tag, labels) for word in words],
            }


def fuse(words: Mapping[int, Word], multiwords: Iterable[MultiWord], ranking: Sequence[str]) -> list[Word]:
    """Return the words of a sentence, in order, with the nodes of each multi-word token merged into one word.

    The word gets the tag of the node with the fewest ancestors; ties are broken by the rank of the tags.
    """
    fused = dict(words)
    for multiword in multiwords:
        depths = {node: len(_ancestors(words, node)) for node in multiword.nodes}
        highest = [node for node in multiword.nodes if depths[node] == min(depths.values())]
        head = min(highest, key=lambda node: _rank(words[node].tag, ranking))
        for node in multiword.nodes:
            del fused[node]
        fused[head] = replace(words[head], form=multiword.form)
    return [fused[node] for node in sorted(fused)]


def masked(words: Sequence[Word]) -> bool:
    """Return whether a sentence is published without its text, with underscores instead of words."""
    hidden = sum(word.form == "_" for word in words)
    return hidden > 0 and hidden >= len(words) - 1


def _ancestors(words: Mapping[int, Word], node: int) -> set[int]:
    seen: set[int] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        new = (words[current].heads if current in words else frozenset()) - seen
        seen |= new
        stack.extend(new)
    return seen - {node}


def _rank(tag: str, ranking: Sequence[str]) -> int:
    return ranking.index(tag) if tag in ranking else len(ranking)


def _trees(path: Path) -> Iterator[_Tree]:
    tree = _Tree()
    for number, line in read_lines(path):
        if not line.strip():
            yield from _finished(path, tree)
            tree = _Tree()
        elif not line.startswith("#"):
            _add(tree, path, number, line)
    yield from _finished(path, tree)


def _finished(path: Path, tree: _Tree) -> Iterator[_Tree]:
    covered: set[int] = set()
    for multiword in tree.multiwords:
        if not multiword.nodes or any(node not in tree.words for node in multiword.nodes):
            raise DataError.at(
                path, multiword.line, f"multi-word token '{multiword.form}' covers words that its sentence lacks"
            )
        if not covered.isdisjoint(multiword.nodes):
            raise DataError.at(
                path, multiword.line, f"multi-word token '{multiword.form}' overlaps another multi-word token"
            )
        covered.update(multiword.nodes)
    if tree.words:
        yield tree


def _add(tree: _Tree, path: Path, number: int, line: str) -> None:
    fields = line.split("\t")
    if len(fields) != _COLUMNS:
        raise DataError.at(path, number, f"expected {_COLUMNS} tab-separated columns of CoNLL-U, got {len(fields)}")
    node, form = _ID.fullmatch(fields[0]), fields[1].strip()
    if node is None:
        raise DataError.at(path, number, f"expected an id such as 3, 3-4 or 3.1, got '{fields[0]}'")
    first, last, empty = node.groups()
    if last:
        tree.multiwords.append(MultiWord(number, form, range(int(first), int(last) + 1)))
    elif not empty:
        if int(first) in tree.words:
            problem = f"duplicate word id {int(first)} in a sentence; check for a missing blank line before it"
            raise DataError.at(path, number, problem)
        tree.words[int(first)] = Word(number, form, fields[3].strip(), _heads(fields[6], fields[8]))


def _heads(head: str, enhanced: str) -> frozenset[int]:
    """Return the heads of a node in the basic and the enhanced graph, as the official conversion does."""
    names = [head, *(dependency.partition(":")[0] for dependency in enhanced.split("|"))]
    return frozenset(int(name) for name in names if name.isdecimal())
