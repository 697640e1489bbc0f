# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
# Every command of this repository. `make help` lists them.

.DEFAULT_GOAL := help
BIN := .venv/bin
M ?=

.PHONY: help demo run test check fmt bench torture i18n db-revision lock wheel

help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.venv/ready: pyproject.toml requirements-dev.lock deploy/prepare.sh $(wildcard cop/translations/*/LC_MESSAGES/*.po)
	@sh deploy/prepare.sh python

.venv/test-ready: .venv/ready tests/browser/package-lock.json
	@sh deploy/prepare.sh tests

demo: .venv/ready ## two cities with real content on 127.0.0.1 (ARGS="--reset --port 8200")
	@$(BIN)/cop demo $(ARGS)

run: .venv/ready ## one instance, settings from COP_CONFIG or COP_*
	@$(BIN)/cop migrate && $(BIN)/cop serve $(ARGS)

test: .venv/test-ready check ## all tests, on SQLite and PostgreSQL, in a real browser
	@sh tests/run.sh

check: .venv/ready ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: .venv/ready ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/test-ready ## measure against PERFORMANCE's figures; writes bench.json
	@sh deploy/prepare.sh bench
	@$(BIN)/python -m tests.bench

torture: export COP_KILLS ?= 50
torture: export COP_HISTORIES ?= 1000
torture: export COP_MUTATIONS ?= 10000
torture: TORTURE = $(BIN)/python -m pytest -q -rP --show-capture=stdout
torture: .venv/test-ready ## power cuts under load on both databases, random histories of three cities, mutated requests (COP_KILLS=200 COP_HISTORIES=50)
	@$(TORTURE) tests/live/test_torture.py
	@sh tests/with_postgresql.sh $(TORTURE) tests/live/test_torture.py
	@$(TORTURE) -n 2 tests/live/test_histories.py tests/hostile/test_mutants.py

i18n: .venv/ready ## collect sentences, update and compile the languages
	@$(BIN)/pybabel -q extract -F cop/translations/babel.cfg -k N_ -k _ --no-location --sort-output -o cop/translations/messages.pot .
	@$(BIN)/pybabel -q update --width=110 --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date -i cop/translations/messages.pot -d cop/translations
	@rm cop/translations/messages.pot
	@$(BIN)/pybabel -q compile -d cop/translations

db-revision: .venv/ready ## write the next migration (M="Add the waiting list")
	@$(BIN)/python migrations/revise.py "$(M)"
	@$(BIN)/ruff format -q migrations

lock: .venv/ready ## renew the locked dependencies
	@uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-annotate --extra pg pyproject.toml -o requirements.lock
	@uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-annotate --extra pdf --extra pg --extra dev pyproject.toml -o requirements-dev.lock

wheel: .venv/ready ## build the distribution
	@$(BIN)/python -m hatchling build -t wheel
