"""Load the modules of a sentence-transformers folder, and refuse missing weights, which it would initialise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xharness import LoadOptions, StageError, needs, reason_of
from xharness_plugins.models import st_folder


def sentence_transformer(path: Path, device: str, dtype: Any, options: LoadOptions) -> tuple[Any, list[dict[str, Any]]]:
    """Return the model of a folder, ready to predict, and remarks on its weights.

    StageError if sentence-transformers is missing or cannot load the folder, or if weights are missing.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        packages = ["sentence-transformers"]
        raise StageError(needs("a folder of sentence-transformers", packages, "sentence-transformers")) from error

    from xharness.engine.checkpoints import quiet

    checkpoints = {folder: _checkpoint(folder, dtype, options) for folder in st_folder.transformers(path)}
    try:
        with quiet():
            model = SentenceTransformer(
                str(path),
                device=device,
                local_files_only=True,
                trust_remote_code=options.allow_remote_code,
                model_kwargs={"torch_dtype": dtype},
            )
    except Exception as error:  # its modules raise too many types of errors to list
        raise StageError(f"{path}: sentence-transformers cannot load it ({reason_of(error)})") from error
    remarks = []
    for folder, module in _modules(path, model):
        remarks += _fitted(folder, module, *checkpoints[folder])
    return model.to(dtype).eval(), remarks


def _checkpoint(folder: Path, dtype: Any, options: LoadOptions) -> tuple[Any, Any]:
    from xharness_plugins.models.checkpoint import Checkpoint

    checkpoint = Checkpoint.read(folder, options)
    return checkpoint.load("AutoModel", checkpoint.config(), dtype=dtype)


def _fitted(folder: Path, module: Any, encoder: Any, loading: Any) -> list[dict[str, Any]]:
    """Fit a transformer and its tokenizer to each other; return what readers of a score must know of it."""
    from xharness_plugins.models.fitting import fit_inputs, remarks

    if loading.prefix:  # sentence-transformers does not find weights with another prefix
        module.auto_model.load_state_dict(encoder.state_dict(), strict=False)
    found: list[dict[str, Any]] = remarks(loading, fit_inputs(folder, module.tokenizer, module.auto_model)).get(
        "remarks", []
    )
    return found


def _modules(path: Path, model: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the folder and the module of each transformer of a model, each once."""
    first = st_folder.modules(path)[0]
    pairs = {first[0]: model[0]}
    for route, inner in st_folder.routes(first).items():
        pairs |= dict(zip((folder for folder, _ in inner), model[0].sub_modules[route], strict=True))
    yield from ((folder, module) for folder, module in pairs.items() if hasattr(module, "auto_model"))
