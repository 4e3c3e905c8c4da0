"""Time the noises on one core: sentences a second, compared with a plain loop over characters.

    python benchmarks/noise.py [--data FOLDER] [--severity 3] [--languages en,ru,hi,ko] [--noises typo_mix,...]

Sentences are 12 random words over the alphabet of the language, or those of the Tatoeba files in a folder. Each goes
through all that an evaluation does: finding words and protected spans, drawing, editing, and checking the result. The
plain loop splits at spaces, draws words and one letter of each, and changes it with the module `random`; it does not
protect, check or record anything. For `typo_mix` in English, MulTypo is timed too where it is installed
(`pip install --no-deps multypo`). Times are those of the processor, the best of three runs.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path

from xharness import LANGUAGES
from xharness.noising.rows import Changing, RowNoiser
from xharness.registry import Registry
from xharness.specs.noises import Noise
from xharness_plugins.noises import NOISES
from xharness_plugins.noises.tables import rows

WORDS, LONGEST, SYLLABLES = 12, 9, 4
RUNS = 3


def sentences(language: str, count: int) -> list[str]:
    rng = random.Random(f"sentences {language}")
    letters = dict(rows("alphabets.tsv"))[language]
    longest = SYLLABLES if language == "ko" else LONGEST
    texts = (
        " ".join("".join(rng.choices(letters, k=rng.randint(1, longest))) for _ in range(WORDS)) for _ in range(count)
    )
    return [f"{text.capitalize()}." for text in texts]


def read(language: str, count: int, folder: Path) -> list[str]:
    """Read sentences of a language, over again where there are fewer."""
    code = LANGUAGES[language].tatoeba
    name = "tatoeba.deu-eng.eng" if language == "en" else f"tatoeba.{code}-eng.{code}"
    lines = (folder / name).read_text("utf-8").splitlines()
    return (lines * (count // len(lines) + 1))[:count]


def per_second(change: Callable[[int, str], str], texts: list[str]) -> float:
    return len(texts) / min(seconds(change, texts) for _ in range(RUNS))


def seconds(change: Callable[[int, str], str], texts: list[str]) -> float:
    start = time.process_time()
    for number, text in enumerate(texts):
        change(number, text)
    return time.process_time() - start


def ours(noise: Noise, language: str, severity: int, texts: list[str]) -> Callable[[int, str], str]:
    how = Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=("bench", language, "test"),
        columns=("text",),
        severity=severity,
        settings={name: param.default for name, param in noise.params.items()} | dict(noise.settings[severity]),
        controls=noise.controls,
        grows=noise.grows,
        others={"text": texts},
    )
    return lambda number, text: RowNoiser(how, number, {"text": text}).text("text", text)


# Plain loops to compare with


def plain(edit: Callable[[list[str], int, random.Random, str], None], rate: float, edits: int, letters: str):
    def change(number: int, text: str) -> str:
        rng = random.Random(number)
        words = text.split(" ")
        for place, word in enumerate(words):
            if len(word) > 2 and rng.random() < rate:
                parts = list(word)
                for _ in range(edits):
                    edit(parts, rng.randrange(1, len(parts) - 1), rng, letters)
                words[place] = "".join(parts)
        return " ".join(words)

    return change


def swap(parts: list[str], place: int, rng: random.Random, letters: str) -> None:
    parts[place], parts[place + 1] = parts[place + 1], parts[place]


def delete(parts: list[str], place: int, rng: random.Random, letters: str) -> None:
    if len(parts) > 3:
        del parts[place]


def insert(parts: list[str], place: int, rng: random.Random, letters: str) -> None:
    parts.insert(place, rng.choice(letters))


def substitute(parts: list[str], place: int, rng: random.Random, letters: str) -> None:
    parts[place] = rng.choice(letters)


def mixed(parts: list[str], place: int, rng: random.Random, letters: str) -> None:
    rng.choices((delete, insert, substitute, swap), (28, 15, 28, 28))[0](parts, place, rng, letters)


PLAIN = {
    "char_swap": swap,
    "char_delete": delete,
    "char_insert": insert,
    "char_substitute": substitute,
    "typo_keyboard": substitute,
    "typo_mix": mixed,
}


def multypo(rate: float) -> Callable[[int, str], str] | None:
    try:
        from multypo import MultiTypoGenerator
    except ImportError:
        return None
    generator = MultiTypoGenerator(language="english")
    return lambda number, text: generator.insert_typos(text, rate)


def row(noise: Noise, language: str, severity: int, texts: list[str]) -> str:
    speed = per_second(ours(noise, language, severity, texts), texts)
    cells = [f"{noise.name:16} {language:3} {speed:10,.0f}"]
    settings = noise.settings[severity]
    if noise.name in PLAIN:
        letters = dict(rows("alphabets.tsv"))[language]
        peer = per_second(plain(PLAIN[noise.name], settings["rate"], settings["edits"], letters), texts)
        cells.append(f"{peer:10,.0f} {speed / peer:6.2f}")
    other = multypo(settings["rate"]) if (noise.name, language) == ("typo_mix", "en") else None
    if other:
        peer = per_second(other, texts)
        cells.append(f"  MulTypo {peer:,.0f} (ratio {speed / peer:.1f})")
    return " ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--severity", type=int, default=3)
    parser.add_argument("--sentences", type=int, default=3000)
    parser.add_argument("--languages", default="en,ru,hi,ko")
    parser.add_argument("--noises", default=",".join(noise.name for noise in NOISES))
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    count = given.sentences
    registry = Registry.load()
    print(f"{'noise':16} lang sentences/s  plain loop  ratio")
    for name in given.noises.split(","):
        noise = registry.get("noises", name)
        for language in given.languages.split(","):
            if noise.applies(language) is None:
                texts = read(language, count, given.data) if given.data else sentences(language, count)
                print(row(noise, language, given.severity, texts))


if __name__ == "__main__":
    main()
