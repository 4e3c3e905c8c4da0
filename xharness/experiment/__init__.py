"""Experiments: several runs as the rows of one table, compared with a baseline row."""
