"""`xharness new`: writes the package of a plugin, with its data, tests and CI."""
