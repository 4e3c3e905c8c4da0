"""The steps by the name of their stage kind; a new kind of stage is one file in this folder and one line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xharness.plan import Job
from xharness.run.steps.attack import ATTACK
from xharness.run.steps.embed import EMBED
from xharness.run.steps.merge import MERGE
from xharness.run.steps.noise import NOISE
from xharness.run.steps.predict import PREDICT
from xharness.run.steps.step import Costing, Price, Step
from xharness.run.steps.train import FINETUNE, MULTITASK
from xharness.run.steps.translate import TRANSLATE
from xharness.specs.stage_params import Pretrained


def _title(jobs: Sequence[Job]) -> str:
    return "use the checkpoint as given"


def _free(job: Job, costing: Costing) -> Price:
    return Price(0, 0, 0.0, 0, False)


PRETRAINED = Step(params=Pretrained, title=_title, price=_free)
STEPS: Mapping[str, Step] = {
    step.params.kind: step
    for step in (PRETRAINED, FINETUNE, MULTITASK, MERGE, TRANSLATE, NOISE, ATTACK, EMBED, PREDICT)
}
