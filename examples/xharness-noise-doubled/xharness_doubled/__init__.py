"""The noise doubled: A letter of a word is typed twice."""

from xharness import Noise, hookimpl


def edits(text):
    """Yield the edits of a text: in each selected word, one letter is doubled."""
    for word in text.selected():
        index = int(text.random(word).random() * len(word.clusters))
        letter = word.clusters[index]
        yield word.edit(index, index + 1, letter * 2)


def applies(language):
    """Return why the noise has no meaning in a language, None if it has one."""
    return "a doubled character is another word in Chinese" if language == "zh" else None


@hookimpl
def xharness_noises():
    """Yield the noise."""
    yield Noise(
        name="doubled",
        summary="A letter of a word is typed twice",
        family="typing",
        edits=edits,
        applies=applies,
    )
