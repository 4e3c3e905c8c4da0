"""The checks of xharness on this package; each failure says what to do."""

import xharness.testing
from conftest import FOLDER

test_conformance = xharness.testing.conformance("xharness_use", models=[FOLDER])
