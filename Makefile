# Needs make and Python 3.11 or newer with venv. `make run` starts everything; `make test` proves it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
export UV_CACHE_DIR ?= $(CURDIR)/var/cache/uv
export PIP_CACHE_DIR ?= $(CURDIR)/var/cache/pip

LOCKS := requirements.lock requirements-dev.lock
BENCHMARKS := ingest rules verdicts
TEMPLATES := $(shell find templates -name '*.html' 2>/dev/null)
# What production would set, so that `check --deploy` judges what it will meet. No server listens there.
AS_PRODUCTION := env -u MANDATE_DEV DATABASE_URL=postgres://mandate_app@127.0.0.1:1/mandate \
	MANDATE_URL=https://mandate.example MANDATE_SECRET_KEYS=only-for-make-check-0123456789-abcdefghijklmnopqrstuvwxyz

.PHONY: run test e2e check demo fakes bench schema messages lock run-packages dev-packages

run: run-packages ## the whole product on this machine, until Ctrl-C
	@exec $(BIN)/python -m config.run

demo: run-packages ## put a fresh demo organisation into the embedded database
	@$(BIN)/python -m config.run demo

fakes: run-packages ## made-up vendors on loopback, to try sources without a network
	@exec $(BIN)/python -m metrics.sources.fakes

test: dev-packages ## the whole suite, a process a core; T= names tests or options, for one process
	$(if $(T),$(BIN)/python -m pytest $(T),$(BIN)/python -m pytest -n auto --dist loadfile -m "not e2e and not alone")
	$(if $(T),,$(BIN)/python -m pytest -m alone)

e2e: dev-packages ## the pages in Chromium, a browser a core; skips without it, fails where CI is set; T= names options
	$(BIN)/python -m pytest -n auto -m e2e tests/e2e $(T)

check: dev-packages ## everything a machine can say without running the product
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	@echo lint-imports; $(BIN)/lint-imports --no-logo --cache-dir var/cache/import-linter > var/cache/imports.txt \
		|| { cat var/cache/imports.txt; exit 1; }
	$(AS_PRODUCTION) $(BIN)/mypy .
	$(if $(TEMPLATES),$(BIN)/djade --check --target-version 5.2 $(TEMPLATES))
	$(if $(TEMPLATES),$(BIN)/djlint --lint --quiet templates)
	$(AS_PRODUCTION) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(AS_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	! grep -n '://' $(LOCKS)

bench: dev-packages ## what docs/benchmarks.md tells of, each in turn; B= names one
	$(if $(filter-out $(BENCHMARKS),$(B)),$(error There is no benchmark $(B), only: $(BENCHMARKS)))
	$(foreach name,$(or $(B),$(BENCHMARKS)),$(BIN)/python -m benchmarks.$(name) &&) true

schema: dev-packages ## docs/openapi.yaml as the code now answers; a test compares them
	$(AS_PRODUCTION) $(BIN)/python -W ignore::RuntimeWarning manage.py spectacular --file docs/openapi.yaml --validate --fail-on-warn

messages: dev-packages ## the Dutch catalogue with the texts of code and templates; lists what lacks its Dutch
	$(BIN)/python -m tests.messages

lock: ## both locks anew from pyproject.toml; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

run-packages: $(BIN)/python
	@cmp -s requirements.lock $(VENV)/requirements.lock || cmp -s requirements-dev.lock $(VENV)/requirements-dev.lock \
		|| $(call install,requirements.lock)

dev-packages: $(BIN)/python
	@cmp -s requirements-dev.lock $(VENV)/requirements-dev.lock || $(call install,requirements-dev.lock)

# The copy of the lock in .venv says what is installed there.
install = { echo "Installing $(1) …"; mkdir -p var/cache && export TMPDIR=$(CURDIR)/var/cache && \
	$(if $(UV),uv pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q --disable-pip-version-check) \
	--require-hashes -r $(1) && cp $(1) $(VENV)/$(1); }

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Mandate needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv is missing: apt install python3-venv"; exit 1; }
