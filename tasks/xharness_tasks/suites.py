"""The suites of the built-in tasks."""

from __future__ import annotations

from xharness import Suite
from xharness_tasks import bucc2018, mlqa, panx, pawsx, tatoeba, tydiqa, udpos, xnli, xquad

_XTREME = {
    "pawsx": pawsx.LANGUAGES,
    "xnli": xnli.LANGUAGES,
    "udpos": udpos.LANGUAGES,
    "panx": panx.LANGUAGES,
    "xquad": xquad.LANGUAGES,
    "mlqa": tuple(mlqa.SIZES),
    "tydiqa": tuple(tydiqa.SIZES),
    "bucc2018": tuple(bucc2018.SIZES),
    "tatoeba": tatoeba.LANGUAGES,
}

XTREME = Suite(
    name="xtreme",
    tasks=_XTREME,
    groups={
        "classification": ("pawsx", "xnli"),
        "tagging": ("udpos", "panx"),
        "qa": ("xquad", "mlqa", "tydiqa"),
        "retrieval": ("bucc2018", "tatoeba"),
    },
    summary="Nine tasks in 40 languages: how well does a model trained on English serve the others?",
    citation="Hu et al. 2020, XTREME: A Massively Multilingual Multi-task Benchmark for Evaluating Cross-lingual "
    "Generalization, ICML",
    homepage="https://sites.research.google/xtreme",
)

SUITES = (XTREME,)
