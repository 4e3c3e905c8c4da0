"""Task heads for architectures that have none in transformers: one linear layer on the last hidden states.

transformers has heads for some encoders only, as none for question answering with EuroBERT, and for no decoder one for
multiple choice. A class of transformers is preferred where it exists, so that published checkpoints load.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from xharness.engine.pooling import last as last_token

_PER_TOKEN = {"AutoModelForTokenClassification", "AutoModelForQuestionAnswering"}
_POOLED = {"AutoModelForSequenceClassification", "AutoModelForMultipleChoice"}
_STD = 0.02


def can_add(auto: str) -> bool:
    """Return whether this module has the head of a transformers auto class."""
    return auto in _PER_TOKEN | _POOLED


@cache
def with_head(base: Any, auto: str, last: bool = False) -> Any:
    """Return a model class: the class `base` without head, with the head of a transformers auto class.

    A token head reads each hidden state; the others read the mean over the tokens of a text, of a decoder (`last`) the
    last token. Inputs are padded on the right. The name of the class is
    that which transformers would give it, such as EuroBertForQuestionAnswering, so that a saved checkpoint is read
    again.
    """
    family: Any = next(each for each in base.__mro__ if each.__name__.endswith("PreTrainedModel"))
    prefix = base.base_model_prefix or "model"
    head = "qa_outputs" if auto == "AutoModelForQuestionAnswering" else "score" if last else "classifier"
    takes_types = "token_type_ids" in inspect.signature(base.forward).parameters

    class Model(family):  # type: ignore[misc] # the family is known at run time only
        base_model_prefix = prefix

        def __init__(self, config: Any) -> None:
            from torch import nn

            super().__init__(config)
            setattr(self, prefix, base(config))
            hidden, outputs = _hidden_size(config), _outputs(config, auto)
            # The heads of transformers for decoders have no bias either.
            setattr(self, head, nn.Linear(hidden, outputs, bias=not (last and auto in _POOLED)))
            self.dropout = nn.Dropout(_dropout(config))
            self.post_init()

        def _init_weights(self, module: Any) -> None:
            from transformers import initialization as init

            super()._init_weights(module)
            own: Any = getattr(self, head, None)
            if module is own:
                init.normal_(own.weight, std=getattr(self.config, "initializer_range", _STD))
                if own.bias is not None:
                    init.zeros_(own.bias)

        def forward(
            self, input_ids: Any = None, attention_mask: Any = None, token_type_ids: Any = None, **more: Any
        ) -> Any:
            shape = input_ids.shape
            inputs = {"input_ids": input_ids, "attention_mask": attention_mask, **more}
            inputs |= {"token_type_ids": token_type_ids} if takes_types and token_type_ids is not None else {}
            if auto == "AutoModelForMultipleChoice":
                inputs = {name: _flat(value) for name, value in inputs.items()}
            states = getattr(self, prefix)(**inputs).last_hidden_state
            if auto in _POOLED:
                states = (last_token if last else _mean)(states, inputs["attention_mask"])
            return _output(getattr(self, head)(self.dropout(states)), auto, shape)

    Model.__name__ = Model.__qualname__ = _stem(base) + auto.removeprefix("AutoModel")
    return Model


def _stem(base: Any) -> str:
    name: str = base.__name__
    return name.removesuffix("Model").removesuffix("Encoder")


def _hidden_size(config: Any) -> int:
    return int(getattr(config, "hidden_size", None) or config.d_model)


def _outputs(config: Any, auto: str) -> int:
    fixed = {"AutoModelForQuestionAnswering": 2, "AutoModelForMultipleChoice": 1}
    return fixed.get(auto) or int(config.num_labels)


def _dropout(config: Any) -> float:
    given = (getattr(config, name, None) for name in ("classifier_dropout", "hidden_dropout_prob", "dropout_rate"))
    return float(next((value for value in given if value is not None), 0.0))


def _flat(value: Any) -> Any:
    """Return a tensor of shape (examples, choices, tokens) as (examples * choices, tokens)."""
    return value.flatten(0, 1) if hasattr(value, "flatten") and value.dim() == 3 else value


def _mean(states: Any, mask: Any) -> Any:
    if mask is None:
        return states.mean(dim=1)
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


def _output(logits: Any, auto: str, shape: Any) -> Any:
    from transformers import modeling_outputs as outputs

    if auto == "AutoModelForQuestionAnswering":
        return outputs.QuestionAnsweringModelOutput(start_logits=logits[..., 0], end_logits=logits[..., 1])
    if auto == "AutoModelForMultipleChoice":
        return outputs.MultipleChoiceModelOutput(logits=logits.view(shape[0], -1))
    if auto == "AutoModelForTokenClassification":
        return outputs.TokenClassifierOutput(logits=logits)
    return outputs.SequenceClassifierOutput(logits=logits)
