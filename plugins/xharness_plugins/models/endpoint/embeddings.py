"""An endpoint that embeds texts."""

from __future__ import annotations

import base64
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from xharness import StageError
from xharness.data.forms import Form, list_of, mismatch, record, whole
from xharness_plugins.models.endpoint.client import Client
from xharness_plugins.models.endpoint.reporting import described, reporting

if TYPE_CHECKING:
    import numpy as np

_FORM = record({"data": list_of(record({"index": whole()}, required=["embedding"]))}, required=["data"])
_VECTOR = Form(
    "a list of numbers",
    lambda value: (
        isinstance(value, list)
        and bool(value)
        and all(type(each) in (int, float) and math.isfinite(each) for each in value)
    ),
)


@dataclass(frozen=True)
class EmbeddingEndpoint:
    """The API embeddings: at most `texts` texts in one request; `on_tokens` receives the tokens that it reports."""

    client: Client
    texts: int
    on_tokens: Callable[[int], None]

    def describe(self) -> Mapping[str, Any]:
        """Return model, address and API, and what was counted in the run so far, as JSON values."""
        return described(self.client)

    def embed(self, texts: Iterable[str], max_length: int | None = None) -> Iterator[np.ndarray]:
        """Yield float32 blocks of vectors of length 1; the server decides how many tokens of a text it reads."""
        import numpy as np

        widths: set[int] = set()
        for rows in reporting(self.client.each(self._vectors, self._groups(texts)), self.client, self.on_tokens):
            widths.update(map(len, rows))
            if len(widths) > 1:
                raise StageError(
                    f"{self.client.config.url}: vectors of {min(widths):,} and of {max(widths):,} numbers; if the "
                    f"server has a new model, change \"version\" in {self.client.config.path}"
                )  # fmt: skip
            yield np.stack(rows).astype(np.float32)

    def _groups(self, texts: Iterable[str]) -> Iterator[list[str]]:
        rest = iter(texts)
        while group := list(islice(rest, self.texts)):
            yield [text or " " for text in group]  # servers refuse an empty text

    def _vectors(self, group: list[str], stop: threading.Event) -> list[np.ndarray]:
        import numpy as np

        # Vectors are cached by text: a run that continues puts other texts together.
        asked = {text: self.client.named({"input": text}) for text in group}
        known = {text: self.client.cache.get(fields) for text, fields in asked.items()}
        missing = [text for text, content in known.items() if content is None]
        self.client.session.add("cached", len(known) - len(missing))
        if missing:
            response = self.client.send(self.client.named({"input": missing}), _FORM, stop)
            for text, vector in zip(missing, self._rows(response, len(missing)), strict=True):
                known[text] = base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
                self.client.cache.put(asked[text], known[text])
        return [np.frombuffer(base64.b64decode(known[text]), dtype="<f4") for text in group]

    def _rows(self, response: Mapping[str, Any], count: int) -> list[np.ndarray]:
        """Return the vectors of a response, of length 1, in the order of the texts."""
        import numpy as np

        url, data = self.client.config.url, response["data"]
        order = [each.get("index", number) for number, each in enumerate(data)]
        if sorted(order) != list(range(count)):
            raise StageError(f"{url}: {len(data):,} vectors for {count:,} texts; lower --param texts")
        for each in data:
            if problem := mismatch(each["embedding"], _VECTOR):
                raise StageError(f"{url}: embedding: {problem}")
        found = dict(zip(order, data, strict=True))
        rows = [np.asarray(found[number]["embedding"], dtype=np.float64) for number in range(count)]
        if len(set(map(len, rows))) > 1:
            raise StageError(f"{url}: a response has vectors of several lengths; check the server")
        return [row / (np.linalg.norm(row) or 1.0) for row in rows]
