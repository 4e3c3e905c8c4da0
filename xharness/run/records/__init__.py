"""What a run writes: the record of each cell, results.json, and provenance."""
