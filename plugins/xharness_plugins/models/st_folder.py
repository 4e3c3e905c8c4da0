"""The small files of a sentence-transformers folder: its modules, what runs code, and what describes the vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xharness import BadRequest, LoadOptions
from xharness.data.forms import FLAG, NAME, PATH, TEXT, list_of, object_of, read_json, record, shown, whole
from xharness.engine.checkpoints import weight_files
from xharness_plugins.models.inspection import sizes

MODULES = "modules.json"
ROUTERS = ("Router", "Asym")
"""The classes of modules that have other modules for queries than for documents."""
TABLES = ("StaticEmbedding", "WordEmbeddings")
"""The classes of modules that look up one vector for each token, without a transformer."""

_SETTINGS = "config_sentence_transformers.json"
_ROUTES = "router_config.json"
_MODULES_FORM = list_of(record({"path": PATH, "type": NAME}, required=["path", "type"]))
_ROUTES_FORM = record({"types": object_of(NAME), "structure": object_of(list_of(PATH))}, ["types", "structure"])
# By pattern: the form of the other files that describe the vectors.
_FORMS = {
    _SETTINGS: record(
        {
            "prompts": object_of(TEXT),
            "default_prompt_name": TEXT,
            "truncate_dim": whole(1),
            "similarity_fn_name": NAME,
        }
    ),
    "sentence_*_config.json": record({"max_seq_length": whole(1), "do_lower_case": FLAG}),
}
_POOLING = record({"word_embedding_dimension": whole(1), "embedding_dimension": whole(1)})
_DENSE = record({"out_features": whole(1), "module_input_name": NAME, "module_output_name": NAME})
_SENTENCE = "sentence_embedding"


Module = tuple[Path, str]
"""The folder of a module and the name of its class, with the package."""


def class_of(module: Module) -> str:
    """Return the name of a module's class without its package."""
    return module[1].rpartition(".")[2]


def modules(path: Path) -> list[Module]:
    """Return the modules of a folder in order; BadRequest if there are none, or one is not below `path`."""
    entries = read_json(path / MODULES, _MODULES_FORM)
    found = [((path / entry["path"]).resolve(), entry["type"]) for entry in entries]
    if not found or not all(folder.is_relative_to(path.resolve()) for folder, _ in found):
        raise BadRequest(f"{path / MODULES}: expected modules in folders below {path}")
    return found


def routes(router: Module) -> dict[str, list[Module]]:
    """Return the modules of each route of a router, none for another module; BadRequest as `modules`."""
    folder = router[0]
    if class_of(router) not in ROUTERS:
        return {}
    content = read_json(folder / _ROUTES, _ROUTES_FORM)
    names = {name for route in content["structure"].values() for name in route}
    inside = all((folder / name).resolve().is_relative_to(folder) for name in names)
    if not all(content["structure"].values()) or not inside or not names <= content["types"].keys():
        raise BadRequest(f"{folder / _ROUTES}: expected routes of modules in folders below {folder}")
    return {
        route: [((folder / name).resolve(), content["types"][name]) for name in inner]
        for route, inner in content["structure"].items()
    }


def every_module(path: Path) -> list[Module]:
    """Return the modules of a folder and of its routers, each folder once."""
    found = [
        each for module in modules(path) for each in (module, *(m for route in routes(module).values() for m in route))
    ]
    return list(dict.fromkeys(found))


def settings(path: Path) -> Mapping[str, Any]:
    """Return what the folder declares of prompts, similarity and dimension; empty if it declares nothing."""
    file = path / _SETTINGS
    content: Mapping[str, Any] = read_json(file, _FORMS[_SETTINGS]) if file.is_file() else {}
    return content


def check_trust(path: Path, options: LoadOptions) -> None:
    """Raise BadRequest if a module runs code that the user has not allowed."""
    first = modules(path)[0][0]
    for folder, kind in every_module(path):
        if not kind.startswith("sentence_transformers.") and not options.allow_remote_code:
            raise BadRequest(
                f"{path / MODULES}: '{kind}' is not a module of sentence-transformers, so loading it runs code from "
                "the checkpoint; check that code, then allow it with --allow-remote-code"
            )
        pickled = (folder / "pytorch_model.bin").exists() and not (folder / "model.safetensors").exists()
        # The loader of the first module checks its weights itself, in shards too.
        if folder != first and pickled and not options.allow_pickle:
            raise BadRequest(
                f"{folder}: the weights are only available as a pickle, which can run arbitrary code when loaded; "
                "convert them to safetensors, or allow it with --allow-pickle"
            )


def check_forms(path: Path) -> None:
    """Raise BadRequest if a file that describes the vectors has another form than sentence-transformers reads."""
    for pattern, form in _FORMS.items():
        for file in sorted({*path.glob(pattern), *modules(path)[0][0].glob(pattern)}):
            content = read_json(file, form)
            name = content.get("default_prompt_name")
            if name is not None and name not in (content.get("prompts") or {}):
                raise BadRequest(f"{file}: default_prompt_name: expected a name of prompts, got {shown(name)}")


def check_sizes(folders: Sequence[Path]) -> None:
    """Raise BadRequest if a module after the encoder is much larger than its weights, before it is built."""
    for folder in folders:
        config = _config(folder)
        inner, outer = config.get("in_features"), config.get("out_features")
        if isinstance(inner, int) and isinstance(outer, int):
            _, values = sizes(weight_files(folder, allow_pickle=True))
            if inner * outer > 2 * values:
                raise BadRequest(
                    f"{folder / 'config.json'}: describes a layer with {inner * outer:,} parameters, but the weights "
                    f"have {values:,}; download the checkpoint again"
                )


def dimension(following: Sequence[Module], first: int) -> int | None:
    """Return the length of the vectors, None if it is not known.

    `first` is the length of the first module's vectors, `following` are the other modules.
    """
    length: int | None = first or None
    for module in following:
        length = _after(module, length)
    return length


def _after(module: Module, length: int | None) -> int | None:
    folder, kind = module[0], class_of(module)
    if kind == "Pooling":
        config = _config(folder, _POOLING)
        modes = config.get("pooling_mode")
        old = sum(value is True for name, value in config.items() if name.startswith("pooling_mode_"))
        count = len(modes) if isinstance(modes, list) else 1 if modes else max(old, 1)
        size = config.get("embedding_dimension") or config.get("word_embedding_dimension") or length
        return size and count * size
    if kind == "Dense":
        config = _config(folder, _DENSE)
        output = config.get("module_output_name") or config.get("module_input_name") or _SENTENCE
        return config.get("out_features") if output == _SENTENCE else length
    return length if kind in ("Normalize", "LayerNorm", "Dropout", "WordWeights") else None


def _config(folder: Path, form: Any = None) -> dict[str, Any]:
    file = folder / "config.json"
    content: dict[str, Any] = read_json(file, form or record({})) if file.is_file() else {}
    return content


def encoder(path: Path) -> Path:
    """Return the folder of the encoder: `path` itself for a checkpoint that was fine-tuned here."""
    return modules(path)[0][0] if (path / MODULES).is_file() else path


def plain(path: Path) -> bool:
    """Return whether the first module is a transformer, which heads can be trained on."""
    return class_of(modules(path)[0]) not in (*ROUTERS, *TABLES)


def transformers(path: Path) -> list[Path]:
    """Return the folders of the transformers: the first module, or the first ones of the routes of a router."""
    first = modules(path)[0]
    starts = [route[0] for route in routes(first).values()] if class_of(first) in ROUTERS else [first]
    return list(dict.fromkeys(folder for folder, kind in starts if kind.rpartition(".")[2] not in TABLES))
