"""Shared fine-tuning settings of the intermediate tasks."""

from __future__ import annotations

from xharness import Tuning


def tuning(epochs: float) -> Tuning:
    """Return the settings of jiant, the tool of Phang et al. 2020, with a number of epochs.

    The settings of the intermediate phase in the paper are not known. These are the defaults of jiant and of its
    XTREME guide (github.com/nyu-mll/jiant, commit daa5a258), without their warm-up over a tenth of the steps.
    """
    return Tuning(epochs=epochs, learning_rate=1e-5, max_length=256, weight_decay=0.01, eval_steps=1000)
