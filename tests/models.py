"""Tiny real checkpoints: a tokenizer trained on a few sentences in many scripts, and an encoder with random weights."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

TEXT = """
The old harbour lies quiet in the morning, and the fishermen mend their nets before the sun is high.
My neighbour bought three tickets for the concert in Lisbon on 14 March 2019, but she could not go.
Who wrote the letter that was found under the floor of the station? Nobody knows, not even the mayor.
Der Bäcker am Marktplatz öffnet um sechs Uhr, weil die Kinder vor der Schule frische Brötchen kaufen.
Mi abuela guardaba las cartas en una caja azul; nunca quiso leerlas en voz alta delante de nosotros.
Le train de nuit s'arrête dans chaque village, même quand personne n'attend sur le quai.
Bibi yangu alipanda miembe miwili karibu na mto, na sasa watoto wote wa kijiji hula maembe yake.
Bà tôi trồng hai cây xoài bên bờ sông, và bây giờ trẻ con cả làng đều ăn xoài của bà.
Mo ra ìwé méjì ní ọjà lánàá, ṣùgbọ́n mi ò tíì kà wọ́n.
Naapurini puutarhassa kasvaa omenapuita, joiden oksat ulottuvat meidän pihallemme asti.
Komşumuzun bahçesindeki elma ağacı bu yıl çok meyve verdi, dalları neredeyse kırılacaktı.
Мой дедушка строил лодки на берегу широкой реки, и каждую весну мы спускали их на воду.
Ο παππούς μου έφτιαχνε βάρκες δίπλα στη θάλασσα και κάθε άνοιξη τις βάφαμε μαζί.
كان جدي يصنع القوارب على ضفة النهر، وكنا نساعده كل ربيع قبل أن يرتفع الماء.
סבא שלי בנה סירות על שפת הנהר, ובכל אביב עזרנו לו לצבוע אותן.
मेरे दादा नदी के किनारे नावें बनाते थे और हर वसंत में हम उन्हें रंगने में मदद करते थे।
আমার দাদু নদীর ধারে নৌকা বানাতেন আর প্রতি বসন্তে আমরা রং করতাম।
என் தாத்தா ஆற்றங்கரையில் படகுகள் செய்தார், நாங்கள் அவற்றுக்கு வண்ணம் பூசினோம்.
ปู่ของฉันต่อเรืออยู่ริมแม่น้ำ และทุกฤดูใบไม้ผลิพวกเราช่วยกันทาสีเรือ
我的祖父在河边造船，每年春天我们都帮他给船刷漆，然后把船推进水里。
祖父は川のほとりで舟を造り、毎年春になると私たちは色を塗るのを手伝った。
할아버지는 강가에서 배를 만드셨고, 봄마다 우리는 배에 칠하는 일을 도왔다.
პაპაჩემი მდინარის პირას ნავებს აკეთებდა და ყოველ გაზაფხულზე ვღებავდით.
""".strip().splitlines()

KINDS = ("xlmr", "bert", "roberta")


def tiny_checkpoint(path: Path, kind: str = "xlmr", layers: int = 2, hidden: int = 64, seed: int = 0) -> Path:
    """Write an encoder without a head, with its tokenizer, as the hub holds one; the weights are random.

    `xlmr` has a Unigram tokenizer, `bert` a lower-casing WordPiece one with token types, `roberta` byte-level BPE.
    """
    import torch
    from transformers import AutoConfig, AutoModelForMaskedLM

    tokenizer = tiny_tokenizer(kind)
    types = {"xlmr": "xlm-roberta", "bert": "bert", "roberta": "roberta"}
    config = AutoConfig.for_model(
        types[kind],
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=2 * hidden,
        max_position_embeddings=512 if kind == "bert" else 514,
        type_vocab_size=2 if kind == "bert" else 1,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForMaskedLM.from_config(config)
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def tiny_decoder(path: Path, seed: int = 0) -> Path:
    """Write a causal language model of the Llama type with random weights, and a byte-level tokenizer without BOS."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer("bytes")
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=128,
        max_position_embeddings=256,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def tiny_seq2seq(path: Path, kind: str = "mt5", seed: int = 0) -> Path:
    """Write a random encoder-decoder: `mt5` with a SentencePiece tokenizer, or `bart` with byte-level BPE."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration, MT5Config, MT5ForConditionalGeneration

    tokenizer = _sentencepiece() if kind == "mt5" else tiny_tokenizer("roberta")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if kind == "mt5":
            config = MT5Config(
                vocab_size=len(tokenizer), d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4,
                initializer_factor=2.0, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
            )  # fmt: skip
            model = MT5ForConditionalGeneration(config)
        else:
            config = BartConfig(
                vocab_size=len(tokenizer), d_model=64, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
                decoder_attention_heads=4, encoder_ffn_dim=128, decoder_ffn_dim=128, max_position_embeddings=128,
                init_std=0.5, bos_token_id=0, pad_token_id=1, eos_token_id=2, decoder_start_token_id=2,
            )  # fmt: skip
            model = BartForConditionalGeneration(config)
            model.generation_config.forced_bos_token_id = 0
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def returning_tuples(checkpoint: Path, copy: Path) -> Path:
    """Copy a checkpoint, with a config.json that asks for tuples as the outputs of models, as old ones do."""
    shutil.copytree(checkpoint, copy)
    config = json.loads((copy / "config.json").read_text("utf-8"))
    (copy / "config.json").write_text(json.dumps(config | {"return_dict": False}), encoding="utf-8")
    return copy


@cache
def tiny_tokenizer(kind: str = "xlmr"):
    """Return a fast tokenizer of a kind, trained on `TEXT`.

    Those of decoders are `bytes`, byte-level BPE without pad token and special tokens, and `gemma`, BPE with spaces as
    a letter of their own, which begins a text with BOS.
    """
    return {"xlmr": _unigram, "bert": _wordpiece, "roberta": _byte_bpe, "bytes": _bytes_alone, "gemma": _gemma}[kind]()


def _unigram():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    trainer = trainers.UnigramTrainer(vocab_size=900, special_tokens=special, unk_token="<unk>", show_progress=False)
    made.train_from_iterator(TEXT, trainer)
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
    )


def _wordpiece():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import BertTokenizer

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trained = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.normalizer = normalizers.BertNormalizer(lowercase=True)
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trained.train_from_iterator(
        TEXT, trainers.WordPieceTrainer(vocab_size=900, special_tokens=special, show_progress=False)
    )
    return BertTokenizer(vocab=trained.get_vocab(), model_max_length=512)


def _byte_bpe():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import RobertaTokenizer

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(
        TEXT,
        trainers.BpeTrainer(vocab_size=900, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(pair) for pair in model["merges"]]
    return RobertaTokenizer(vocab=model["vocab"], merges=merges, add_prefix_space=True, model_max_length=512)


@cache
def _sentencepiece():
    """Return a tokenizer of the class of T5 and mT5, with three sentinels."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import T5Tokenizer

    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<pad>", "</s>", "<unk>"]
    made.train_from_iterator(
        TEXT,
        trainers.UnigramTrainer(vocab_size=700, special_tokens=special, unk_token="<unk>", show_progress=False),
    )
    pieces = [tuple(piece) for piece in json.loads(made.to_str())["model"]["vocab"]]
    return T5Tokenizer(vocab=pieces, extra_ids=3)


@cache
def _bytes_alone():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<|start|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(TEXT, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<|start|>", eos_token="<|end|>")


def _gemma():
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    made.normalizer = normalizers.Replace(" ", "\u2581")
    made.pre_tokenizer = pre_tokenizers.Split("\u2581", "merged_with_next")
    made.decoder = decoders.Replace("\u2581", " ")
    made.train_from_iterator(TEXT, trainers.BpeTrainer(vocab_size=900, special_tokens=special, show_progress=False))
    made.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A <bos>:1 $B:1", special_tokens=[("<bos>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        pad_token="<pad>",
        padding_side="left",
    )
