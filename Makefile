# Everything a person does with a checkout. Needs Python 3.11 or newer and make; the rest is installed into .venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# Files in their order: those of the browser take longest and must not come last.
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder

PO_FILES := $(wildcard web/translations/*/LC_MESSAGES/*.po)
ASSET_SOURCES := $(shell find web/islands web/static web/styles web/templates web/build.mjs web/tsconfig.json -type f -not -path 'web/static/dist/*' 2>/dev/null)

.PHONY: help setup setup-dev assets translations run test bench proof lint format types lock clean migration-check

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | awk -F: '{printf "  make %-16s%s\n", $$1, $$2}'

setup: .venv/.stamp-run assets translations ## everything that running needs
setup-dev: .venv/.stamp-dev assets translations ## ... and what testing needs

.venv/.stamp-run: requirements.lock pyproject.toml scripts/setup.sh
	@PYTHON='$(PYTHON)' sh scripts/setup.sh requirements.lock
	@touch $@

.venv/.stamp-dev: requirements-dev.lock pyproject.toml scripts/setup.sh
	@PYTHON='$(PYTHON)' sh scripts/setup.sh requirements-dev.lock
	@touch $@ .venv/.stamp-run

ifneq ($(wildcard package-lock.json),)
assets: web/static/dist/.stamp ## the front end, when its sources changed
node_modules/.stamp: package.json package-lock.json .npmrc | .venv/.stamp-run
	@sh scripts/node.sh npm ci --no-audit --no-fund --loglevel=error
	@touch $@
web/static/dist/.stamp: node_modules/.stamp $(ASSET_SOURCES)
	@sh scripts/node.sh node web/build.mjs
	@mkdir -p $(@D) && touch $@
else
assets:
endif

translations: .cache/translations.stamp ## the message catalogues, when they changed
.cache/translations.stamp: $(PO_FILES) | .venv/.stamp-run
	@mkdir -p .cache
	@$(BIN)/python -m web.i18n compile
	@touch $@

run: setup ## run Formloom; Ctrl-C stops it
	@exec $(BIN)/formloom run

test: setup-dev ## the whole test suite, browser tests included
	$(BIN)/pytest $(PYTEST_ARGS)

lint: .venv/.stamp-dev ## style, types, import directions, forbidden text
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_text.py

bench: setup-dev ## ratios against raw SQL and hand-written routes; BENCH_ARGS='--only get'
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

proof: setup-dev ## 2,000 random designer sequences, and a type change of 1,000,000 rows under load; PROOF_ARGS='--rows 50000'
	DESIGNER_SEQUENCES=$${DESIGNER_SEQUENCES:-2000} $(BIN)/pytest tests/properties -n auto -q
	$(BIN)/python -m tests.proofs.type_change $(PROOF_ARGS)

format: .venv/.stamp-dev ## put the sources into the common form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration-check: .venv/.stamp-dev ## a new database migrated up equals the models
	$(BIN)/python scripts/check_migrations.py

lock: .venv/.stamp-dev ## write the lock files again after a change in pyproject.toml
	sh scripts/lock.sh

clean: ## remove everything that was built; a site's data stays
	rm -rf .venv node_modules web/static/dist .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
