"""The checks of xharness on this package; each failure says what to do."""

from pathlib import Path

import xharness.testing

test_conformance = xharness.testing.conformance("xharness_belebele", data=Path(__file__).parent / "hub")
