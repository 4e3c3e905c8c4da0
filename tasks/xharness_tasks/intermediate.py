"""What the intermediate tasks share: how they are fine-tuned."""

from __future__ import annotations

from xharness import Tuning


def tuning(epochs: float) -> Tuning:
    """Return the settings of jiant, with which Phang et al. 2020 trained, and a number of epochs.

    Those of the paper's own intermediate phase are not known; these are the defaults of its tool and of its guide to
    XTREME (github.com/nyu-mll/jiant, commit daa5a258), without their warm-up over a tenth of the steps.
    """
    return Tuning(epochs=epochs, learning_rate=1e-5, max_length=256, weight_decay=0.01, eval_steps=1000)
