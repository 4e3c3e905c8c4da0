"""Load a sentence-transformers folder to embed texts as it says: its modules, prompts by role, and dimension."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import LoadOptions, StageError
from xharness_plugins.models import st_folder
from xharness_plugins.models.heads.embed import Embedder
from xharness_plugins.models.inspection import Folder
from xharness_plugins.models.predictors import TextEncoder
from xharness_plugins.models.st_inputs import Inputs, inputs_of
from xharness_plugins.models.st_loading import sentence_transformer
from xharness_plugins.models.st_settings import DEFAULT, param_of, text_of

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    Step = Callable[[dict[str, Tensor]], Tensor]
    Side = tuple[TextEncoder, Step]

_ROLES = ("query", "document")


@dataclass(frozen=True)
class RoleEmbedder(Embedder):
    """Turns texts into vectors by their role; `sides` holds how texts of each role are encoded and embedded."""

    sides: Mapping[str, Side] = field(kw_only=True)

    def embed(
        self, texts: Iterable[str], max_length: int | None = None, role: str | None = None
    ) -> Iterator[np.ndarray]:
        """Yield float32 blocks that together have one vector per text; `role` is `query`, `document` or None."""
        encode, step = self.sides[role] if role else (self.encode, self.step)
        if max_length and not self.fixed_length:
            encode = encode.cut_to(max_length)
        return self._rows(texts, encode, step)


def load(path: Path, params: Mapping[str, Any], options: LoadOptions) -> RoleEmbedder:
    """Load a folder; StageError if sentence-transformers is missing or cannot load it, or weights are missing."""
    from xharness.engine.device import resolve_device, resolve_dtype
    from xharness_plugins.models.fitting import stream_options
    from xharness_plugins.models.loading import stream_on

    st_folder.check_trust(path, options)
    device = resolve_device(options.device)
    dtype = resolve_dtype(options.dtype, device)
    model, remarks = sentence_transformer(path, str(device), dtype, options)
    length = params.get("truncate_dim") or model.truncate_dim
    default = _default_prompt(model) if params.get(DEFAULT) is None else text_of(params[DEFAULT])
    prompts = {role: text_of(params[param_of(role)]) for role in _ROLES if params.get(param_of(role)) is not None}
    inputs = {role: _inputs(path, model, role, params.get("max_length")) for role in (None, *_ROLES)}
    sides = {role: _side(model, own, role, prompts.get(role or "", default), length) for role, own in inputs.items()}
    usual = inputs[None]
    encode, step = sides.pop(None)
    remarks += _similarity(model, length)
    about = {
        "device": str(device),
        "dtype": str(dtype).removeprefix("torch."),
        **_described(path),
        "pooling": " > ".join(type(module).__name__ for module in list(model.children())[1:]),
        "prompt": default,
        **{param_of(role): text for role, text in prompts.items()},
        "max_length": usual.limit,
        **({"truncate_dim": length} if length else {}),
        **({"remarks": remarks} if remarks else {}),
    }
    transformers = [own.module.auto_model for own in inputs.values() if hasattr(own.module, "auto_model")]
    for transformer in transformers:
        options = stream_options(options, transformer)
    size = max([transformer.config.hidden_size for transformer in transformers], default=0)
    return RoleEmbedder(
        model,
        stream_on(device, usual.tokenizer, size, options),
        about,
        tokenizer=usual.tokenizer,
        encode=encode,
        step=step,
        fixed_length=bool(params.get("max_length")),
        sides={role: side for role, side in sides.items() if role},
    )


def _described(path: Path) -> dict[str, Any]:
    first = st_folder.modules(path)[0]
    if st_folder.plain(path):
        folder = Folder.read(first[0])
        return {"architecture": folder.architecture, "layer": folder.layers, "layers": folder.layers}
    return {"architecture": st_folder.class_of(first)}


def _default_prompt(model: Any) -> str:
    return model.prompts.get(model.default_prompt_name or "") or ""


def _inputs(path: Path, model: Any, role: str | None, most: int | None) -> Inputs:
    """Return how texts of a role are fed, at most `most` tokens; the route of a router that has none is its first."""
    first, folder = model[0], st_folder.modules(path)[0]
    if type(first).__name__ in st_folder.ROUTERS:
        route = _route(first, role) or next(iter(first.sub_modules))
        folder, first = st_folder.routes(folder)[route][0], first.sub_modules[route][0]
    inputs = inputs_of(first)
    limit = Folder.read(folder[0]).max_length if hasattr(first, "auto_model") else inputs.limit
    own = getattr(first, f"{role}_length", None) or inputs.limit
    return inputs.cut_to(min(most or own, limit))


def _route(router: Any, role: str | None) -> str | None:
    """Return the route of texts with a role, by the order of priority that the class Router documents; None: none."""
    mappings = getattr(router, "route_mappings", {})
    for key in ((role, "text"), (role, None), (None, "text"), (None, None)):
        if key in mappings:
            return str(mappings[key])
    route = next((name for name in (role, "text") if name in router.sub_modules), None)
    return route if route or role else router.default_route


def _side(model: Any, inputs: Inputs, role: str | None, prompt: str, length: int | None) -> Side:
    """Return how texts of a role are encoded and embedded; the step raises StageError if a router has no such route."""
    routers = [module for module in model.children() if type(module).__name__ in st_folder.ROUTERS]
    more: dict[str, Any] = {"task": role, "modality": "text"} if routers else {}
    unknown = next((router for router in routers if _route(router, role) is None), None)
    # Some folders do not pool the tokens of the prompt; the final special token does not belong to the prompt.
    ids = inputs.tokenizer([prompt])["input_ids"][0] if prompt else []
    if ids:
        more["prompt_length"] = len(ids) - (ids[-1] in inputs.tokenizer.all_special_ids)

    def step(batch: dict[str, Tensor]) -> Tensor:
        if unknown is not None:
            raise StageError(
                f"the sentence-transformers folder has no route for {f'a {role}' if role else 'texts without a role'}: "
                f"its routes are {', '.join(unknown.sub_modules)}; choose a task that its routes fit"
            )
        vectors: Tensor = model({**inputs.features(batch), **more})["sentence_embedding"]
        return vectors[:, :length].float()

    return TextEncoder(inputs.tokenizer, inputs.limit, prompt=prompt), step


def _similarity(model: Any, length: int | None) -> list[dict[str, Any]]:
    """Return the remark that the folder declares another similarity than the cosine, unless both rank alike."""
    declared = model.similarity_fn_name
    unit = type(list(model.children())[-1]).__name__ == "Normalize" and not length
    if declared == "cosine" or (unit and declared in ("dot", "euclidean")):
        return []
    return [{"code": "other_similarity", "facts": {"declared": declared}}]
