"""A first run without any download: makes a small checkpoint and small data of our own, and evaluates one on the other.

    python examples/first_run.py [FOLDER]

What it prints is smoke, not science: the checkpoint is random but for its fine-tuning on a few hundred made-up English
sentences. The command that it runs at the end is the one to use on a real checkpoint.
"""

from __future__ import annotations

import random
import sys
from itertools import product
from pathlib import Path

from xharness.cli.main import main

LEXICON = {
    "en": ("the", "dog cat girl farmer teacher bird", "sees hears follows greets", "old small happy", "every day"),
    "de": (
        "die",
        "Hündin Katze Frau Bäuerin Lehrerin Amsel",
        "sieht hört verfolgt grüßt",
        "alte kleine frohe",
        "täglich",
    ),
    "es": ("la", "perra gata niña granjera maestra paloma", "ve oye sigue saluda", "vieja pequeña feliz", "a diario"),
    "sw": (
        "yule",
        "mbwa paka msichana mkulima mwalimu ndege",
        "anaona anasikia anafuata anasalimu",
        "mzee mdogo mzuri",
        "daima",
    ),
}
TAGS = ("DET", "ADJ", "NOUN", "VERB", "DET", "NOUN", "PUNCT")


def sentences(language: str) -> list[list[str]]:
    """Return every sentence of a language, in an order that all languages share."""
    article, nouns, verbs, adjectives, _ = LEXICON[language]
    parts = product(adjectives.split(), nouns.split(), verbs.split(), nouns.split())
    return [[article, adjective, who, verb, article, whom, "."] for adjective, who, verb, whom in parts if who != whom]


def write_data(root: Path) -> None:
    """Write files in the layouts of the official scripts: UDPOS, XNLI and Tatoeba in four languages."""
    order = list(range(len(sentences("en"))))
    random.Random(0).shuffle(order)
    train, dev, test = order[:240], order[240:280], order[280:340]
    for folder in ("udpos", "xnli", "tatoeba"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for language in LEXICON:
        every = sentences(language)
        splits = {"test": test} | ({"train": train, "dev": dev} if language == "en" else {})
        for split, chosen in splits.items():
            tagged = ["".join(f"{w}\t{t}\n" for w, t in zip(every[i], TAGS, strict=True)) for i in chosen]
            (root / "udpos" / f"{split}-{language}.tsv").write_text("\n".join(tagged) + "\n", "utf-8")
            pairs = [_pair(every, i, language, n) for n, i in enumerate(chosen)]
            (root / "xnli" / f"{split}-{language}.tsv").write_text("".join(pairs), "utf-8")
        if language != "en":
            aligned = {"xx": every, "en": sentences("en")}
            names = {"xx": {"de": "deu", "es": "spa", "sw": "swh"}[language], "en": "eng"}
            for side, lines in aligned.items():
                file = root / "tatoeba" / "v1" / f"tatoeba.{names['xx']}-eng.{names[side]}"
                file.parent.mkdir(exist_ok=True)
                file.write_text("".join(" ".join(lines[i]) + "\n" for i in test), "utf-8")


def _pair(every: list[list[str]], i: int, language: str, n: int) -> str:
    words, when = every[i], LEXICON[language][4]
    other = every[(i + 7) % len(every)]
    second, label = [
        ([*words[:1], *words[2:]], "entailment"),
        ([*words[:-1], when, "."], "neutral"),
        (other, "contradiction"),
    ][n % 3]
    return f"{' '.join(words)}\t{' '.join(second)}\t{label}\n"


def write_checkpoint(folder: Path) -> None:
    """Write a small random XLM-R with a tokenizer learnt from the sentences."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    text = [" ".join(words) for language in LEXICON for words in sentences(language)]
    text += [LEXICON[language][4] for language in LEXICON]
    trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(text, trainer)
    ids = [("<s>", 0), ("</s>", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=ids
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    names |= {"unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=126, **names)
    wrapped.save_pretrained(folder)
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=len(wrapped),
        hidden_size=96,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=192,
        max_position_embeddings=130,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        type_vocab_size=1,
    )
    XLMRobertaModel(config).save_pretrained(folder)


def run(folder: Path) -> int:
    """Make what the run needs, and run it."""
    write_data(folder / "data")
    if not (folder / "model" / "config.json").exists():
        write_checkpoint(folder / "model")
    words = [
        "run",
        str(folder / "model"),
        "--source",
        "local",
        "--data",
        str(folder / "data"),
        "--out",
        str(folder / "run"),
    ]
    words += ["--task", "udpos", "--task", "xnli", "--task", "tatoeba"]
    words += [word for language in LEXICON for word in ("--lang", language)]
    words += ["--param", "learning_rate=5e-4", "--param", "epochs=24", "--store", str(folder / "store")]
    print("xharness " + " ".join(words), file=sys.stderr)
    return main(words)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1] if len(sys.argv) > 1 else "first-run")))
