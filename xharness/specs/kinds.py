"""What a kind of task declares: columns, gold, predictions, search and cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from xharness.data.lines import Row
from xharness.specs.ways import Way

if TYPE_CHECKING:
    import numpy as np
    from datasets import Dataset

    from xharness.noising.rows import RowNoiser
    from xharness.specs.sandboxes import Program
    from xharness.specs.tasks import Task

Example = Mapping[str, Any]
"""An example by column; its kind says which columns it has."""


@dataclass(frozen=True)
class Column:
    """A column of an example: its meaning and the type of its values.

    `text` is a string, `texts` a list of strings, `int` a whole number, `spans` a list of {text, start}. An optional
    column may be null. A noise changes its texts `usually`, only when `asked` for, or `never`. Sentences may be added
    to a `passage` without changing what is asked.
    """

    meaning: str
    type: Literal["text", "texts", "int", "spans"] = "text"
    optional: bool = False
    noise: Literal["usually", "asked", "never"] = "never"
    passage: bool = False


@dataclass(frozen=True)
class SearchInput:
    """The texts of a cell to embed, by side, and what else the search needs."""

    texts: Mapping[str, list[str]]
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidates:
    """The ids of the candidates of a pool in the order of their vectors, and the index of each id."""

    ids: list[str]
    index: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A pool of candidates that is embedded once and searched by the queries of all languages of a task.

    `languages(task)` are the languages whose split `candidates` forms the pool, in this order; `size(task)` is the
    official number of candidates, 0 if unknown. Queries and candidates are cut to `query_length(task)` and
    `candidate_length(task)` tokens.
    """

    languages: Callable[[Task], tuple[str, ...]]
    size: Callable[[Task], int]
    query_length: Callable[[Task], int]
    candidate_length: Callable[[Task], int]


@dataclass(frozen=True, kw_only=True)
class Search:
    """How nearest neighbours among vectors become predictions.

    `read(splits, limit)` returns the texts to embed; `splits` holds the splits of the cell by role: `examples`, and
    `dev` if the kind tunes a threshold. It raises DataError if the splits cannot be searched. `find(input, vectors)`
    returns the predictions, one row each, and details to record, for example a threshold; `vectors` are float32 arrays
    of shape (texts, dimension) by side. With a `pool`, `read` returns the side `queries` only; `find` receives the
    normalised vectors of the candidates as the side `candidates`, and their `Candidates` in `input.about`.
    `roles` maps sides to the role of their texts, `query` or `document`, which some models embed differently; the sides
    of a symmetric search have none.
    """

    read: Callable[[Mapping[str, Dataset], int | None], SearchInput]
    find: Callable[[SearchInput, Mapping[str, np.ndarray]], tuple[list[dict[str, Any]], dict[str, Any]]]
    pool: Pool | None = None
    roles: Mapping[str, str] = field(default_factory=dict)


def prediction_column(rows: Iterable[Row]) -> Any:
    """Return the value `prediction` of each row, as most kinds do."""
    return [row["prediction"] for row in rows]


def no_settings(task: Task) -> Mapping[str, Any]:
    """Return no settings, as most kinds do."""
    return {}


def no_chance(task: Task) -> float:
    """Return the score of a guess at most kinds of task."""
    return 0.0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of task.

    - `columns` maps each column of an example to its meaning and type; `check(row, labels)` returns what is wrong with
      a row beyond that, or None.
    - `ways` are the ways to ask a task of the kind, the preferred first; the first is native, if one is.
    - `gold(examples)` returns the gold of a split in the form that metrics compare; `has_gold(gold, task)` returns
      whether the data contain it. `predictions(rows)` returns the rows of a predictions file in that form.
    - `metrics` are the default metrics, the official ones first; empty if the kind is only for training. A score is
      the mean of the `headline` values.
    - `search` computes predictions from vectors; None if the model predicts each example.
    - `settings(task)` and `train_settings(task)` return the settings of a task, besides labels and lengths, that change
      its predictions and its training, as JSON values: they enter the keys of artifacts.
    - `translate(row, translator, answers_located)` returns a row in another language, or None if its answer is lost.
      The field is None if examples of the kind cannot be translated.
    - `noise(row, noiser)` returns a row whose texts went through the methods of the noiser. The field is None if
      examples of the kind cannot be changed. `words_tagged`: only noises that keep the words may do so.
    - `needs_finetuning`: a checkpoint is fine-tuned for the kind. `tunes_threshold`: predicting reads the dev split to
      tune a threshold.
    - `dev` is the use of dev splits in training: `score` (they can select a checkpoint), `held-out` (they are measured
      before and after, in every language), or `none`.
    - `limit` is what a limit of n keeps: the first n `rows` of every split; the first n `queries`, searched in all
      documents; or `whole`, all gold, while `search.read` applies the limit.
    - `gold_follows_inputs`: inputs that replace the evaluated split have their own gold, as a translation has other
      answer spans.
    - `shuffle(rows, draw)` returns training rows with the same texts and the labels of other rows, each still valid;
      `draw()` returns random numbers between 0 and 1. The field is None if examples have no labels.
    - `right(task, example)` is the index of the gold among the `scores` of a prediction; None if predictions have none.
    - `chance(task)` is the score of a guess, from 0 to 100; None if it is not known.
    - `trial(task, examples, right)` returns the rows of predictions that are all right, or all wrong, with which the
      conformance kit tries metrics; None if each prediction has the form of the gold of its example.
    - `programs(task, row, example)` returns the programs that test a prediction, one for each code that was written.
      They run for tasks with `unsafe_code`; their statuses become the value `outcomes` of the row. None: nothing runs.
    - `tokens` is the approximate number of tokens of an example; `cost(task, split)` replaces it if splits differ.
    """

    name: str
    summary: str
    columns: Mapping[str, Column]
    ways: tuple[Way, ...]
    gold: Callable[[Iterable[Example]], Any]
    has_gold: Callable[[Any, Task], bool]
    metrics: tuple[str, ...]
    headline: tuple[str, ...]
    predictions: Callable[[Iterable[Row]], Any] = prediction_column
    check: Callable[[Row, frozenset[str]], str | None] | None = None
    search: Search | None = None
    settings: Callable[[Task], Mapping[str, Any]] = no_settings
    train_settings: Callable[[Task], Mapping[str, Any]] = no_settings
    translate: Callable[[Row, Any, bool], Row | None] | None = None
    noise: Callable[[Row, RowNoiser], Row] | None = None
    words_tagged: bool = False
    needs_finetuning: bool = True
    tunes_threshold: bool = False
    dev: Literal["score", "held-out", "none"] = "score"
    limit: Literal["rows", "queries", "whole"] = "rows"
    gold_follows_inputs: bool = False
    shuffle: Callable[[Sequence[Example], Callable[[], float]], list[Example]] | None = None
    right: Callable[[Task, Example], int] | None = None
    chance: Callable[[Task], float | None] = no_chance
    trial: Callable[[Task, Sequence[Example], bool], list[dict[str, Any]]] | None = None
    programs: Callable[[Task, Row, Example], list[Program]] | None = None
    tokens: int = 50
    cost: Callable[[Task, str], int] | None = None
    api: int = 1

    @property
    def capability(self) -> str:
        """Return the capability of the native way; adapters train checkpoints for it."""
        return self.ways[0].capability

    @property
    def noised(self) -> tuple[str, ...]:
        """Return the columns that a noise changes unless others are asked for."""
        return tuple(name for name, column in self.columns.items() if column.noise == "usually")

    @property
    def passages(self) -> tuple[str, ...]:
        """Return the columns to which a noise may add sentences."""
        return tuple(name for name, column in self.columns.items() if column.passage)

    @property
    def pool(self) -> Pool | None:
        """Return the pool of candidates, or None."""
        return self.search.pool if self.search else None

    def tokens_of(self, task: Task, split: str) -> int:
        """Return the approximate number of tokens of an example of a split."""
        return self.cost(task, split) if self.cost else self.tokens


def noised_texts(*columns: str) -> Callable[[Row, RowNoiser], Row]:
    """Return the function `noise` of a kind whose texts are columns of type `text`; a null stays null."""

    def noise(row: Row, noiser: RowNoiser) -> Row:
        return {**row, **{name: noiser.text(name, row[name]) for name in columns if row[name] is not None}}

    return noise


def label_problem(given: Iterable[str], labels: frozenset[str]) -> str | None:
    """Return an error text for the first label that is not in `labels`, or None; empty `labels` allow every label."""
    wrong = [label for label in given if label not in labels] if labels else []
    return f"unknown label {wrong[0]!r}, expected one of {', '.join(sorted(labels))}" if wrong else None
