"""Make an encoder-decoder of encoders: both parts start from their weights, the attention between the parts is new.

Rothe et al. 2020, Leveraging Pre-trained Checkpoints for Sequence Generation Tasks, TACL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadOptions, Training
from xharness_plugins.models.checkpoint import Checkpoint

TYPES = frozenset({
    "bert", "big_bird", "camembert", "data2vec-text", "electra", "ernie", "megatron-bert", "rembert", "roberta",
    "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod",
})  # fmt: skip
"""The model types of encoders that the transformers library can run as a decoder with attention to an encoder."""
_NEW = ".crossattention."


def write(training: Training, out: Path) -> None:
    """Write the encoder-decoder that a training in words starts from, in float32.

    The encoder is that of the checkpoint to train, the decoder the checkpoint of the request: whatever was trained
    between the two, the decoder is the same. BadRequest if the tokenizer has no tokens to begin, end and pad a text, or
    the decoder does not fit the encoder.
    """
    import torch
    from transformers import EncoderDecoderModel

    from xharness.engine.checkpoints import quiet

    encoder_of = Checkpoint.read(training.path, training.options)
    # New weights are drawn before the encoder is read, so that they depend on the seed only.
    torch.manual_seed(training.seed)
    decoder = _decoder(Checkpoint.read(training.given or training.path, training.options))
    encoder, _ = encoder_of.load("AutoModel", encoder_of.config(), dtype=torch.float32, pooler=True)
    tokenizer = _ended(encoder_of.tokenizer(), training.path)
    with quiet():
        model = EncoderDecoderModel(encoder=encoder, decoder=decoder)
        first = tokenizer.bos_token_id
        for settings in (model.config, model.generation_config):
            settings.decoder_start_token_id = settings.bos_token_id = first
            settings.eos_token_id, settings.pad_token_id = tokenizer.eos_token_id, tokenizer.pad_token_id
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)


def _decoder(checkpoint: Checkpoint) -> Any:
    """Return an encoder as a decoder; the layer that predicts tokens is that of masked language modelling."""
    import torch
    from transformers import AutoModelForCausalLM

    from xharness.engine.checkpoints import quiet

    known, _ = checkpoint.load("AutoModelForMaskedLM", checkpoint.config(), dtype=torch.float32)
    with quiet():
        config = checkpoint.config(is_decoder=True, add_cross_attention=True, dtype=torch.float32)
        decoder = AutoModelForCausalLM.from_config(config)
    missing, unexpected = decoder.load_state_dict(known.state_dict(), strict=False)
    wrong = [name for name in (*missing, *unexpected) if _NEW not in name]
    if wrong:
        raise BadRequest(f"{checkpoint.path}: transformers cannot run this encoder as a decoder: {wrong[0]} differs")
    return decoder


def _ended(tokenizer: Any, path: Path) -> Any:
    """Return a tokenizer that has a token to begin a text and one to end it; BERT's are those around a text."""
    for own, other in (("bos_token", "cls_token"), ("eos_token", "sep_token")):
        if getattr(tokenizer, own) is None:
            setattr(tokenizer, own, getattr(tokenizer, other))
    if None in (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id):
        raise BadRequest(
            f"{path}: the tokenizer needs tokens to begin, end and pad a text; name them in tokenizer_config.json"
        )
    return tokenizer


def is_encoder(path: Path, options: LoadOptions) -> bool:
    """Return whether a folder is still that of an encoder, not of the encoder-decoder that a training made."""
    return not Checkpoint.read(path, options).folder.config.get("is_encoder_decoder")
