"""The tokenizer of the nano checkpoint: trained on synthetic text, in the format of XLM-R's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
LONGEST = 256


def train(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """Return a Unigram tokenizer with `size` tokens, the same each time.

    The tokens come from byte-pair encoding, because its trainer is deterministic and that of Unigram is not. The score
    of a token is the log of its relative frequency under that encoding.
    """
    lines = sorted(Counter(texts).items())
    pairs = _assembled(models.BPE(unk_token="<unk>"))
    trainer = trainers.BpeTrainer(vocab_size=size - 1, special_tokens=SPECIAL, show_progress=False)
    pairs.train_from_iterator((text for text, count in lines for _ in range(count)), trainer)
    used: Counter[str] = Counter()
    for text, count in lines:
        for piece in pairs.encode(text, add_special_tokens=False).tokens:
            used[piece] += count
    total = sum(used.values())
    pieces = sorted(pairs.get_vocab(), key=pairs.get_vocab().__getitem__)
    scores = [(piece, 0.0 if piece in SPECIAL else math.log((used[piece] + 0.1) / total)) for piece in pieces]
    made = _assembled(models.Unigram([*scores, ("<mask>", 0.0)], unk_id=SPECIAL.index("<unk>"), byte_fallback=False))
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=LONGEST,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
    )


def _assembled(model: models.Model) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer
