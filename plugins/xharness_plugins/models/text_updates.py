"""Low-rank updates that peft wrote for a model that reads and writes text: its base, its facts, and the merged model.

Such a folder holds adapter_config.json and adapter_model.safetensors. It has no config.json, and often no tokenizer:
both are in the folder of the base.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import BadRequest, LoadOptions, ModelInfo, NotFetched, Start
from xharness.data.forms import NAME, PATH, read_json, record
from xharness.engine.model_inputs import check_vocabulary
from xharness_plugins.models import inspection, lora
from xharness_plugins.models.checkpoint import Checkpoint
from xharness_plugins.models.checkpoint_files import UPDATES_CONFIG, holds_updates, load_tokenizer, read_config
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.vocabulary_files import tokens

if TYPE_CHECKING:
    import torch

    from xharness.engine.checkpoints import Loading

_FORM = record({"base_model_name_or_path": PATH, "revision": NAME, "task_type": NAME, "peft_type": NAME})
_ADAPTERS = {"CAUSAL_LM": "causal", "SEQ_2_SEQ_LM": "seq2seq"}
_FILES = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "*.spm", "README.md"]


def adapter_of(path: Path) -> str | None:
    """Return the adapter for a folder of updates, `causal` or `seq2seq`; None for other folders and other updates.

    The type of the base decides; if the base is not on this machine, the task type that peft wrote.
    """
    if not holds_updates(path):
        return None
    declared = None
    try:
        declared = read_json(path / UPDATES_CONFIG, _FORM).get("task_type")
        # Updates that xharness trained declare no task type, and their config.json names a head.
        if declared not in _ADAPTERS and (declared or (path / "config.json").is_file()):
            return None
        base = base_of(path, LoadOptions(), cached=True)
    except BadRequest:
        return _ADAPTERS.get(declared or "")
    return of_base(base)


def of_base(base: Path) -> str | None:
    """Return the adapter for a whole checkpoint that reads and writes text, None for other checkpoints."""
    try:
        if read_config(base).get("is_encoder_decoder"):
            return "seq2seq"
    except BadRequest:
        return None
    return "causal" if inspection.is_decoder(base) else None


def base_of(path: Path, options: LoadOptions, *, cached: bool) -> Path:
    """Return the folder of the base that adapter_config.json names: a folder, or a checkpoint of the hub.

    A relative folder is looked for in the folder of the updates, then in the current one. With `cached` nothing is
    downloaded. BadRequest if the base is missing, or holds updates itself; those that a run trained on other updates
    are loaded with `options.bases`.
    """
    if options.bases:
        return options.bases[0]
    config = read_json(path / UPDATES_CONFIG, _FORM)
    name = config.get("base_model_name_or_path") or ""
    places = [path / name, Path(name).expanduser()] if name else []
    folder = next((place.resolve() for place in places if place.is_dir()), None)
    if folder is None:
        folder = _downloaded(path, name, config.get("revision"), options, cached)
    if holds_updates(folder):
        raise BadRequest(f"{path / UPDATES_CONFIG}: the base {name} holds low-rank updates itself; merge it first")
    return folder


def _downloaded(path: Path, name: str, revision: str | None, options: LoadOptions, cached: bool) -> Path:
    from xharness.data.hub.download import download
    from xharness.data.hub.problems import DownloadError

    problem = f"{path}: the base checkpoint '{name}' of these low-rank updates"
    remedy = f"write the folder of the base to base_model_name_or_path in {UPDATES_CONFIG}"
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or not name:
        raise BadRequest(f"{problem} is not a folder on this machine; {remedy}")
    try:
        patterns = _FILES + (["*.bin"] if options.allow_pickle else [])
        return download(name, "model", revision, patterns, cached, options.hub)
    except DownloadError as error:
        if options.hub.offline:
            raise NotFetched(f"model {name}, the base of {path.name}") from error
        raise BadRequest(f"{problem} is neither a folder nor available from the hub ({error}); {remedy}") from error


def inspect(path: Path, reference: str, revision: str | None, options: LoadOptions, adapter: str) -> ModelInfo:
    """Return the facts about a checkpoint that reads and writes text, or about updates and their base."""
    if adapter_of(path) is None:
        return inspection.inspect(path, reference, revision, options, adapter=adapter, decoders=True)
    base = base_of(path, options, cached=False)
    info = inspection.inspect(base, str(base), None, options, adapter=adapter, decoders=True)
    if of_base(base) != adapter:
        raise BadRequest(
            f"{path}: low-rank updates of {info.architecture}, which the adapter '{adapter}' does not take"
        )
    kind = read_json(path / UPDATES_CONFIG, _FORM).get("peft_type")
    if kind != "LORA":
        raise BadRequest(f"{path / UPDATES_CONFIG}: peft_type {kind} is not supported; only LORA can be merged here")
    own = [path / UPDATES_CONFIG, lora.weights_file(path)]
    if _has_tokenizer(path):
        check_vocabulary(path, tokens(path), read_config(base).get("vocab_size"))
        own += [path / name for name in inspection.TOKENIZER_FILES]
    files = {
        **inspection.digests(path, own),
        **{f"base/{name}": digest for name, digest in info.files.items()},
    }
    return replace(
        info,
        reference=reference,
        path=path,
        revision=revision,
        fingerprint=inspection.fingerprint(files),
        files=files,
    )


def _has_tokenizer(path: Path) -> bool:
    return any((path / name).is_file() for name in inspection.VOCABULARIES)


@dataclass(frozen=True)
class TextCheckpoint:
    """A checkpoint that reads and writes text; `updates` are folders of low-rank updates to merge into it in order."""

    checkpoint: Checkpoint
    updates: tuple[Path, ...] = ()

    @classmethod
    def read(cls, path: Path, options: LoadOptions) -> TextCheckpoint:
        """Read the configuration of a folder, or of the base of updates; BadRequest if the base is missing."""
        updates: list[Path] = []
        while adapter_of(path) is not None:
            updates.insert(0, path)
            path, options = base_of(path, options, cached=True), replace(options, bases=options.bases[1:])
        return cls(Checkpoint.read(path, options), tuple(updates))

    @property
    def folder(self) -> Folder:
        """Return the folder of the checkpoint, or of the base."""
        return self.checkpoint.folder

    @property
    def tokenizer_folder(self) -> Path:
        """Return the folder of the tokenizer: that of the updates if they have one, as with added chat tokens."""
        return next((path for path in reversed(self.updates) if _has_tokenizer(path)), self.folder.path)

    def tokenizer(self) -> Any:
        """Return the tokenizer; BadRequest if that of a whole checkpoint is not fast."""
        if self.tokenizer_folder in self.updates:
            return load_tokenizer(self.tokenizer_folder, self.checkpoint.options)
        return self.checkpoint.tokenizer()

    def load(self, auto: str, dtype: torch.dtype) -> tuple[Any, Loading]:
        """Return the model on the CPU and how it was loaded; updates are merged in float32, then weights rounded."""
        import torch

        config = self.checkpoint.config()
        first = torch.float32 if self.updates else dtype
        model, loading = self.checkpoint.load(auto, config, dtype=first, start=Start(keep_head=True))
        for path in self.updates:
            model = lora.merged(model, path)
        return model.to(dtype), loading
