"""Built-in tasks and suites."""
