"""A loaded encoder-decoder that translates, and how each model family encodes source and target language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import LANGUAGES, BadRequest, LoadOptions, canonical
from xharness_plugins.models.checkpoint_files import load_tokenizer
from xharness_plugins.models.fitting import remarks
from xharness_plugins.models.text_updates import TextCheckpoint

if TYPE_CHECKING:
    import torch

_WINDOW = 1024
_BUDGET = {"cpu": 2**11, "cuda": 2**14, "mps": 2**12}
# The token of a language in a vocabulary: sw_KE (mBART-50), swh_Latn (NLLB), __sw__ (M2M-100), <2sw> (MADLAD),
# >>swa<< (Marian with several targets). The last two are put before the text.
_BEGINS = re.compile(r"[a-z]{2}_[A-Z]{2}|[a-z]{3}_[A-Z][a-z]{3}|__([a-z]{2,3})__")
_BEFORE = re.compile(r"<2([a-z]{2,3})>|>>([a-z]{2,3})(?:_[A-Z][a-z]{3})?<<")


def load(path: Path, params: Mapping[str, Any], options: LoadOptions) -> Translator:
    """Load a checkpoint; StageError if weights are missing, BadRequest if its tokenizer cannot be loaded."""
    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness.engine.model_inputs import check_vocabulary, token_count

    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    checkpoint = TextCheckpoint.read(path, options)
    tokenizer = load_tokenizer(checkpoint.tokenizer_folder, options)
    check_vocabulary(path, token_count(tokenizer), checkpoint.folder.config.get("vocab_size"))
    model, loading = checkpoint.load("AutoModelForSeq2SeqLM", dtype)
    beams, length = params["beams"], params["max_length"]
    return Translator(model.to(device).eval(), tokenizer, device, beams, length, options, remarks(loading))


@dataclass
class Translator:
    """A model that translates a window of sentences at a time, in batches of similar length."""

    model: Any
    tokenizer: Any
    device: torch.device
    beams: int
    max_length: int
    options: LoadOptions
    about: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> Mapping[str, Any]:
        """Return device, dtype, number of beams and maximum length, and remarks on the weights."""
        dtype = str(self.model.dtype).removeprefix("torch.")
        lengths = {"beams": self.beams, "max_length": self.max_length}
        return {"device": str(self.device), "dtype": dtype, **lengths, **self.about}

    def translate(self, texts: Iterable[str], source: str, target: str) -> Iterator[str]:
        """Yield the translation of each text; BadRequest if the model does not support one of the languages."""
        before, forced = self.prefix_and_first_token(source, target)
        stream = iter(texts)
        while window := list(islice(stream, _WINDOW)):
            yield from self._window([before + text for text in window], forced)

    def prefix_and_first_token(self, source: str, target: str) -> tuple[str, int | None]:
        """Return the text to put before each source text, and the id of the first token of each translation."""
        vocabulary = self.tokenizer.get_vocab()
        begins, before = _languages(vocabulary, _BEGINS), _languages(vocabulary, _BEFORE)
        if begins:
            for code in (source, target):
                self._check(code, begins)
            self.tokenizer.src_lang = begins[source].strip("_")
            return "", vocabulary[begins[target]]
        if before:
            self._check(target, before)
            return f"{before[target]} ", None
        for code, name in ((source, "source_lang"), (target, "target_lang")):
            declared = self.tokenizer.init_kwargs.get(name)
            if declared and canonical(str(declared)) != code:
                raise BadRequest(f"{self._name}: cannot translate {source} into {target}, its {name} is {declared}")
        return "", None

    def _check(self, code: str, known: Mapping[str, str]) -> None:
        if code not in known:
            raise BadRequest(
                f"{self._name}: cannot translate language {code}, only {', '.join(sorted(known))}; use another model"
            )

    @property
    def _name(self) -> str:
        return str(self.tokenizer.name_or_path)

    def _window(self, texts: Sequence[str], forced: int | None) -> list[str]:
        import numpy as np

        from xharness.engine.batches import token_budget_batches

        ids = self.tokenizer(list(texts), truncation=True, max_length=self._longest())["input_ids"]
        lengths = np.array([len(each) for each in ids])
        translated = [""] * len(texts)
        budget = 1 if self.options.exact else _BUDGET.get(self.device.type, _BUDGET["cpu"])
        for batch in token_budget_batches(lengths, budget):
            for index, text in zip(batch, self._batch([ids[index] for index in batch], forced), strict=True):
                translated[index] = text
            if self.options.on_tokens:
                self.options.on_tokens(int(lengths[batch].sum()))
        return translated

    def _batch(self, ids: Sequence[list[int]], forced: int | None) -> list[str]:
        import torch

        from xharness.engine.finite import checked_generation

        batch = self.tokenizer.pad({"input_ids": list(ids)}, return_tensors="pt").to(self.device)
        more = {} if forced is None else {"forced_bos_token_id": forced}

        def generate() -> Any:
            return self.model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                num_beams=self.beams,
                do_sample=False,
                max_new_tokens=self.max_length,
                **more,
            )

        try:
            with torch.inference_mode():
                made = checked_generation(self.model, generate)
        except torch.cuda.OutOfMemoryError:
            if len(ids) == 1:
                raise
            torch.cuda.empty_cache()
            middle = len(ids) // 2
            return [*self._batch(ids[:middle], forced), *self._batch(ids[middle:], forced)]
        return [text.strip() for text in self.tokenizer.batch_decode(made, skip_special_tokens=True)]

    def _longest(self) -> int:
        limit = getattr(self.model.config, "max_position_embeddings", None) or self.max_length
        return min(self.max_length, int(limit))


def _languages(vocabulary: Iterable[str], form: re.Pattern[str]) -> dict[str, str]:
    """Return the token of each known language that has a form; of several scripts, that of the usual script."""
    tokens: dict[str, str] = {}
    meant = {entry.flores for entry in LANGUAGES.values()}
    for token in sorted(vocabulary, key=lambda token: (token not in meant, token)):
        if match := form.fullmatch(token):
            code = canonical(next((part for part in match.groups() if part), token))
            if code in LANGUAGES:
                tokens.setdefault(code, token)
    return tokens
