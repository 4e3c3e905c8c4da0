"""Reading data."""
