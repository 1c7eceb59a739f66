# Two commands need nothing but Python 3.11 and make:
#   make play    the instrument with the demo model (ARGS="--osc-port 9020" passes options on)
#   make test    the whole suite, trainer included; `make test-fast` what starts no process
# `make check` is what CI runs beside the suite, `make bench` measures what is claimed (ARGS="--out
# figures.json --profile FOLDER"). Each keeps its own virtual environment.

PYTHON ?= python3
ARGS ?=
LIVE := .venv-live
DEV := .venv-dev

.PHONY: play test test-fast coverage check audit bench docs clean

play: $(LIVE)/.installed
	$(LIVE)/bin/distill-live $(ARGS)

test: $(DEV)/.installed
	$(DEV)/bin/pytest $(ARGS)

# All tests that start no process and train nothing.
test-fast: $(DEV)/.installed
	$(DEV)/bin/pytest -m "not process and not training" $(ARGS)

# Runs the suite more slowly and prints the share of lines that it ran. Nothing asks for a share.
coverage: $(DEV)/.installed
	$(DEV)/bin/coverage erase
	-$(DEV)/bin/coverage run -m pytest $(ARGS)
	$(DEV)/bin/coverage combine --quiet
	$(DEV)/bin/coverage report

check: $(DEV)/.installed
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports
	@if command -v tsc >/dev/null || [ "$$CI" = true ]; then tsc --project tests/page; \
	  else echo "tsc (Debian: node-typescript) is not installed: types of the page are not checked"; fi

# Asks a database on the network for known weaknesses of what is installed.
audit: $(DEV)/.installed
	$(DEV)/bin/pip install --quiet pip-audit
	$(DEV)/bin/pip-audit --local --skip-editable $(ARGS)

bench: $(DEV)/.installed
	$(DEV)/bin/python tests/bench/all.py $(ARGS)

# API pages, from the docstrings; the import resolves the lazy exports.
docs: $(DEV)/.installed
	$(DEV)/bin/python -c "from distill_live import *; from pdoc.__main__ import cli; cli()" \
	  --docformat numpy --output-directory build/api distill_live distill_train

$(LIVE)/.installed: pyproject.toml
	$(PYTHON) -m venv $(LIVE)
	$(LIVE)/bin/pip install --quiet --upgrade pip
	$(LIVE)/bin/pip install --quiet --editable .
	touch $@

$(DEV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(DEV)
	$(DEV)/bin/pip install --quiet --upgrade pip
	$(DEV)/bin/pip install --quiet --editable '.[train]' --group dev
	# For some Pythons python-rtmidi has to be compiled; where that fails, its tests are skipped.
	-$(DEV)/bin/pip install --quiet --editable '.[midi]'
	touch $@

clean:
	rm -rf $(LIVE) $(DEV) build dist
