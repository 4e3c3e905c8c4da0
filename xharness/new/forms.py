"""The table of the kinds of task that packages are written for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xharness.new import shapes, text_shapes
from xharness.new.columns import Roles
from xharness.new.shapes import Shape


@dataclass(frozen=True)
class Form:
    """How tasks of a kind are written.

    `shape` finds the columns, `fixture` names the example data. A file without splits is divided among them in `turns`.
    `needs` are the splits without which a task cannot be evaluated. `selects`: a checkpoint is selected on `dev`.
    `question` is the prompt of a kind that is only asked in words. `optional` are the roles whose values may be empty.
    """

    task_class: str
    shape: Callable[[Roles], Shape]
    fixture: str
    turns: tuple[str, ...] = ("train", "train", "train", "dev", "test")
    needs: tuple[str, ...] = ("test",)
    selects: bool = True
    question: str = ""
    optional: tuple[str, ...] = ("id", "text_pair", "answer", "tests", "entry_point")
    use: str = "xharness run MODEL --task {name}"

    @property
    def splits(self) -> tuple[str, ...]:
        """Return the splits of a file that is divided."""
        return tuple(dict.fromkeys(self.turns))


_MINED = ("dev", "test")
FORMS: Mapping[str, Form] = {
    "classification": Form("Classification", shapes.classification, "sentences.csv"),
    "multiple-choice": Form("MultipleChoice", shapes.multiple_choice, "choices.csv"),
    "reranking": Form("Reranking", shapes.multiple_choice, "choices.csv"),
    "span-qa": Form("SpanQA", shapes.span_qa, "questions.csv"),
    "tagging": Form("Tagging", shapes.tagging, "words.jsonl"),
    "bitext-retrieval": Form("BitextRetrieval", text_shapes.bitext_retrieval, "parallel.csv", ("test",)),
    "bitext-mining": Form(
        "BitextMining",
        text_shapes.bitext_mining,
        "parallel.csv",
        _MINED,
        needs=_MINED,
        optional=("query", "document"),
    ),
    "passage-retrieval": Form("PassageRetrieval", text_shapes.passage_retrieval, "questions.csv", selects=False),
    "ranking": Form("Ranking", text_shapes.ranking, "questions.csv", ("test",)),
    "generation": Form(
        "CodeGeneration",
        text_shapes.generation,
        "code.csv",
        ("test",),
        question="Write code that does this, in one fenced block.\\n\\n{prompt}\\n",
    ),
    "text": Form(
        "Corpus",
        text_shapes.running_text,
        "sentences.csv",
        ("train", "train", "train", "train", "dev"),
        needs=("dev",),
        selects=False,
        use="xharness run MODEL --task TASK --recipe mlm-continued --param mlm_corpus={name}",
    ),
}
"""How a package is written for each kind."""
