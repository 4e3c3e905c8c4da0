"""MultiCheckList: its six tests, and their cases, generated from the sheet of translated templates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """A test: its name, its title in the sheet, and whether only names of men are used.

    Only names of men are used where adjectives and nouns agree with the person, since the sheet has masculine forms.
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
