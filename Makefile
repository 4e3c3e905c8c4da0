# Shortcuts for developers; nothing here is needed to install or to use xharness.
BIN := .venv/bin

.PHONY: setup test lint types contract check docs
setup:
	.ci/setup

test: setup
	$(BIN)/python -m pytest -n 2 -m "not network and not gpu"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

contract: setup
	$(BIN)/lint-imports

check:
	.ci/run

docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
