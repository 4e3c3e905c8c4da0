"""Check a checkpoint before a run: whether it loads, what is wrong with it, and what it can do."""
