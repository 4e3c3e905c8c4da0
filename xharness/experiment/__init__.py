"""Experiments: many runs that are rows of one table, compared with one of them."""
