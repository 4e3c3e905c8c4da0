"""Prompts: tasks in words, for models that read and write text; each in as many languages as it has templates for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from xharness.errors import PluginError

ANY = "*"
"""The language of a template that serves every language."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """The words of a task in one language; `{column}` stands for the value of a column of the example.

    Choices are compared by their log-likelihood after `context`: those of a classification task are `choices` by label,
    those of an example of multiple choice fill `{answer}` in `answer`, or `{lowered}` with a small first letter. There
    `endings` replace the end of the column `context` and the punctuation mark before it. A model that writes gets
    `question`; what it writes is read as one of `words` by label, as the letter of a choice (`{choices}` lists them),
    or as the answer itself, `no_answer` for none. A sentence is tagged word by word: `question` (`{sentence}` is the
    sentence) is followed by the line `line` (`{word}` is the word) and one of `words` for each word. `instruction`
    comes before everything.
    """

    context: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    answer: str = " {answer}"
    endings: Mapping[str, str] = field(default_factory=dict)
    question: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    line: str = ""
    no_answer: str = ""
    instruction: str = ""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A task in words; raise `version` when the words change.

    `variant` names prompts of one kind for many tasks, as `english` (English words, whatever the language of the text)
    or `native` (words in the language of the text). `templates` are by language, `*` for any. Examples are put before
    the question `separator` apart. `source` says where the words come from.
    """

    task: str
    variant: str = "english"
    version: int = 1
    templates: Mapping[str, Template]
    separator: str = "\n\n"
    source: str = ""
    api: int = 1

    @property
    def name(self) -> str:
        """Return the name: that of the task and that of the variant."""
        return f"{self.task}.{self.variant}"

    def template(self, language: str) -> tuple[str, Template] | None:
        """Return the template for a language and the language that it is for; None if there is none."""
        code = language if language in self.templates else ANY
        return (code, self.templates[code]) if code in self.templates else None


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The words in which one cell is asked: a template of a prompt, and how many examples come before the question.

    `draw` says which examples are drawn. `prefix` is the text of the examples, empty until they are read. `chat` is a
    digest of the chat template that requests are put into, empty for none.
    """

    prompt: str
    version: int
    language: str
    template: Template
    separator: str
    shots: int = 0
    draw: int = 0
    prefix: str = ""
    chat: str = ""

    def key(self) -> dict[str, Any]:
        """Return what enters the key of predictions, as JSON values; defaults are left out."""
        words = {name: value for name, value in asdict(self.template).items() if value and value != _USUAL.get(name)}
        shots = {"shots": self.shots, "draw": self.draw, "separator": self.separator} if self.shots else {}
        chat = {"chat": self.chat} if self.chat else {}
        return {
            "name": self.prompt,
            "version": self.version,
            "language": self.language,
            "words": words,
            **shots,
            **chat,
        }

    def before(self, text: str) -> str:
        """Return a text with the instruction and the examples before it."""
        return self.template.instruction + self.prefix + text


_USUAL = asdict(Template())


def prompts_in(folder: Path) -> Iterator[Prompt]:
    """Yield the prompts of the TOML files in a folder; PluginError names the file that has none.

    A file has the fields of a `Prompt`, `tasks` in place of `task` for several tasks, and a table for each template, as
    `[templates.en]` or `[templates."*"]`.
    """
    import tomllib

    for file in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            templates = {code: Template(**words) for code, words in content.pop("templates").items()}
            tasks = content.pop("tasks", None) or [content.pop("task")]
            yield from [Prompt(task=task, **content, templates=templates) for task in tasks]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PluginError(f"{file}: not a prompt: {error}") from error
