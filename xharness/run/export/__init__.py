"""Outputs of a finished run: submissions, tables, other formats, and recomputed scores."""
