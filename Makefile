# Two commands: `make run` shows the graph, `make test` proves it. Both start from nothing.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KG := $(BIN)/kg
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM

help: ## Say what there is to make
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/'

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "missing: $(PYTHON). Install Python 3.11 or newer, or run: make PYTHON=/path/to/python3" >&2; exit 4; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "missing: Python 3.11 or newer ($$($(PYTHON) --version) found). Run: make PYTHON=/path/to/python3.11" >&2; exit 4; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "missing: Python's venv module. On Debian: apt-get install python3-venv" >&2; exit 4; }
	@echo "== creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# The stamps are files, so that a second run installs nothing.
$(VENV)/installed: $(BIN)/python pyproject.toml
	@echo "== installing Gambit into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m compileall -q kg cli.py
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	@echo "== installing what the tests need"
	@$(BIN)/python -c 'import sys, tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["test"]))' > $(VENV)/test-requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement $(VENV)/test-requirements.txt
	@touch $@

run: $(VENV)/installed ## Validate the data, print a small dossier, draw the graph
	@echo "== validating the shipped data"
	@$(KG) validate
	@echo
	@echo "== the treaty"
	@$(KG) show agreement:russia-dprk-treaty-2024 --brief
	@echo
	@echo "== North Korea's motivations, and who ascribes them"
	@$(KG) query motivations-of --param actor=DPRK --cite
	@echo
	@echo "== drawing the graph"
	@mkdir -p build
	@$(KG) view --to build/graph.html
	@echo
	@echo "Open build/graph.html in a browser (it needs no network). Then try:"
	@echo "  $(KG) why event:deployment-2024 kg:recipient Russia"
	@echo "  $(KG) path event:deployment-2024 condition:multi-theatre-confrontation --projection causal"
	@echo "  $(KG) analyze balance --include-hedged --cite"
	@echo "  $(KG) search 북한"

check: $(VENV)/installed-test ## Lint, types, import layers, canonical data
	@echo "== ruff";         $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "== mypy";         $(BIN)/mypy
	@echo "== import layers"; $(BIN)/lint-imports
	@echo "== data in canonical form"; $(KG) fmt data/triples.ttl --check
	@echo "== generated pages"; $(BIN)/python docs/build.py --check

test: check browser servers ## Install what the tests need and run them all
	@echo "== tests"
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# The page is tested in a real browser. As root on Debian it is installed; elsewhere
# its absence is said in one line and those tests are skipped.
browser:
	@if [ -z "$(CHROMIUM)" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "== installing Chromium for the browser tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	  else \
	    echo "no Chromium: the browser tests will be skipped. On Debian: apt-get install chromium, or set CHROMIUM=/path"; \
	  fi; \
	fi

# Endpoints are tested against two real servers; Oxigraph's comes with the test packages.
servers:
	@if ! command -v virtuoso-t >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "== installing Virtuoso for the endpoint tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends virtuoso-opensource-7-bin >/dev/null; \
	  else \
	    echo "no Virtuoso: its tests will be skipped. On Debian: apt-get install virtuoso-opensource-7-bin"; \
	  fi; \
	fi

bench: $(VENV)/installed-test ## Measure: ratios against a named alternative in the same run
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/query.py
	@$(BIN)/python benchmarks/projection.py
	@$(BIN)/python benchmarks/hostile.py
	@$(BIN)/python benchmarks/view.py --sizes 300,2000,5000 --bound 120 --pyvis-up-to 300
	@$(BIN)/python benchmarks/layouts.py --sizes 2000,5000

vendor: ## Renew the third-party files of the page, pinned by tools/vendor (needs npm; nothing else does)
	@$(PYTHON) tools/vendor/build.py

vendor-check: ## Compare them with the published packages
	@$(PYTHON) tools/vendor/build.py --check

clean: ## Remove what was built
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache

.PHONY: help run check test browser servers bench vendor vendor-check clean
