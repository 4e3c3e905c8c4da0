"""Find the folder and the adapter of a model reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xharness.errors import BadRequest, NotFetched
from xharness.foreign import PATH, shown
from xharness.registry import Registry
from xharness.specs.models import LoadOptions, Model, ModelInfo

Found = tuple[Model, ModelInfo]
"""The adapter of a checkpoint, and the metadata from its small files."""

_FILES = [
    "*.safetensors", "*.json", "*.txt", "*.model", "*.spm", "*.jsonl", "*.jinja", "README.md", "1_Pooling/*", "2_*/*"
]  # fmt: skip
_PICKLED = ["*.bin", "*.pt"]
_CODE = ["*.py"]


def find(reference: str, registry: Registry, options: LoadOptions) -> Found:
    """Return the adapter of a checkpoint and the metadata from its small files.

    `reference` is a local folder or a hub id (`owner/name`, optionally `@revision`), optionally with the prefix
    `adapter:`. Raises BadRequest if the checkpoint does not exist or no adapter supports it.
    """
    located = locate(reference, registry, options)
    return located.model, located.inspect(options)


@dataclass(frozen=True)
class Located:
    """A checkpoint that is on this machine, with its adapter; nothing in its files is read.

    `reference` has no adapter in front, `revision` is None for a folder.
    """

    model: Model
    path: Path
    reference: str
    revision: str | None

    def inspect(self, options: LoadOptions) -> ModelInfo:
        """Return the metadata from the small files; BadRequest if the adapter does not support the checkpoint."""
        return self.model.inspect(self.path, self.reference, self.revision, options)


def locate(reference: str, registry: Registry, options: LoadOptions) -> Located:
    """Return the folder and the adapter of a checkpoint, and download it if needed; raises as `find` does."""
    if not PATH.fits(reference):
        raise BadRequest(f"model {shown(reference)} is neither a folder nor a hub id (owner/name)")
    adapter, rest = _split(reference, registry)
    path, revision = _folder(rest, options)
    model = registry.get("models", adapter) if adapter else _claimed(path, registry)
    return Located(model, path, rest, revision)


def _split(reference: str, registry: Registry) -> tuple[str | None, str]:
    head, colon, rest = reference.partition(":")
    if not colon or Path(reference).exists():
        return None, reference
    if not rest:
        raise BadRequest(f"model '{reference}': nothing after the colon; use {head}:FOLDER or {head}:OWNER/NAME")
    registry.get("models", head)
    return head, rest


def _folder(reference: str, options: LoadOptions) -> tuple[Path, str | None]:
    path = Path(reference).expanduser()
    if path.is_dir():
        return path.resolve(), None
    if path.exists():
        raise BadRequest(f"model '{reference}' is a file; give the folder that holds config.json and the weights")
    name, _, revision = reference.partition("@")
    if reference.startswith((".", "/", "~")) or name.count("/") > 1:
        raise BadRequest(f"model '{reference}': no such folder")
    return _download(name, revision or None, options)


def _download(name: str, revision: str | None, options: LoadOptions) -> tuple[Path, str]:
    from xharness.data.hub.download import download
    from xharness.data.hub.problems import DownloadError

    patterns = _FILES + (_PICKLED if options.allow_pickle else []) + (_CODE if options.allow_remote_code else [])
    try:
        path = download(name, "model", revision, patterns, cache=options.hub)
    except DownloadError as error:
        if options.hub.offline:
            raise NotFetched(f"model {name}{f'@{revision}' if revision else ''}") from error
        raise BadRequest(f"model '{name}': no such folder; {error}, or give a local folder") from error
    return path, path.name


def _claimed(path: Path, registry: Registry) -> Model:
    claims = [(model.claims(path) or 0, model) for model in registry.all("models")]
    highest = max((priority for priority, _ in claims), default=0)
    claimants: list[Model] = [model for priority, model in claims if priority == highest > 0]
    if len(claimants) == 1:
        return claimants[0]
    if claimants:
        names = " or ".join(f"{model.name}:{path}" for model in claimants)
        raise BadRequest(f"model '{path}' is supported by several adapters; choose one: {names}")
    contents = ", ".join(sorted(entry.name for entry in path.iterdir())[:6]) or "nothing"
    raise BadRequest(
        f"model '{path}': no adapter supports this folder, which contains {contents}; "
        "expected config.json with weights in safetensors and a tokenizer"
    )
