# Greenroom's commands. `make help` lists them.

HOST ?= 127.0.0.1
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SDKS := 1.109.1 2.54.0

export HOST PORT

.DEFAULT_GOAL := help
.PHONY: help run test soak check lint audit format bench bench-quick sdks lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: $(VENV)/.run ## Install what is needed, migrate, and serve on http://127.0.0.1:8000 (HOST=, PORT= change it)
	@$(BIN)/flask db upgrade
	@exec $(BIN)/gunicorn --config gunicorn.conf.py wsgi:app

# Each server is a process of its own, and would compile the program anew.
test soak bench bench-quick: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.dev ## Install what the tests need and run all of them
	@$(BIN)/python tests/browser/install.py
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadgroup --no-loadscope-reorder

soak: $(VENV)/.dev ## Run the long tests: killed browsers and servers, every page in the dark and on PostgreSQL, the keyboard alone
	@$(BIN)/python tests/browser/install.py
	@$(BIN)/python -m pytest -m soak --numprocesses 2 --dist loadgroup

check: lint audit test ## What has to be clean before a change lands: lint, types, templates, dependencies, tests

lint: $(VENV)/.dev ## Check style, types and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/djlint --quiet --lint templates

audit: $(VENV)/.dev ## Look for known weaknesses in what is installed, where the index can be asked
	@$(BIN)/python -m tests.dependencies

format: $(VENV)/.dev ## Lay the Python files out
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: $(VENV)/.dev ## Measure Greenroom as ratios against bars; takes half an hour (BENCH=saving: one group alone)
	@$(BIN)/python tests/browser/install.py
	@$(BIN)/python -m tests.bench $(BENCH)

bench-quick: $(VENV)/.dev ## The same with fewer edits and rounds, to try out a change
	@$(BIN)/python tests/browser/install.py
	@$(BIN)/python -m tests.bench --quick $(BENCH)

sdks: $(VENV)/.dev $(SDKS:%=.venv-sdk-%/.installed) ## Run the contract tests with older OpenAI SDKs
	@for sdk in $(SDKS); do \
		echo "openai $$sdk" && .venv-sdk-$$sdk/bin/python -m pytest tests/contract \
			--rootdir tests/contract --confcutdir tests/contract -c tests/contract/contract.ini || exit 1; \
	done

lock: $(VENV)/.dev ## Resolve the dependencies anew and write the lock files
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --output-file requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --group dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## Remove the virtual environments and caches; the instance folder stays
	@rm -rf $(VENV) .venv-sdk-* .mypy_cache .pytest_cache .ruff_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Greenroom needs Python 3.11 or newer.")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing what Greenroom needs …" >&2
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing what the tests need …" >&2
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

.venv-sdk-%/.installed: requirements-sdk-%.lock
	@$(PYTHON) -m venv .venv-sdk-$*
	@.venv-sdk-$*/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes --requirement $<
	@touch $@
