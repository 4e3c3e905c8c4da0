"""MultiCheckList: six behavioural tests of a question answering model in 50 languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xharness import NoisePolicy, SpanQA, Train, local
from xharness.data.lines import Row
from xharness_tasks.checklist import TESTS
from xharness_tasks.layouts import layouts
from xharness_tasks.mini import synthetic

LANGUAGES = tuple(
    "af ar az bg bn de el en es et eu fa fi fr gu he hi ht hu id it ja jv ka kk ko lt ml mr ms my nl pa pl pt qu ro ru "
    "sw ta te th tl tr uk ur vi wo yo zh".split()
)


def read_checklist(paths: tuple[Path, ...], language: str, split: str) -> Iterator[Row]:
    """Yield the cases of the six tests, 200 samples each, generated from the sheet of templates.

    Raises DataError if the sheet does not have the language, or a test cannot be generated in it.
    """
    from xharness_tasks.checklist.samples import cases
    from xharness_tasks.checklist.sheet import read_sheet

    for path in paths:
        sheet = read_sheet(path, language)
        for test in TESTS:
            yield from (dict(example) for example in cases(sheet, test))


MULTICHECKLIST = SpanQA(
    name="multichecklist",
    languages=LANGUAGES,
    metrics=("checklist_error",),
    headline=("error_rate",),
    data=(
        local(*layouts("XTREME repository", {"test": ("multichecklist/checklist_templates.tsv",)}, read_checklist)),
        synthetic("questions", "in_turn", tuple(test.name for test in TESTS), train=0, dev=0),
    ),
    train=Train(task="squad_v1"),
    # Names and things are in context and question, with other endings in some languages.
    noise=NoisePolicy(common_kept=True),
    train_size=87_599,
    summary="Diagnostic, not part of an average: six simple tests with 200 synthetic samples each; lower is better.",
    licence="Apache 2.0 (templates)",
    citation="Ruder et al. 2021, XTREME-R: Towards More Challenging and Nuanced Multilingual Evaluation, EMNLP",
    homepage="https://github.com/google-research/xtreme/tree/master/multichecklist",
    notes=(
        "The official suites are pickles. The cases are generated from the official sheet instead, so they differ.",
        "The sheet has Hausa instead of Romanian: there are no cases in ro.",
        "Templates whose context does not contain the answer (3 in gu, 1 in az) are skipped.",
        "Two tests have the same question with different answers, so that no sample can pass: comparisons in tr, "
        "animal_vs_vehicle in kk.",
        "A sample fails if the answer to any of its questions is wrong, as in CheckList.",
    ),
)
