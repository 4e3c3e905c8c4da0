"""Sentence-transformers folders that have not one encoder but vectors of tokens, or routes by role: embeddings only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadedModel, LoadOptions, Model, ModelInfo, Task
from xharness.engine.checkpoints import shapes, weight_files
from xharness.engine.model_inputs import check_vocabulary
from xharness_plugins.models import st_folder, st_settings
from xharness_plugins.models.st import check
from xharness_plugins.models.st_inputs import UNLIMITED

_FILES = (".json", ".safetensors", ".bin", ".txt", ".model")
# The names of the matrix of token vectors: of sentence-transformers, model2vec and WordEmbeddings.
_MATRICES = ("embedding.weight", "embeddings", "emb_layer.weight")


def _claims(path: Path) -> int | None:
    if not (path / st_folder.MODULES).is_file():
        return None
    try:
        return None if st_folder.plain(path) else 21
    except BadRequest:  # the adapter 'st' reports what is wrong with the list of modules
        return None


def _inspect(path: Path, reference: str, revision: str | None, options: LoadOptions) -> ModelInfo:
    from xharness_plugins.models.inspection import digests, fingerprint, sizes
    from xharness_plugins.models.pretraining import seen

    modules = st_folder.every_module(path)
    st_folder.check_trust(path, options)
    st_folder.check_forms(path)
    st_folder.check_sizes([folder for folder, _ in modules[1:]])
    folders = [folder for folder, _ in modules if folder.is_dir()]
    weights = list(_weights(folders, options))
    root = path.resolve()
    files = digests(root, {*_of(folders), root / st_folder.MODULES, *root.glob("*sentence*.json")})
    return ModelInfo(
        reference=reference,
        adapter="st-vectors",
        path=path,
        revision=revision,
        fingerprint=fingerprint(files),
        architecture=st_folder.class_of(modules[0]),
        hidden_size=_width(path, options),
        layers=0,
        parameters=sizes(weights)[1],
        bytes=sum(file.stat().st_size for file in weights),
        max_length=UNLIMITED,
        ready=frozenset({"embed"}),
        files=files,
        languages=seen(path, {}),
    )


def _of(folders: Iterable[Path]) -> list[Path]:
    return [file for folder in folders for file in folder.iterdir() if file.suffix in _FILES]


def _weights(folders: Iterable[Path], options: LoadOptions) -> Iterable[Path]:
    for folder in folders:
        if any(file.suffix in (".safetensors", ".bin") for file in folder.iterdir()):
            yield from weight_files(folder, options.allow_pickle)


def _width(path: Path, options: LoadOptions) -> int:
    """Return the length of the vectors of the first module, of the first route's last one for a router; 0: unknown."""
    first = st_folder.modules(path)[0]
    routes = st_folder.routes(first)
    chain = next(iter(routes.values())) if routes else [first]
    folder = chain[0][0]
    if st_folder.class_of(chain[0]) not in st_folder.TABLES:
        from xharness_plugins.models.inspection import Folder

        width = Folder.read(folder).hidden_size
    else:
        width = _token_vectors(folder, options)
    return st_folder.dimension(chain[1:], width) or 0


def _token_vectors(folder: Path, options: LoadOptions) -> int:
    """Return the length of the token vectors in a folder, 0 for a pickle; BadRequest if tokens have no vector."""
    from xharness_plugins.models.vocabulary_files import tokens

    files = [file for file in weight_files(folder, options.allow_pickle) if file.suffix == ".safetensors"]
    found = {name: shape for file in files for name, shape in shapes(file).items()}
    matrix = next((found[name] for name in _MATRICES if name in found), None)
    if matrix is None or len(matrix) != 2:
        if not files:
            return 0
        raise BadRequest(f"{folder}: the weights have no matrix of token vectors ({', '.join(_MATRICES[:2])})")
    rows = found["mapping"][0] if "mapping" in found else matrix[0]
    check_vocabulary(folder, tokens(folder), rows)
    return matrix[1]


def _load(
    path: Path, capability: str, task: Task | None, params: Mapping[str, Any], options: LoadOptions
) -> LoadedModel:
    from xharness_plugins.models import st_embedder

    return st_embedder.load(path, params, options)


ST_VECTORS = Model(
    name="st-vectors",
    summary="sentence-transformers folders for embeddings only: static embeddings, other encoders for queries",
    capabilities=frozenset({"embed"}),
    claims=_claims,
    inspect=_inspect,
    load=_load,
    check=check,
    settle=st_settings.settle,
    params=st_settings.PARAMS,
)
