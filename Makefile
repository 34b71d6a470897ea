# つなぐ窓口: the two promises are `make run` and `make test`; each does all its own set-up.
SHELL := /bin/bash -o pipefail
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes
# Minutes of silence look like a standstill: each package is named as its turn comes.
NAMES := 2>&1 | sed -un '/ERROR/p; s/^Collecting \([A-Za-z0-9._-]*\).*/      \1/p; s/^Installing collected.*/      installing/p'

# The tests start forty processes; each would compile all our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup setup-dev run test types tests manual bench chaos lock clean

setup: $(VENV)/.setup  ## .venv with the pinned dependencies, nothing else

$(VENV)/.setup: requirements.lock pyproject.toml
	@echo "[1/2] Python environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/2] pinned dependencies (some minutes on first run)"
	@$(PIP) -r requirements.lock $(NAMES)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup-dev: $(VENV)/.setup-dev

$(VENV)/.setup-dev: $(VENV)/.setup requirements-dev.lock
	@echo "[dev] test dependencies"
	@$(PIP) -r requirements-dev.lock $(NAMES)
	@touch $@

lock:  ## after changing pyproject.toml: names, versions and hashes only
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q --python-version 3.11 -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q --python-version 3.11 -o requirements-dev.lock

run: setup  ## a first look: five towns, demo page, console, demo logins
	@exec $(BIN)/tsunagu demo --port $(PORT)

test: setup-dev  ## lint, types, import rules, all tests; ends with pytest's own line
	@./.ci/packages
	@echo "[lint] ruff"; $(BIN)/ruff check .
	@$(MAKE) --no-print-directory -j 2 types tests

# mypy would leave all cores but one idle: the tests begin beside it.
types:
	@echo "[imports] import-linter"; $(BIN)/lint-imports --no-cache
	@echo "[types] mypy"; $(BIN)/mypy

tests:
	@echo "[tests] pytest"; $(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

manual: setup-dev  ## the pictures of docs/ja/manual-*.md, taken anew in the training town
	@TSUNAGU_PICTURES=1 $(BIN)/python -m pytest -q -p no:cacheprovider tests/browser/test_manual.py

bench: setup-dev  ## ratios, and var/bench.json
	@$(BIN)/python -m tests.bench

chaos: setup-dev  ## long storms over both engines: kills, repeats, tampering, a LINE that fails; some minutes
	@$(BIN)/python -m tests.journeys.chaos

clean:  ## everything that can be made again; data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache *.egg-info
