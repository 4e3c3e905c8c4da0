"""What a task declares of its data, and what a data source declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xharness.data.hub.cache import USUAL, HubCache
from xharness.data.lines import Row
from xharness.errors import DataError
from xharness.specs.params import Param

if TYPE_CHECKING:
    from datasets import Dataset

    from xharness.specs.tasks import Task

SPLITS = ("train", "dev", "test")
CANDIDATES = "candidates"
"""The split that holds the pool of candidates, for kinds that have one."""
TRANSLATED = tuple(f"translated-{split}" for split in SPLITS)
"""`translated-train` of a language is the English training split in that language; `translated-dev` and
`translated-test` are the language's own dev and test splits in English."""

_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


@dataclass(frozen=True, kw_only=True)
class Hub:
    """A repository of the Hugging Face hub that holds a task's examples.

    `configs` maps splits to their config if that is not `config`. `id`, both of these and the values of `splits` may
    contain `{lang}`, `{name}` (English name), `{lower}` (the same in lower case), `{iso3}` (ISO 639-3), `{tatoeba}`
    and `{flores}`. `columns` maps the kind's columns to those of the repository (default: the names in the
    task); `read(rows, language)` yields the kind's rows if a mapping is not enough. `files` is a pattern of the files
    to fetch and read, with the same fields as `config`; by default the files of the split according to the repository.
    `revision` pins a commit; without it the newest is used and recorded. `instead` maps languages that are missing here
    to another repository, or to None if there is none. The rows of `also` (other repositories, or other splits of this
    one) are appended, in the splits that they have.

    `mirrors` are repositories with the same rows, tried in turn if this one cannot be read, for example because it
    needs a loading script. A mirror is used only if the split has the number of rows in `rows` and, if given, the
    digest in `digests` (of the rows in any order; an error message shows it).
    """

    id: str = field(kw_only=False)
    config: str | None = None
    configs: Mapping[str, str] = field(default_factory=dict)
    revision: str | None = None
    splits: Mapping[str, str] = field(default_factory=lambda: dict(_SPLITS))
    columns: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[Iterable[Row], str], Iterable[Row]] | None = None
    files: str | None = None
    instead: Mapping[str, Hub | None] = field(default_factory=dict)
    also: tuple[Hub, ...] = ()
    mirrors: tuple[Hub, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    source: str = "hub"


hub = Hub
"""Declares a hub repository: `hub("owner/name", config=...)`."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The files of a task below the data folder, as one release or script arranges them.

    `files` maps a split to path patterns relative to that folder, with the fields of `Hub` and shell wildcards
    (the matches of a wildcard are read in sorted order). `read(paths, language, split)` yields the kind's rows and
    raises DataError with file and line if a file is malformed. `write(path, rows)` writes rows to a file that `read`
    reads; None if that is not supported. `languages` are the languages with such files (empty: all).
    """

    name: str
    files: Mapping[str, tuple[str, ...]]
    read: Callable[[tuple[Path, ...], str, str], Iterator[Row]]
    languages: tuple[str, ...] = ()
    write: Callable[[Path, Iterable[Row]], None] | None = None


@dataclass(frozen=True)
class Local:
    """The layouts of a task's files, the preferred first; `root` is their folder if the user gives none."""

    layouts: tuple[Layout, ...]
    root: Path | None = None
    source: str = "local"


@dataclass(frozen=True)
class Synthetic:
    """Synthetic examples, for trials; results on them are marked and not ranked with others.

    `rows(language, split, size)` yields `size` rows of the kind, the same at every call; `sizes` maps the available
    splits to their default numbers of examples.
    """

    rows: Callable[[str, str, int], Iterable[Row]]
    sizes: Mapping[str, int]
    source: str = "mini"


class Data(Protocol):
    """What a task declares for one source; `source` is the source's name."""

    @property
    def source(self) -> str:
        """Return the name of the source that reads it."""


def local(*layouts: Layout, root: Path | None = None) -> Local:
    """Declare the layouts of a task's files on disk, the preferred first.

    `root` is the folder that is read without --data, for a package that contains its data.
    """
    return Local(layouts, root)


def mini(
    rows: Callable[[str, str, int], Iterable[Row]],
    *,
    train: int = 1000,
    dev: int = 100,
    test: int = 40,
    candidates: int = 0,
    translated: bool = False,
) -> Synthetic:
    """Declare synthetic examples and the size of each split; 0 for a split that does not exist.

    With `translated` the splits `TRANSLATED` exist too, with the sizes of the splits that they translate.
    """
    sizes = {"train": train, "dev": dev, "test": test, CANDIDATES: candidates}
    if translated:
        sizes |= dict(zip(TRANSLATED, (train, dev, test), strict=True))
    return Synthetic(rows, {split: size for split, size in sizes.items() if size})


def translated(split: str) -> str:
    """Return the name of the translation of a split; see `TRANSLATED`."""
    return f"translated-{split}"


class Revisions(dict[str, str]):
    """Exact revisions of data by name, such as the newest commit of a repository; each is looked up once in a run.

    They go to every process of a run. `closed` says that this process may not look up others.
    """

    closed = False

    def resolve(self, name: str, look_up: Callable[[], str]) -> str:
        """Return the revision of a name, looked up the first time; DataError if it is unknown and cannot be looked up.

        The name must identify the repository and what is looked up in it, as `owner/name@main`.
        """
        if name not in self:
            if self.closed:
                raise DataError(f"{name}: this revision was not found when the run was planned; run again")
            self[name] = look_up()
        return self[name]


@dataclass(frozen=True)
class DataOptions:
    """The options of the user: `--data` (a folder of files or of mirrored repositories) and the source's parameters.

    A source that looks up revisions does so through `revisions`, and one that reads the hub uses the cache `hub`.
    """

    root: Path | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    revisions: Revisions = field(default_factory=Revisions, compare=False)
    hub: HubCache = USUAL


class _Fingerprint(Protocol):
    def __call__(self, task: Task, language: str, split: str, options: DataOptions) -> str: ...


class _Fetch(Protocol):
    def __call__(self, task: Task, language: str, split: str, options: DataOptions) -> None: ...


class _Load(Protocol):
    def __call__(self, task: Task, language: str, split: str, options: DataOptions) -> Dataset: ...


@dataclass(frozen=True)
class Written:
    """A split that a source wrote: in which layout, and to which files."""

    layout: str
    files: tuple[Path, ...]


class _Write(Protocol):
    def __call__(self, task: Task, language: str, split: str, rows: Sequence[Row], root: Path) -> Written: ...


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source plugin.

    `fingerprint` names the exact content of a split (it changes when the data change) without loading it;
    `load` returns the split with the columns of the task's kind, in the official order. Both raise DataError
    if the data are missing or malformed. `write` writes a split below a folder so that `load` returns the same rows
    from there; None for a source that only reads. `offline`: loading downloads nothing. `fetch` downloads what `load`
    needs and reads no rows; with `options.hub.offline` it raises NotFetched for what is not there. `synthetic`: the
    data are synthetic, so that scores do not measure a model. `params` are set with `--param`.
    """

    name: str
    summary: str
    fingerprint: _Fingerprint
    load: _Load
    write: _Write | None = None
    fetch: _Fetch | None = None
    params: Mapping[str, Param] = field(default_factory=dict)
    offline: bool = False
    synthetic: bool = False
    api: int = 1
