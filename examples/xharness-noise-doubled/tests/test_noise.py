"""The noise changes the 20 texts of `texts.tsv`, and more of them at a higher severity."""

from pathlib import Path

import pytest
from xharness import NoiseText
from xharness.noising.draws import Draws
from xharness.noising.edits import applied
from xharness.registry import Registry

NOISE = Registry.load(["xharness_doubled"], third_parties=False).get("noises", "doubled")
LINES = Path(__file__).with_name("texts.tsv").read_text(encoding="utf-8").splitlines()


def noised(line, severity):
    language, text = line.split("\t")
    settings = NOISE.settings[severity]
    draws = Draws(NOISE.name, text)
    seen = NoiseText(text=text, language=language, column="text", severity=severity, settings=settings, draws=draws)
    return applied(text, list(NOISE.edits(seen)))


@pytest.mark.parametrize("line", LINES)
def test_texts_change_more_at_a_higher_severity(line):
    lengths = [len(noised(line, severity)) for severity in (1, 5)]
    assert len(line.split("\t")[1]) < lengths[0] <= lengths[1]
    assert noised(line, 1) == noised(line, 1)
