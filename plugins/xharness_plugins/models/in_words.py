"""What all models that are asked in words share: their requests, results beside them, and passages cut to what fits."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from xharness import Continuation, Generation, ShortenedScore, Text
from xharness_plugins.models.predictors import CHARACTERS, blocks

if TYPE_CHECKING:
    from xharness.engine.drawing import Draw
    from xharness.engine.generation import Ask


@dataclass(frozen=True, kw_only=True)
class AskedInWords:
    """A model in memory that scores and writes text.

    `encode.pairs(requests)` and `encode.prompts(requests)` return what `scorer.score` and `generator.generate` take,
    each with whether the context was shortened. With `draws` several texts are written for a request that allows it.
    """

    scorer: Any
    generator: Any
    encode: Any
    about: Mapping[str, Any] = field(default_factory=dict)
    draws: tuple[Draw, ...] = ()

    def describe(self) -> Mapping[str, Any]:
        """Return device, dtype, lengths and the chat template, as JSON values."""
        return dict(self.about)

    def loglikelihood(self, requests: Iterable[Continuation]) -> Iterator[float]:
        """Yield the log-likelihood of each text after its context."""
        asked = (pair for block in blocks(requests) for pair in self.encode.pairs(block))
        for (_, cut), value in with_results(asked, self.scorer.score):
            yield ShortenedScore(value) if cut else value

    def generate(self, requests: Iterable[Generation]) -> Iterator[Text]:
        """Yield what the model writes after each context, up to the first of its stop texts."""
        texts: list[Text] = []
        for (ask, cut, last), written in with_results(self._asked(requests), self.generator.generate):
            text = self.generator.decode(written.ids).lstrip()
            end = min((text.find(stop) for stop in ask.stops if stop in text), default=len(text))
            texts.append(Text(text[:end], cut=written.reason == "length", shortened=cut))
            if last:
                yield replace(texts[0], others=tuple(texts[1:]))
                texts = []

    def _asked(self, requests: Iterable[Generation]) -> Iterator[tuple[Ask, bool, bool]]:
        """Yield what is generated for each request, whether its context was cut, and whether it is its last text."""
        for block in blocks(requests):
            for request, (ask, cut) in zip(block, self.encode.prompts(block), strict=True):
                draws = self.draws if request.several else ()
                if not draws:
                    yield ask, cut, True
                for number, draw in enumerate(draws, 1):
                    yield ask._replace(draw=draw), cut, number == len(draws)


def with_results(asked: Iterable[Any], method: Callable[[Iterator[Any]], Iterator[Any]]) -> Iterator[tuple[Any, Any]]:
    """Yield each item with the result of a method for its first value."""
    waiting: deque[Any] = deque()

    def feed() -> Iterator[Any]:
        for item in asked:
            waiting.append(item)
            yield item[0]

    for result in method(feed()):
        yield waiting.popleft(), result


def part(text: str, tokenizer: Any, enough: int, *, end: bool) -> str:
    """Return a beginning or an end of a long text with twice `enough` tokens; other texts as they are.

    Memory and time to tokenize grow with the length. What is cut off changes the tokens beside the cut only, so the
    `enough` tokens at the other side are those of the whole text.
    """
    size = CHARACTERS * enough
    while size < len(text):
        found = text[-size:] if end else text[:size]
        if len(tokenizer(found, add_special_tokens=False, verbose=False)["input_ids"]) >= 2 * enough:
            return found
        size *= 4
    return text


def bounded(request: Generation, tokenizer: Any, enough: int) -> Generation:
    """Return a request whose passage has lost the end that does not fit twice into `enough` tokens."""
    if not request.passage:
        return request
    start, end = request.passage
    kept = part(request.context[start:end], tokenizer, enough, end=False)
    context = request.context[:start] + kept + request.context[end:]
    return replace(request, context=context, passage=(start, start + len(kept)))


def shortened(context: str, passage: tuple[int, int], size: Callable[[str], int], room: int) -> str:
    """Return a context with as many characters of its passage as fit; `size` returns the tokens of a text."""
    start, end = passage
    kept = bisect_right(
        range(1, end - start + 1), room, key=lambda count: size(context[: start + count] + context[end:])
    )
    return context[: start + kept] + context[end:]
