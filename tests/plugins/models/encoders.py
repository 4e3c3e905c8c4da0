"""Tiny random encoders of many model types, each with a tokenizer of the form that its checkpoints have."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from tests.models import TEXT, tiny_tokenizer

_WIDTHS = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
_BERT = _WIDTHS | {"max_position_embeddings": 130}
_T5 = {"d_model": 32, "d_kv": 16, "d_ff": 48, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 2}
_XLM = {"emb_dim": 32, "n_layers": 2, "n_heads": 2, "max_position_embeddings": 130, "pad_index": 1, "n_langs": 3}
# Model type: its tokenizer (see `tokenizer`) and its configuration.
TYPES = {
    "modernbert": ("spaced", _BERT | {"global_attn_every_n_layers": 2, "local_attention": 16}),
    "modernbert/gemma": ("gemma", _BERT | {"global_attn_every_n_layers": 2, "local_attention": 16}),
    "eurobert": ("split", _BERT | {"num_key_value_heads": 1, "head_dim": 16, "mask_token_id": 4}),
    "deberta-v2": (
        "xlmr",
        _BERT
        | {"relative_attention": True, "position_buckets": 16, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0}
        | {"norm_rel_ebd": "layer_norm", "share_att_key": True},
    ),
    "xlm-roberta": ("xlmr", _BERT | {"type_vocab_size": 1}),
    "bert": ("bert", _BERT),
    "gte": ("xlmr", _BERT),
    "nomic_bert": ("bert", _BERT),
    "rembert": ("xlmr", _BERT | {"input_embedding_size": 16, "output_embedding_size": 24}),
    "xlm": ("xlmr", _XLM),
    "xmod": ("xlmr", _BERT | {"languages": ["en_XX", "de_DE"], "default_language": "en_XX"}),
    "luke": ("roberta", _BERT | {"entity_vocab_size": 10, "entity_emb_size": 16, "type_vocab_size": 1}),
    "jina_embeddings_v3": ("xlmr", _BERT | {"type_vocab_size": 1}),
    "mt5": ("xlmr", _T5),
    "umt5": ("gemma", _T5),
}


@cache
def tokenizer(form: str):
    """Return a tokenizer trained on `TEXT`, of one of the forms of `tests.models` or one of these.

    `spaced` is byte-level BPE that puts a space before a text only when asked (ModernBERT), `split` splits numbers
    before it makes bytes, so that it ignores that option (Llama 3, EuroBERT), `gemma` is BPE with byte fallback that
    replaces spaces by "▁" and adds none (Gemma, mmBERT).
    """
    return _bpe(form) if form in ("spaced", "split", "gemma") else tiny_tokenizer(form)


def _bpe(form: str):
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    if form == "gemma":
        made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
        made.normalizer = normalizers.Replace(" ", "▁")
        made.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")  # in training no token spans two words
        alphabet, bytes_ = [], [f"<0x{number:02X}>" for number in range(256)]
    else:
        made = Tokenizer(models.BPE())
        last = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.pre_tokenizer = (
            last if form == "spaced" else pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), last])
        )
        made.decoder = decoders.ByteLevel()
        alphabet, bytes_ = pre_tokenizers.ByteLevel.alphabet(), []
    trainer = trainers.BpeTrainer(
        vocab_size=800, special_tokens=special + bytes_, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(TEXT, trainer)
    if form == "gemma":
        made.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>", unk_token="<unk>",
        pad_token="<pad>", mask_token="<mask>", model_max_length=128,
    )  # fmt: skip


def encoder(path: Path, name: str) -> Path:
    """Write a checkpoint of a type of `TYPES`, as its pre-training saves it."""
    import transformers

    from xharness.engine.checkpoints import quiet

    form, settings = TYPES[name]
    made, kind = tokenizer(form), name.partition("/")[0]
    ids = {f"{each}_token_id": getattr(made, f"{each}_token_id") for each in ("pad", "bos", "eos", "cls", "sep")}
    ids |= {"decoder_start_token_id": made.pad_token_id} if "d_model" in settings else {}
    config = transformers.AutoConfig.for_model(kind, vocab_size=len(made), **{**ids, **settings})
    alone = {"mt5": "MT5EncoderModel", "umt5": "UMT5EncoderModel"}.get(kind)
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(0)
        maker = transformers.AutoModelForMaskedLM.from_config
        model = getattr(transformers, alone)(config) if alone else maker(config)
        model.save_pretrained(path)
    made.save_pretrained(path)
    return path
