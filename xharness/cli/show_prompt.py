"""`xharness show prompt`: the requests of the first example of a task, in the words of a prompt."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import BadRequest, StageError, unknown
from xharness.language_filters import named
from xharness.model_lookup import find
from xharness.predict_stage import examples_ref
from xharness.registry import Registry
from xharness.run.steps.asking import Asking, with_examples
from xharness.specs.models import LoadOptions
from xharness.specs.params import typed
from xharness.specs.sources import DataOptions
from xharness.specs.stages import DataRef
from xharness.specs.tasks import Task
from xharness.specs.ways import Way, verb
from xharness.ways import no_words, ways_of, words_for

if TYPE_CHECKING:
    from datasets import Dataset

NAMES = ("prompt", "prompts")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that only prompts have."""
    add = parser.add_argument_group("of `show prompt TASK`").add_argument
    add("--prompt", metavar="P", help="a prompt of the task, such as english or native (default: the first)")
    add("--way", metavar="W", help="a way, such as loglikelihood or generate (default: the first that has words)")
    add("--shots", type=int, default=0, metavar="N", help="examples before the question (default: 0)")
    add("--shot-draw", type=int, default=0, metavar="N", help="the number of the draw of these examples (default: 0)")
    add("--model", metavar="MODEL", help="also show whether the requests to a model are put into its chat template")
    add("--param", action="append", default=[], metavar="K=V", help="a parameter of the model, as chat=yes")
    add("--source", default="hub", metavar="S", help="where examples come from: hub, local or mini (default: hub)")
    add("--data", metavar="DIR", help="folder of the files (source local), or of a mirror of hub repositories")


def run(args: argparse.Namespace) -> int:
    """Print the requests of the first example of the test split."""
    registry: Registry = args.registry
    content = _content(args, registry)
    if args.json:
        print(json.dumps(content, indent=1, ensure_ascii=False))
        return 0
    for name in ("prompt", "version", "language", "source", "way", "shots", "chat_template"):
        if content[name] is not None:
            print(f"{name.replace('_', ' '):<14} {content[name]}")
    for line in _lines(content["requests"]):
        print(line)
    return 0


def _content(args: argparse.Namespace, registry: Registry) -> dict[str, Any]:
    if args.shots < 0 or args.shot_draw < 0:
        raise BadRequest(f"--shots {args.shots}, --shot-draw {args.shot_draw}: must be 0 or more")
    task = registry.get("tasks", args.name)
    language = _language(task, args.lang)
    able, template = _model(args, registry)
    way = _way(task, language, args, able, registry)
    wording = words_for(task, way, language, args.prompt, registry) or no_words(task, way, language, registry)
    prompt = next(each for each in registry.prompts(task.name) if each.name == wording.prompt)
    load = _loader(args, registry)
    wording = replace(wording, shots=args.shots, draw=args.shot_draw)
    if wording.shots:
        ref = examples_ref(task, registry.trainer(task), language)
        try:
            wording = with_examples(task, way, wording, load(ref), ref)
        except StageError as error:
            raise BadRequest(str(error)) from error
    example = load(DataRef(task.name, language, task.test_split))[0]
    return {
        "task": task.name,
        "prompt": wording.prompt,
        "version": wording.version,
        "language": wording.language,
        "source": prompt.source or None,
        "way": way.name,
        "shots": args.shots,
        "chat_template": template,
        "requests": [_plain(request) for request in Asking(task, way, wording).requests(example)],
    }


def _language(task: Task, given: str | None) -> str:
    if given is None:
        return task.languages[0]
    [(_, [language, *_])], _ = named([(task, task.languages)], [given], every=True)
    return language


def _model(args: argparse.Namespace, registry: Registry) -> tuple[frozenset[str] | None, str | None]:
    """Return the capabilities of the model, None without one, and what is known of its chat template."""
    pairs = dict(text.partition("=")[::2] for text in args.param)
    if args.model is None:
        if pairs:
            raise BadRequest(f"--param {args.param[0]}: needs --model")
        return None, None
    model, info = find(args.model, registry, LoadOptions())
    wrong = [name for name in pairs if name not in model.params]
    if wrong:
        raise unknown("parameter", wrong[0], list(model.params), f"adapter '{model.name}'")
    params = typed(model.params, pairs)
    if model.check:
        model.check(info, params)
    digest = model.chat_template(info, params) if model.chat_template else ""
    return model.capabilities, digest or "not applied"


def _way(task: Task, language: str, args: argparse.Namespace, able: frozenset[str] | None, registry: Registry) -> Way:
    """Return the way that is asked for, or the first that the model supports and that has words."""
    ways = [way for way in ways_of(task, registry) if not way.native]
    if not ways:
        raise BadRequest(f"task '{task.name}' has no prompt; see `xharness show task {task.name}`")
    if args.way is not None:
        ways = [way for way in ways if way.name == args.way] or _unknown_way(task, args.way, ways)
    usable = [way for way in ways if able is None or way.capability in able]
    if not usable:
        raise BadRequest(f"way '{ways[0].name}' needs a model that can {verb(ways[0].capability)}; {args.model} cannot")
    return next((way for way in usable if words_for(task, way, language, args.prompt, registry)), usable[0])


def _unknown_way(task: Task, name: str, ways: Sequence[Way]) -> list[Way]:
    raise unknown("way", name, [way.name for way in ways], f"task '{task.name}' in words")


def _loader(args: argparse.Namespace, registry: Registry) -> Callable[[DataRef], Dataset]:
    source = registry.get("sources", args.source)
    root = Path(args.data).expanduser() if args.data else None
    if root and not root.is_dir():
        raise BadRequest(f"--data {args.data}: no such folder")
    options = DataOptions(root=root.resolve() if root else None, params=typed(source.params, {}))

    def load(ref: DataRef) -> Dataset:
        return source.load(registry.get("tasks", ref.task), ref.language, ref.split, options)

    return load


def _plain(request: Any) -> dict[str, Any]:
    return {"type": type(request).__name__, **asdict(request)}


def _lines(requests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the requests for people; a context that several have is printed once."""
    before = None
    for request in requests:
        if request["context"] != before:
            before = request["context"]
            yield "\n--- context"
            yield before or "(empty)"
            yield _heading(request)
        yield from _rest(request)


def _heading(request: Mapping[str, Any]) -> str:
    if "slots" in request:
        return "--- lines, each with its choices"
    return "--- texts that may follow" if "text" in request else "--- the model writes"


def _rest(request: Mapping[str, Any]) -> list[str]:
    """Return what follows the context of a request; texts are quoted, as their spaces matter."""
    if "slots" in request:
        return [f"{slot['before']!r} + {' | '.join(map(repr, slot['choices']))}" for slot in request["slots"]]
    if "text" in request:
        return [repr(request["text"])]
    return [f"at most {request['most']} tokens, up to {' or '.join(map(repr, request['stops'])) or 'the end'}"]
