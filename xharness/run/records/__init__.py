"""The output of a run: the record of each cell, results.json, and provenance."""
