PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# one more than there are cores, up to four: many tests wait for a browser or an emulator
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
# What the linting of scripts and the tests of pages need, and what the bench of the site needs besides
NODE := axe-core@4.14.1 eslint@10.15.0 @eslint/js@10.0.1 globals@17.14.0 vnu-jar@26.9.27
NODE_MODULES := $(VENV)/node/node_modules
ESLINT := $(NODE_MODULES)/.bin/eslint
LIGHTHOUSE := lighthouse@13.5.0
NPM := npm install --silent --no-save --no-audit --no-fund --prefix

.PHONY: run test venv dev lint bench audit requirements clean

run: venv  ## site and functions at http://127.0.0.1:8080, on SQLite under data/
	$(BIN)/python manage.py serve

test: dev lint  ## everything; what the machine lacks is skipped with a counted reason
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations 25 $(TESTS)

venv: $(VENV)/.installed

dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "MY NUTERA needs Python 3.11 or newer: make PYTHON=/path/to/python3 ..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt Makefile $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	if command -v npm >/dev/null; then $(NPM) $(VENV)/node $(NODE); fi
	touch $@

$(VENV)/.installed-lighthouse: Makefile
	if command -v npm >/dev/null; then $(NPM) $(VENV)/node/lighthouse $(LIGHTHOUSE); fi
	touch $@

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if [ -x $(ESLINT) ]; then NODE_PATH=$(NODE_MODULES) $(ESLINT) --max-warnings 0 .; \
	elif [ "$$NUTERA_REQUIRE" = 1 ]; then echo "NUTERA_REQUIRE=1, and this needs ESLint: no npm"; exit 1; \
	else echo "skipped: the scripts are not linted, ESLint is not installed (no npm)"; fi

bench: dev $(VENV)/.installed-lighthouse  ## ratios against the named rivals, written to docs/benchmarks.md
	$(BIN)/python -m bench $(BENCH)

audit: dev  ## the pinned releases against published advisories; needs the internet, and says so
	$(BIN)/python infra/dependency_audit.py

requirements:  ## compile the pinned requirements from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf $(VENV) web/dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
