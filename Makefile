# make render   set up, render the example and lint it: the first command to try
# make test     set up (system packages too, where it may) and run every check and test
# make demo     play staging, production and the config sync on the lab and show what is where
# make bench    measure, beside what one would use instead; ONLY=images: this subject alone
# make format   let ruff rewrite what it can
# make image    build the container images that the jobs run in, with buildah; BASE=… names another base image
# make lock     choose new versions of all dependencies

.PHONY: render test check demo bench docs image format lock python lab
BIN := .venv/bin
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade
VERSION = $(shell $(BIN)/python -c 'import cigen_runtime; print(cigen_runtime.__version__)')

render: python
	@$(BIN)/cigen render
	@$(BIN)/cigen lint

test: lab check
	@$(BIN)/pytest --numprocesses=auto --dist=loadgroup

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
	@PYTHONPATH=tests $(BIN)/python -m bench $(ONLY)

image: python
	@rm -rf dist && $(BIN)/python -m hatchling build -t wheel -d dist >/dev/null
	@cd runtime && ../$(BIN)/python -m hatchling build -t wheel -d ../dist >/dev/null
	@buildah build $(if $(BASE),--build-arg BASE=$(BASE)) --target runtime --tag cigen-runtime:$(VERSION) .
	@buildah build $(if $(BASE),--build-arg BASE=$(BASE)) --target builder --tag cigen-runtime:$(VERSION)-builder .
	@buildah build $(if $(BASE),--build-arg BASE=$(BASE)) --target cigen --tag cigen:$(VERSION) .

format: python
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

lock:
	@$(COMPILE) --group dev --extra jobs pyproject.toml runtime/pyproject.toml --no-emit-package cigen-runtime -o requirements.lock
	@$(COMPILE) --extra jobs runtime/pyproject.toml -o runtime/requirements.lock -c requirements.lock
	@$(COMPILE) pyproject.toml --no-emit-package cigen-runtime -o generator/requirements.lock -c requirements.lock

python:
	@tools/setup.sh python

lab:
	@tools/setup.sh lab
