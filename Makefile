# Every verb of the project. Works with GNU make 3.81 (macOS) and later.

PYTHON ?= python3
NAMES ?= engine
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup app demo up down reset test check kernels format fuzz faults bench bench-skills lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv from the lock, with the tools for tests and checks
	@$(PYTHON) infra/bootstrap.py --dev

app:
	@$(PYTHON) infra/bootstrap.py

demo: app ## start everything, fill a market, show a ranked answer, stay up
	@$(BIN)/rollcall demo

up: app ## start everything and stay up
	@$(BIN)/rollcall up

down: app ## stop what `make up` or `make demo` started
	@$(BIN)/rollcall down

reset: app ## stop and delete all data (asks first)
	@$(BIN)/rollcall reset

test: setup ## run the tests
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: setup ## format, lint, types and import contracts
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

kernels: setup ## compile the kernels before somebody waits for them
	@$(BIN)/python -c "from services.matching.engine.warm import warm_up; warm_up()"

format: setup ## format the code and fix what can be fixed
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

fuzz: setup ## odd requests to every route: [CASES=10000] [ROLE=worker] [SERVICE=postings] [JSON=1]
	@$(BIN)/python -m tests.fuzz $(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED)) \
		$(if $(ROLE),--role $(ROLE)) $(if $(SERVICE),--service $(SERVICE)) $(if $(JSON),--json)

faults: setup ## kill, stop, cut off and flood what runs: [SCENARIOS="killed wires"] [SHORT=1] [JSON=1]
	@$(BIN)/python -m tests.faults $(SCENARIOS) $(if $(SHORT),--short) $(if $(JSON),--json)

bench: ## measure the engine beside peers: [SCALE=1000000] [JSON=1] [PICTURE=1] [NAMES="freshness"]
	@$(PYTHON) infra/bootstrap.py --bench
	@$(BIN)/python -m tests.benchmarks $(NAMES) $(if $(SCALE),--scale $(SCALE)) \
		$(if $(JSON),--json) $(if $(PICTURE),--picture)

bench-skills: ## measure understanding: DATA=DIR [TASKS="csco melo"] [JSON=1] [FULL=1]
	@$(if $(DATA),,$(error DATA=DIR is needed: where bench_dev/ and taxonomy/ are))
	@$(PYTHON) infra/bootstrap.py --bench
	@$(BIN)/python -m tests.benchmarks.skills $(DATA) $(TASKS) $(if $(JSON),--json) \
		$(if $(FULL),--full) $(if $(SAMPLE),--sample $(SAMPLE))

lock: setup ## resolve the lock files anew (UPGRADE=1: to the newest versions)
	@$(PYTHON) infra/bootstrap.py --dev --lock $(if $(UPGRADE),--upgrade)

clean: ## delete .venv and caches; data stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find infra services shared tests -name __pycache__ -type d -prune -exec rm -rf {} +
