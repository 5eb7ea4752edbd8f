# Every target gets the machine ready first (tools/bootstrap.py); when it is, that takes a fraction of a second.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check experiments bench lock sbom environment servers browser

PYTHON := $(or $(shell command -v python3.11),$(shell command -v python3))
BIN := .venv/bin
ARGS ?=
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not experiment and not alone"
TODAY = $(shell date +%F)

help: ## Say what can be done here
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: servers ## Start everything with the practice city (Ctrl-C stops it); ARGS=--once runs the loop once
	@$(BIN)/govwatch all --demo $(ARGS)

# What needs the machine for itself comes afterwards; 5 is pytest's "nothing chosen".
test: servers browser ## Run every test on real servers; ARGS="-k words tests/…" chooses
	@failed=0; \
	$(BIN)/pytest $(SIDE_BY_SIDE) $(ARGS) || [ $$? -eq 5 ] || failed=1; \
	$(BIN)/pytest -m alone $(ARGS) || [ $$? -eq 5 ] || failed=1; \
	exit $$failed

check: environment ## Lint, formatting, reasons of exceptions, strict types, who imports whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python tools/reasons.py
	@$(BIN)/python -m tools.scopes
	@$(BIN)/mypy
	@$(BIN)/lint-imports

experiments: servers browser ## Long trials and measurements of promises, results under docs/results/<day>
	@mkdir -p docs/results
	@$(BIN)/pytest -m experiment -ra $(ARGS) | tee docs/results/$(TODAY)-experiments.txt

bench: servers ## Measure rates and latencies (benchmarks/), results under docs/results/<day>
	@mkdir -p docs/results
	@for file in $(wildcard benchmarks/[a-z]*.py); do $(BIN)/python $$file $(ARGS); done \
	  | tee docs/results/$(TODAY)-benchmarks.txt

lock: environment ## Write the lock files again from pyproject.toml; ARGS=--upgrade takes newer versions
	@$(BIN)/python tools/lock.py $(ARGS)

sbom: environment ## Write software bills of materials (CycloneDX) from the lock files into dist/
	@$(BIN)/python -m tools.sbom $(ARGS)

environment:
	@$(if $(PYTHON),,$(error govwatch needs Python 3.11 or newer, and there is none: install python3.11))
	@$(PYTHON) tools/bootstrap.py

servers: environment
	@$(PYTHON) tools/bootstrap.py servers

browser: environment
	@$(PYTHON) tools/bootstrap.py browser
