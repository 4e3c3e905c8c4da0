"""Heads on decoders, for architectures whose head transformers does not have.

transformers has heads for some decoders only: none for multiple choice, and for Gemma 3 none for tags and spans. One
class on `AutoModel` is therefore used wherever transformers has none, under the name that transformers would give it,
with weights of the same names. A class of transformers is preferred, so that published fine-tuned checkpoints load.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_SUFFIXES = {
    "AutoModelForSequenceClassification": "ForSequenceClassification",
    "AutoModelForMultipleChoice": "ForMultipleChoice",
    "AutoModelForTokenClassification": "ForTokenClassification",
    "AutoModelForQuestionAnswering": "ForQuestionAnswering",
}


@lru_cache
def head_class(encoder: type[Any], auto: str) -> type[Any] | None:
    """Return the class of a decoder with the head of a transformers auto class, None if the head cannot be made.

    `encoder` is the class without head, as LlamaModel. The model takes `input_ids` and `attention_mask`, padded on the
    right. Texts and choices are read at the last token of a text, tags and spans at each token.
    """
    from torch import nn
    from transformers import AutoModel, PreTrainedModel

    if auto not in _SUFFIXES:
        return None
    base: Any = next(each for each in encoder.__mro__[1:] if issubclass(each, PreTrainedModel))
    suffix = _SUFFIXES[auto]
    size = 1 if suffix == "ForMultipleChoice" else 2 if suffix == "ForQuestionAnswering" else None
    layer = "qa_outputs" if suffix == "ForQuestionAnswering" else "score"

    class WithHead(base):  # type: ignore[misc] # the base is known at run time only
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            setattr(self, self.base_model_prefix, AutoModel.from_config(config))
            pooled = suffix in ("ForSequenceClassification", "ForMultipleChoice")
            setattr(self, layer, nn.Linear(config.hidden_size, size or config.num_labels, bias=not pooled))
            self.post_init()

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Any:
            return _OUTPUTS[suffix](self, getattr(self, layer), input_ids, attention_mask)

    name = encoder.__name__.removesuffix("Model") + suffix
    WithHead.__name__ = WithHead.__qualname__ = name
    return WithHead


def _states(model: Any, ids: Tensor, mask: Tensor) -> Tensor:
    states: Tensor = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
    return states


def _texts(model: Any, head: torch.nn.Module, ids: Tensor, mask: Tensor) -> Any:
    from transformers.modeling_outputs import SequenceClassifierOutput

    from xharness.engine.pooling import last

    return SequenceClassifierOutput(logits=head(last(_states(model, ids, mask), mask)))


def _choices(model: Any, head: torch.nn.Module, ids: Tensor, mask: Tensor) -> Any:
    """Return logits of shape (examples, choices) for inputs of shape (examples, choices, tokens)."""
    from transformers.modeling_outputs import MultipleChoiceModelOutput

    output = _texts(model, head, ids.flatten(0, 1), mask.flatten(0, 1))
    return MultipleChoiceModelOutput(logits=output.logits.view(ids.shape[:2]))


def _tokens(model: Any, head: torch.nn.Module, ids: Tensor, mask: Tensor) -> Any:
    from transformers.modeling_outputs import TokenClassifierOutput

    return TokenClassifierOutput(logits=head(_states(model, ids, mask)))


def _spans(model: Any, head: torch.nn.Module, ids: Tensor, mask: Tensor) -> Any:
    from transformers.modeling_outputs import QuestionAnsweringModelOutput

    start, end = head(_states(model, ids, mask)).unbind(dim=-1)
    return QuestionAnsweringModelOutput(start_logits=start, end_logits=end)


_OUTPUTS = {
    "ForSequenceClassification": _texts,
    "ForMultipleChoice": _choices,
    "ForTokenClassification": _tokens,
    "ForQuestionAnswering": _spans,
}
