"""A request: what to evaluate and how, validated against the registry before anything runs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from xharness import language_filters as filters
from xharness.consent import check_consent
from xharness.data.hub.cache import HubCache
from xharness.errors import BadParameter, BadRequest, UnknownName, few, unknown
from xharness.foreign import PATH, shown
from xharness.model_lookup import Found, find
from xharness.noise_settings import noise_settings
from xharness.registry import Registry
from xharness.scale.fetched import check, places
from xharness.specs.executors import Executor
from xharness.specs.models import LoadOptions, Model, ModelInfo
from xharness.specs.noises import NoiseSetting
from xharness.specs.params import typed
from xharness.specs.recipes import Recipe
from xharness.specs.sources import SPLITS, DataOptions, Source
from xharness.specs.suites import Suite
from xharness.specs.tasks import Task
from xharness.specs.ways import verb
from xharness.ways import ways_of

DEFAULT_SUITE, DEFAULT_RECIPE = "xtreme", "zero-shot"
# Fields added later: without a value they are not in the record, so that default folders of older runs stay the same.
_LATER = (
    "workers",
    "noises",
    "noise_seeds",
    "noise_columns",
    "way",
    "prompt",
    "shots",
    "shot_draw",
    "confirm_run_unsafe_code",
    "offline",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to evaluate, and how; each field is the command-line option of the same name.

    With neither `suite` nor `tasks`, the suite is `xtreme`. An empty `languages` means all languages of each task;
    `families`, `scripts` (ISO 15924) and `seen` (whether the model saw a language in pre-training) filter them. `split`
    replaces the evaluated split of each task; `limit` keeps the first examples of every split. The checkpoints of
    target tasks are deleted after predicting, unless `keep_checkpoints`. `confirm_run_unsafe_code` allows programs that
    the model writes to run (see `xharness.sandboxing.confirm`). With `offline` nothing is downloaded.
    """

    model: str
    suite: str | None = None
    tasks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    seen: bool | None = None
    recipe: str = DEFAULT_RECIPE
    params: Mapping[str, str] = field(default_factory=dict)
    source: str = "hub"
    data: str | None = None
    split: str | None = None
    seeds: tuple[int, ...] = (1,)
    noises: tuple[str, ...] = ()
    noise_seeds: tuple[int, ...] = (0,)
    noise_columns: tuple[str, ...] = ()
    way: str | None = None
    prompt: str | None = None
    shots: int = 0
    shot_draw: int = 0
    limit: int | None = None
    device: str = "auto"
    dtype: str = "auto"
    exact: bool = False
    executor: str = "local"
    workers: int | None = None
    keep_checkpoints: bool = False
    allow_pickle: bool = False
    allow_remote_code: bool = False
    confirm_run_unsafe_code: bool = False
    offline: bool = False
    plugins: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return the request as JSON values; fields in `_LATER` only if they have another value than the default."""
        usual = {entry.name: entry.default for entry in fields(self)}
        values = {key: value for key, value in asdict(self).items() if key not in _LATER or value != usual[key]}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A request with all names looked up and the model inspected.

    `targets` holds each task with the languages to evaluate, in the order of the suite; `skipped` the tasks of the
    suite that the model or the recipe does not support, with the reason; `asked` the languages of both.
    """

    request: Request
    model: Model
    info: ModelInfo
    recipe: Recipe
    recipe_params: Mapping[str, Any]
    model_params: Mapping[str, Any]
    source: Source
    suite: Suite | None
    targets: tuple[tuple[Task, tuple[str, ...]], ...]
    skipped: Mapping[str, BadRequest]
    asked: Mapping[str, tuple[str, ...]]
    noises: tuple[NoiseSetting, ...]
    executor: Executor
    executor_params: Mapping[str, Any]
    load_options: LoadOptions
    data_options: DataOptions


def _all(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, tuple) and all(type(item) is kind for item in value)


NAMES = frozenset(entry.name for entry in fields(Request))
# By the type of a field: what it must be, and a check of a value.
_FORMS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "str": ("a string", lambda value: isinstance(value, str)),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "int": ("a whole number", lambda value: type(value) is int),
    "tuple[str, ...]": ("a list of strings", _all(str)),
    "tuple[int, ...]": ("a list of whole numbers", _all(int)),
    "Mapping[str, str]": ("a table of names and values", lambda value: isinstance(value, Mapping)),
}


def from_toml(path: Path, overrides: Mapping[str, Any]) -> Request:
    """Read a request from a TOML file whose keys are the fields of Request; `overrides` replace its values."""
    values = read_toml(path)
    for key in values:
        if key not in NAMES:
            raise unknown("key", key, NAMES).after(f"config '{path}': ")
    return build(merged(values, overrides))


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; raise BadRequest if it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadRequest(f"config '{path}' cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadRequest(f"config '{path}' is not valid TOML: {str(error).partition(';')[0]}") from error
    except RecursionError:
        raise BadRequest(f"config '{path}' is not valid TOML: lists or tables are nested too deep") from None


def merged(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with overrides; `params` are merged one by one, other fields are replaced.

    Tasks replace a suite, and a suite replaces tasks.
    """
    params = [table for part in (values, overrides) if isinstance(table := part.get("params"), Mapping)]
    both = {"params": {name: value for table in params for name, value in table.items()}} if len(params) > 1 else {}
    either = {"suite", "tasks"}
    gone = either if len(either & overrides.keys()) == 1 else set()
    return {**{key: value for key, value in values.items() if key not in gone}, **overrides, **both}


def build(values: Mapping[str, Any]) -> Request:
    """Return the request with plain values (lists for tuples, any values for params); raise BadRequest if invalid."""
    clean: dict[str, Any] = {}
    for key, value in values.items():
        clean[key] = tuple(value) if isinstance(value, list) else value
    if isinstance(clean.get("params"), Mapping):
        clean["params"] = {str(key): str(value) for key, value in clean["params"].items()}
    if not clean.get("model"):
        raise BadRequest("no model: give MODEL, a hub id, a local folder or ADAPTER:REFERENCE")
    request = Request(**clean)
    _check_types(request)
    _check_values(request)
    return replace(
        request,
        families=filters.spelled("family", request.families),
        scripts=filters.spelled("script", request.scripts),
    )


def _check_types(request: Request) -> None:
    for entry in fields(request):
        value, form = getattr(request, entry.name), str(entry.type)
        what, fits = _FORMS[form.removesuffix(" | None")]
        if not fits(value) and not (value is None and form.endswith(" | None")):
            raise BadRequest(f"{entry.name} {value!r}: must be {what}")


def _check_values(request: Request) -> None:
    if request.limit is not None and request.limit < 1:
        raise BadRequest(f"limit {request.limit}: must be a whole number of at least 1")
    if request.workers is not None and request.workers < 1:
        raise BadRequest(f"workers {request.workers}: must be a whole number of at least 1")
    for name in ("shots", "shot_draw"):
        if getattr(request, name) < 0:
            raise BadRequest(f"{name} {getattr(request, name)}: must be a whole number of at least 0")
    _check_seeds(request.seeds)
    if request.split is not None and request.split not in SPLITS:
        raise unknown("split", request.split, SPLITS)
    if request.dtype not in ("auto", "float32", "bfloat16"):
        raise unknown("dtype", request.dtype, ("auto", "float32", "bfloat16"))
    if request.suite and request.tasks:
        raise BadRequest("give --suite or --task, not both")


def _check_seeds(seeds: Sequence[int]) -> None:
    if not seeds or any(seed < 0 for seed in seeds):
        raise BadRequest(f"seeds {list(seeds)}: must be whole numbers of at least 0")
    if max(seeds) >= 2**32:
        raise BadRequest(f"seeds {list(seeds)}: must be below {2**32:,}")
    if len(set(seeds)) != len(seeds):
        raise BadRequest(f"seeds {list(seeds)}: must differ from each other")


def resolve(
    request: Request,
    registry: Registry,
    models: Mapping[str, Found] | None = None,
    hub: HubCache | None = None,
) -> Resolved:
    """Look up every name and inspect the model; raise BadRequest for the first problem.

    `models` are inspected checkpoints by reference, which are not inspected again. `hub` replaces the cache of the hub.
    """
    recipe = registry.get("recipes", request.recipe)
    source = registry.get("sources", request.source)
    executor = _executor(request, registry)
    noises = noise_settings(request.noises, request.noise_seeds, request.noise_columns, registry)
    suite, wanted = _wanted(request, registry)
    wanted, request = _narrowed(wanted, request, every=suite is None)
    folder = _data_root(request)
    if folder and request.offline:
        check(folder)
    root, cache = places(folder, offline=request.offline, files=source.offline and not source.synthetic)
    options = LoadOptions(
        hub=hub or cache,
        device=request.device,
        dtype="float32" if request.exact else request.dtype,
        exact=request.exact,
        allow_pickle=request.allow_pickle,
        allow_remote_code=request.allow_remote_code,
    )
    model, info = (models or {}).get(request.model) or find(request.model, registry, options)
    if info.capabilities is not None:
        model = replace(model, capabilities=model.capabilities & info.capabilities)
    if request.seen is not None:
        wanted = filters.by_training(wanted, request.seen, info, every=suite is None)
    recipe_params, model_params, source_params, executor_params = _params(request, recipe, model, source, executor)
    if model.check:
        model.check(info, model_params)
    if model.settle:
        model_params = dict(model.settle(info, model_params))
    targets = []
    skipped: dict[str, BadRequest] = {}
    for task, languages in wanted:
        refused = _unscorable(task, registry) or _unfit(task, model, registry)
        if refused and suite is None:
            raise refused
        if refused:
            skipped[task.name] = refused
        else:
            targets.append((task, languages))
    if not targets:
        raise BadRequest(f"nothing to run: {'; '.join(map(str, skipped.values()))}")
    chosen = [task for task, _ in targets]
    _check_roles(request, model, chosen)
    check_consent(chosen, model, registry, way=request.way, confirmed=request.confirm_run_unsafe_code)
    return Resolved(
        request=request,
        model=model,
        info=info,
        recipe=recipe,
        recipe_params=recipe_params,
        model_params=model_params,
        source=source,
        suite=suite,
        targets=tuple(targets),
        skipped=skipped,
        asked={task.name: languages for task, languages in wanted},
        noises=noises,
        executor=executor,
        executor_params=executor_params,
        load_options=options,
        data_options=DataOptions(root=root, params=source_params, hub=options.hub),
    )


def _executor(request: Request, registry: Registry) -> Executor:
    executor = registry.get("executors", request.executor)
    if request.workers is not None and not executor.parallel:
        several = [other.name for other in registry.all("executors") if other.parallel]
        hint = f"; use --executor {', '.join([*several[:-2], ' or '.join(several[-2:])])}" if several else ""
        raise BadRequest(f"workers {request.workers}: executor '{executor.name}' has only one worker{hint}")
    return executor


def _data_root(request: Request) -> Path | None:
    if request.data is None:
        return None
    if not PATH.fits(request.data):
        raise BadRequest(f"data {shown(request.data)}: expected a path")
    root = Path(request.data).expanduser()
    if not root.is_dir():
        raise BadRequest(f"data '{request.data}': no such folder")
    return root.resolve()


def _wanted(request: Request, registry: Registry) -> tuple[Suite | None, filters.Wanted]:
    if request.tasks:
        tasks = [registry.get("tasks", name) for name in dict.fromkeys(request.tasks)]
        return None, [(task, task.languages) for task in tasks]
    suite: Suite = registry.get("suites", request.suite or DEFAULT_SUITE)
    try:
        pairs = [(registry.get("tasks", name), tuple(languages)) for name, languages in suite.tasks.items()]
    except UnknownName as error:
        raise error.after(f"suite '{suite.name}': ") from error
    return suite, [(task, languages or task.languages) for task, languages in pairs]


def _narrowed(wanted: filters.Wanted, request: Request, *, every: bool) -> tuple[filters.Wanted, Request]:
    """Keep the requested languages; the returned request spells them as the tasks do."""
    if request.languages:
        wanted, languages = filters.named(wanted, request.languages, every=every)
        request = replace(request, languages=languages)
    if request.families:
        wanted = filters.within(wanted, "family", request.families, every=every)
    if request.scripts:
        wanted = filters.within(wanted, "script", request.scripts, every=every)
    return wanted, request


def _unfit(task: Task, model: Model, registry: Registry) -> BadRequest | None:
    needs = [way.capability for way in ways_of(task, registry)]
    if model.capabilities.intersection(needs):
        return None
    if not needs:
        return BadRequest(
            f"task '{task.name}' ({task.kind.name}) is asked in words, and has no prompt; declare one in the hook "
            "xharness_prompts (docs/prompts.md)"
        )
    need, have = " or ".join(dict.fromkeys(map(verb, needs))), ", ".join(map(verb, sorted(model.capabilities)))
    return BadRequest(
        f"task '{task.name}' ({task.kind.name}) needs a model that can {need}; the adapter '{model.name}' can {have}"
    )


def _check_roles(request: Request, model: Model, tasks: Sequence[Task]) -> None:
    """Raise BadParameter for a parameter of the request that concerns a role which no text of the tasks has."""
    searches = [task.kind.search for task in tasks if task.kind.search]
    roles = {role for search in searches for role in search.roles.values()}
    for name, param in model.params.items():
        if name in request.params and param.role and param.role not in roles:
            names = few(task.name for task in tasks)
            raise BadParameter.of(name, request.params[name], f"no text of the tasks ({names}) is a {param.role}")


def _unscorable(task: Task, registry: Registry) -> BadRequest | None:
    what = f"task '{task.name}' ({task.kind.name})"
    if registry.get("kinds", task.kind.name) != task.kind:
        return BadRequest(
            f"task '{task.name}': its kind '{task.kind.name}' is not the declared kind of this name; the plugin must "
            "yield the kind from the hook xharness_kinds, under a name that no other kind has"
        )
    if not task.metric_names:
        return BadRequest(f"{what} is only for training and cannot be evaluated; choose another with --task")
    for name in task.metric_names:
        try:
            kinds = registry.get("metrics", name).kinds
        except BadRequest as error:
            return BadRequest(f"task '{task.name}' cannot be scored: {error}")
        if task.kind.name not in kinds:
            return BadRequest(f"{what} declares metric '{name}', which scores only {', '.join(kinds)}")
    return None


def _params(
    request: Request, recipe: Recipe, model: Model, source: Source, executor: Executor
) -> tuple[dict[str, Any], ...]:
    known = [*recipe.params, *model.params, *source.params, *executor.params]
    for name in request.params:
        if name not in known:
            of = f"of recipe '{recipe.name}', adapter '{model.name}' and source '{source.name}'"
            raise UnknownName(f"{unknown('parameter', name, known)} ({of})")
    return tuple(typed(plugin.params, request.params) for plugin in (recipe, model, source, executor))


__all__ = ["NAMES", "Request", "Resolved", "build", "from_toml", "merged", "read_toml", "replace", "resolve"]
