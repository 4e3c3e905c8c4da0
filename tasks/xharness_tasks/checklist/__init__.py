"""MultiCheckList: its six tests, and cases of them made from the sheet that its translators filled in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """One of the tests: its name here and in the sheet, and whether its people are all men.

    They are where adjectives and nouns may agree with a person: the sheet has their masculine forms.
    """

    name: str
    title: str
    men: bool = False


TESTS = (
    Test("comparisons", "A is COMP than B. Who is more / less COMP?", men=True),
    Test("intensifiers", "Intensifiers (very, super, extremely) and reducers (somewhat, kinda, etc)?", men=True),
    Test("properties", "size, shape, age, color"),
    Test("job_vs_nationality", "Profession vs nationality", men=True),
    Test("animal_vs_vehicle", "Animal vs Vehicle"),
    Test("animal_vs_vehicle_v2", "Animal vs Vehicle v2"),
)
