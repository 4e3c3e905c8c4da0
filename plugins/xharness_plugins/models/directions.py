"""The parameter `bidirectional`: a decoder whose tokens see the tokens after them too.

transformers makes masks for both directions where config.json has `is_causal: false`, in architectures whose masks come
from its function `create_causal_mask`. Others ignore it, which one forward pass shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xharness import BadRequest, Param
from xharness_plugins.models.chat import yes

NAME = "bidirectional"
PARAM = Param(
    type=yes,
    default=False,
    help="let tokens see the tokens after them, for heads and vectors: yes or no; the architecture must support it",
    trains=True,
)


def set_directions(config: Any, params: Mapping[str, Any]) -> None:
    """Write to a configuration of transformers that tokens see in both directions, if the parameters say so."""
    if params.get(NAME):
        config.is_causal = False


def open_directions(model: Any) -> None:
    """Let the tokens of a loaded decoder see in both directions, if its configuration says so.

    BadRequest if the architecture does not support it.
    """
    if getattr(model.config, "is_causal", True) is not False:
        return
    for module in model.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = False
    if not _sees_later_tokens(model):
        raise BadRequest(
            f"{NAME}=yes: {type(model.base_model).__name__} of the installed transformers reads from left to right "
            "only; leave the parameter out"
        )


def _sees_later_tokens(model: Any) -> bool:
    """Return whether the last token changes the hidden state of the first one."""
    import torch

    base, training = model.base_model, model.training
    ids = torch.tensor([[1, 2, 3], [1, 2, 4]], device=next(model.parameters()).device) % model.config.vocab_size
    base.eval()
    with torch.no_grad():
        states = base(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[:, 0]
    base.train(training)
    return not torch.equal(states[0], states[1])
