"""All built-in tasks; the package imports this module when tasks are asked for, because it takes time."""

from __future__ import annotations

from xharness import Task
from xharness_tasks.anli_plus import ANLI_PLUS
from xharness_tasks.bucc2018 import BUCC2018
from xharness_tasks.ccg import CCG
from xharness_tasks.codechoice import CODECHOICE_MCONALA, CODECHOICE_MCONALA_POOL
from xharness_tasks.coderank import CODERANK_HUMANEVAL_XL, CODERANK_MCONALA
from xharness_tasks.commonsenseqa import COMMONSENSEQA
from xharness_tasks.copa import COPA
from xharness_tasks.cosmosqa import COSMOSQA
from xharness_tasks.hellaswag import HELLASWAG
from xharness_tasks.humaneval_xl import HUMANEVAL_XL, HUMANEVAL_XL_NLL
from xharness_tasks.lareqa import LAREQA
from xharness_tasks.mconala import MCONALA, MCONALA_NLL
from xharness_tasks.mewslix import MEWSLIX
from xharness_tasks.mhumaneval import MHUMANEVAL, MHUMANEVAL_NLL
from xharness_tasks.mhumaneval_expert import MHUMANEVAL_EXPERT, MHUMANEVAL_EXPERT_NLL
from xharness_tasks.mlqa import MLQA
from xharness_tasks.mnli import MNLI
from xharness_tasks.multichecklist import MULTICHECKLIST
from xharness_tasks.odex import ODEX, ODEX_NLL
from xharness_tasks.panx import PANX
from xharness_tasks.panx_natural import PANX_NATURAL, PANX_NATURAL_CLEAN
from xharness_tasks.pawsx import PAWSX
from xharness_tasks.qqp import QQP
from xharness_tasks.siqa import SIQA
from xharness_tasks.squad import SQUAD
from xharness_tasks.squad_sentences import SQUAD_SENTENCES
from xharness_tasks.squad_v2 import SQUAD_V2
from xharness_tasks.tatoeba import TATOEBA
from xharness_tasks.tydiqa import TYDIQA
from xharness_tasks.udpos import UDPOS
from xharness_tasks.wikipedia import WIKIPEDIA
from xharness_tasks.xcopa import XCOPA
from xharness_tasks.xnli import XNLI
from xharness_tasks.xnli_natural import XNLI_NATURAL, XNLI_NATURAL_CLEAN
from xharness_tasks.xquad import XQUAD

TASKS: tuple[Task, ...] = (
    XNLI,
    PAWSX,
    UDPOS,
    PANX,
    SQUAD,
    XQUAD,
    MLQA,
    TYDIQA,
    BUCC2018,
    TATOEBA,
    SIQA,
    COPA,
    XCOPA,
    MULTICHECKLIST,
    SQUAD_SENTENCES,
    LAREQA,
    MEWSLIX,
    ANLI_PLUS,
    MNLI,
    QQP,
    SQUAD_V2,
    HELLASWAG,
    CCG,
    COSMOSQA,
    COMMONSENSEQA,
    WIKIPEDIA,
    XNLI_NATURAL,
    XNLI_NATURAL_CLEAN,
    PANX_NATURAL,
    PANX_NATURAL_CLEAN,
    HUMANEVAL_XL,
    HUMANEVAL_XL_NLL,
    MHUMANEVAL,
    MHUMANEVAL_NLL,
    MHUMANEVAL_EXPERT,
    MHUMANEVAL_EXPERT_NLL,
    MCONALA,
    MCONALA_NLL,
    ODEX,
    ODEX_NLL,
    CODERANK_HUMANEVAL_XL,
    CODERANK_MCONALA,
    CODECHOICE_MCONALA,
    CODECHOICE_MCONALA_POOL,
)
