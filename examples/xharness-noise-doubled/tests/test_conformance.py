"""The checks of xharness on this package; each failure says what to do."""

import xharness.testing

test_conformance = xharness.testing.conformance("xharness_doubled")
