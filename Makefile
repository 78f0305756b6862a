# make render   set up, render the example and check the result: the first command to try
# make test     set up (system packages too, where it may) and run every check and test
# make demo     play the staging lifecycle on the lab and show what runs where
# make bench    measure, beside what one would use instead
# make format   let ruff rewrite what it can
# make lock     choose new versions of all dependencies

.PHONY: render test check demo bench docs format lock python lab
BIN := .venv/bin

render: python
	@$(BIN)/cigen render

test: lab check
	@$(BIN)/pytest

check: python
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >.venv/lint-imports.txt || { cat .venv/lint-imports.txt; exit 1; }
	@$(BIN)/cigen render --check
	@$(BIN)/python tools/reference.py --check
	@$(BIN)/python tools/reliability.py --check

docs: python
	@$(BIN)/python tools/reference.py
	@$(BIN)/python tools/reliability.py

demo: lab
	@PYTHONPATH=tests $(BIN)/python -m lab.demo

bench: lab
	@PYTHONPATH=tests $(BIN)/python -m bench

format: python
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

lock:
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade \
	  --group dev --extra jobs pyproject.toml runtime/pyproject.toml --no-emit-package cigen-runtime -o requirements.lock

python:
	@tools/setup.sh python

lab:
	@tools/setup.sh lab
