"""What the small files of a checkpoint say: how it pools, whether it holds low-rank updates, and of which base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadOptions, absent, install, reason_of
from xharness.data.forms import (
    FLAG,
    NAME,
    NUMBER,
    PATH,
    TEXT,
    Form,
    either,
    list_of,
    object_of,
    read_json,
    record,
    shown,
    whole,
)  # fmt: skip
from xharness.engine.pooling import POOLER, POOLINGS

UPDATES_CONFIG = "adapter_config.json"
"""The file of peft that a folder of low-rank updates has."""
TRAINED_POOLING = "xharness_pooling"
"""The key in config.json that says how a trained dual encoder pools its tokens into a vector."""

CAUSAL_INPUTS = "xharness_causal_inputs"
"""The key in config.json that says that the head of a decoder was trained on the inputs of `decoder_inputs`."""

HIDDEN = ("hidden_size", "d_model", "dim", "emb_dim")
"""The keys of config.json with the size of a hidden state; model types differ."""
LAYERS = ("num_hidden_layers", "n_layers", "num_layers")
"""The keys of config.json with the number of hidden layers."""
POSITIONS = ("max_position_embeddings", "n_positions")
"""The keys of config.json with the number of positions."""

# The modules with which transformers converts the vocabulary files of slow tokenizers: the extra `sentencepiece`.
_CONVERTERS = ("google", "sentencepiece", "tiktoken")
_REMEDY = "correct the file, or download the checkpoint again"
_LABELS = object_of(either(TEXT, NUMBER))
_NUMBERS = {
    "pad_token_id": whole(-1),
    "vocab_size": whole(),
    **{name: whole() for name in (*HIDDEN, *LAYERS, *POSITIONS)},
}
_POOLINGS = (*POOLINGS, POOLER)
_CONFIG = record(
    {
        "model_type": NAME,
        "architectures": list_of(NAME),
        "auto_map": object_of(either(NAME, Form("a list", lambda value: isinstance(value, list)))),
        "id2label": replace(
            _LABELS,
            expected="an object with the indexes of classes as keys",
            fits=lambda value: isinstance(value, dict) and all(map(_is_index, value)),
        ),
        "is_decoder": FLAG,
        "is_encoder_decoder": FLAG,
        CAUSAL_INPUTS: FLAG,
        "encoder": record({"model_type": NAME, **_NUMBERS}),
        TRAINED_POOLING: Form(" or ".join(_POOLINGS), lambda value: value in _POOLINGS),
        **_NUMBERS,
    }
)
_TEMPLATE = record({"name": TEXT, "template": TEXT}, required=("name", "template"))
_TOKENIZER = record({"model_max_length": NUMBER, "chat_template": either(TEXT, list_of(_TEMPLATE))})
_UPDATES = record({"base_model_name_or_path": PATH})


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 10


def read_config(path: Path) -> dict[str, Any]:
    """Return the config.json of a folder; BadRequest if a value that the adapters use is not of the expected type."""
    config: dict[str, Any] = read_json(path / "config.json", _CONFIG)
    return config


def declared_length(path: Path) -> float | None:
    """Return the maximum number of tokens in the tokenizer_config.json of a folder, None if it contains none."""
    file = path / "tokenizer_config.json"
    limit: float | None = read_json(file, _TOKENIZER).get("model_max_length") if file.is_file() else None
    return limit


def chat_template(path: Path) -> str:
    """Return the chat template of the tokenizer of a folder, empty if it has none, as transformers selects it."""
    file = path / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8", errors="replace")
    file = path / "tokenizer_config.json"
    declared = read_json(file, _TOKENIZER).get("chat_template") if file.is_file() else None
    if isinstance(declared, list):
        return str({each["name"]: each["template"] for each in declared}.get("default", ""))
    return str(declared or "")


def load_config(path: Path, options: LoadOptions, **changes: Any) -> Any:
    """Return the configuration of transformers, with changes; BadRequest if transformers cannot read it."""
    from transformers import AutoConfig

    _check_known(path, options)

    try:
        return AutoConfig.from_pretrained(path, trust_remote_code=options.allow_remote_code, **changes)
    except Exception as error:  # the classes of configurations raise too many types of errors to list
        raise BadRequest(
            f"{path / 'config.json'}: transformers cannot read it ({reason_of(error)}); {_REMEDY}"
        ) from error


def _check_known(path: Path, options: LoadOptions) -> None:
    """Raise BadRequest if the installed transformers does not know the model type of a folder."""
    from transformers import CONFIG_MAPPING, __version__

    config = read_config(path)
    name, writer = config.get("model_type"), config.get("transformers_version")
    if not name or name in CONFIG_MAPPING or (options.allow_remote_code and config.get("auto_map")):
        return
    since = f"; config.json was written by transformers {shown(writer)}" if writer else ""
    raise BadRequest(
        f"{path / 'config.json'}: the installed transformers {__version__} does not know model type {shown(name)}"
        f"{since}; install a version that knows it (pip install -U transformers)"
    )


def load_tokenizer(path: Path, options: LoadOptions, **changes: Any) -> Any:
    """Return the tokenizer of transformers, with changes; BadRequest if transformers cannot read it."""
    from transformers import AutoTokenizer

    from xharness.engine.checkpoints import quiet

    try:
        with quiet():
            return AutoTokenizer.from_pretrained(path, trust_remote_code=options.allow_remote_code, **changes)
    except Exception as error:  # the classes of tokenizers raise too many types of errors to list
        raise BadRequest(
            f"{path}: cannot load the tokenizer ({reason_of(error)}); {_tokenizer_remedy(path)}"
        ) from error


def _tokenizer_remedy(path: Path) -> str:
    """Return what to do if a tokenizer cannot be loaded, which depends on its files."""
    if (path / "tokenizer.json").is_file():
        return _REMEDY
    first = f"{install('sentencepiece')}, then " if absent(*_CONVERTERS) else ""
    return (
        f"the folder has no tokenizer.json: {first}convert the tokenizer with AutoTokenizer.from_pretrained(FOLDER)"
        ".save_pretrained(FOLDER), or download a checkpoint that has one"
    )


def set_trained_pooling(config: Any, pooling: str | None) -> None:
    """Write to a configuration how a dual encoder pools; None, for any other model, removes the entry's old value."""
    if pooling or hasattr(config, TRAINED_POOLING):
        setattr(config, TRAINED_POOLING, pooling)


def holds_updates(path: Path) -> bool:
    """Return whether a folder holds low-rank updates instead of a full checkpoint."""
    return (path / UPDATES_CONFIG).is_file()


def base_of(path: Path, options: LoadOptions) -> tuple[Path, LoadOptions]:
    """Return the base checkpoint of low-rank updates and the options to load it.

    BadRequest if the base is missing, or if the updates are their own base, through other updates or directly.
    """
    if options.bases:
        return options.bases[0], replace(options, bases=options.bases[1:])
    base = _named_base(path)
    known, next_ = {path.resolve()}, base.resolve()
    while holds_updates(next_):
        if next_ in known:
            raise BadRequest(f"{path / UPDATES_CONFIG}: base_model_name_or_path leads back to the updates themselves")
        known.add(next_)
        next_ = _named_base(next_).resolve()
    return base, options


def _named_base(path: Path) -> Path:
    base = Path(read_json(path / UPDATES_CONFIG, _UPDATES).get("base_model_name_or_path") or "")
    if not base.is_absolute() or not base.is_dir():
        raise BadRequest(
            f"{path}: low-rank updates of '{base}', which is not a folder on this machine; copy that checkpoint there, "
            f"or write its folder to base_model_name_or_path in {UPDATES_CONFIG}"
        )
    return base
