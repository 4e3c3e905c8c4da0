"""Other names that people use for parameters and options, to suggest the right one for an unknown name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_PARAMETERS = {
    "learning_rate": "lr peak_lr max_lr step_size",
    "batch_size": "bs batch batchsize bsz minibatch train_batch_size per_device_train_batch_size "
    "per_gpu_train_batch_size per_device_batch_size total_batch_size effective_batch_size",
    "max_length": "max_len maxlen max_seq_length max_seq_len max_seq_length seq_len seq_length sequence_length "
    "max_sequence_length model_max_length msl",
    "epochs": "epoch ep num_epochs n_epochs num_train_epochs train_epochs max_epochs",
    "warmup_steps": "warmup num_warmup_steps warmup_ratio warmup_proportion warmup_share",
    "weight_decay": "wd decay l2",
    "eval_steps": "eval_every eval_interval eval_freq evaluation_steps save_steps logging_steps",
    "selection": "early_stopping patience checkpoint_selection model_selection load_best_model_at_end save_best",
    "reruns": "restarts",
    "shots": "k n_shots num_shots k_shot kshot n_shot few_shot num_fewshot",
    "rank": "r lora_r lora_rank",
    "alpha": "lora_alpha",
    "lora_dropout": "dropout",
    "lora_targets": "targets target_modules",
    "layer": "layers hidden_layer layer_index",
    "pooling": "pool pooler pooling_mode pooling_strategy",
    "beams": "beam num_beams beam_size",
    "exponent": "smoothing sampling_exponent",
    "translations": "mt translator translation_model",
}
_OPTIONS = {
    "out": "o output output_dir out_dir outdir output_path save_dir results_dir",
    "store": "cache cache_dir cachedir",
    "data": "data_dir data_path dataset_path dataset_dir",
    "limit": "n max_samples max_examples num_samples n_samples num_examples",
    "lang": "l language languages langs lng locale",
    "task": "t tasks dataset datasets",
    "seed": "seeds random_seed random_state",
    "dtype": "precision torch_dtype fp16 bf16 half",
    "device": "cuda gpu cpu no_cuda use_cpu",
    "workers": "j jobs n_jobs num_workers n_workers num_processes nproc",
    "recipe": "strategy",
    "split": "eval_split",
    "config": "config_file config_path",
    "exact": "deterministic",
    "allow_remote_code": "trust_remote_code",
    "json": "as_json",
}


def synonyms(name: str, known: Collection[str]) -> list[str]:
    """Return the known names that mean the same as a name; with a prefix, as in `intermediate_lr`, the same prefix.

    For an unknown option that is a parameter, `--param NAME=VALUE` is returned.
    """
    plain = _plain(name.partition("=")[0])
    meant = [prefix + word for prefix, rest in _prefixes(plain) for word in _meaning(rest)]
    if name.startswith("-"):
        options = [f"--{word.replace('_', '-')}" for word in (plain, *meant)]
        found = [option for option in options if option in known]
        parameters = [f"--param {word}=VALUE" for word in dict.fromkeys((plain, *meant)) if word in _PARAMETERS]
        return found or (parameters if "--param" in known else [])
    exact = [word for word in meant if word in known]
    return exact + sorted(each for each in known for word in exact if each.endswith(f"_{word}"))


def is_synonym(name: str) -> bool:
    """Return whether a name is one that people use for a parameter of another name."""
    return any(_plain(name) in others.split() for others in _PARAMETERS.values())


def _plain(name: str) -> str:
    """Return a name in lower case with underscores, without leading dashes: `max_len` for `maxLen` and `--max-len`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.lstrip("-"))
    return re.sub(r"[-. ]+", "_", words).lower()


def _prefixes(name: str) -> Iterator[tuple[str, str]]:
    """Yield every division of a name into a prefix of whole words and the rest; the empty prefix comes first."""
    words = name.split("_")
    for number in range(len(words)):
        prefix = "".join(f"{word}_" for word in words[:number])
        yield prefix, "_".join(words[number:])


def _meaning(word: str) -> list[str]:
    """Return the names of parameters and options that a word means, the word itself if it is one."""
    tables = {**_PARAMETERS, **_OPTIONS}
    return [name for name, others in tables.items() if word == name or word in others.split()]
