# `make demo` and `make test` work in a fresh clone: each first sets up .venv if it must.
# Written for GNU make 3.81 and later (macOS ships that one).

# The moment the demo's list is screened; its sample data is dated around it.
DEMO_AS_OF ?= 2026-03-02T09:30:00+01:00
DEMO_LIST ?= samples/call-list.csv.gz
OUT ?= out

# Worker processes of the tests, and anything else for pytest: make test ARGS="-k ledger"
WORKERS ?= 2
ARGS ?=

# Which Python makes .venv; empty: the one it was made with, else the first of 3.11, 3.12 and 3.13
# on PATH, else python3.
PYTHON ?=
export PYTHON

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test pages slow soak lint format check wheel lock upgrade hooks venv clean print-as-of

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: venv ## screen the sample list of 45,211 contacts; results go to out/
	@$(BIN)/upfront run "$(DEMO_LIST)" --as-of "$(DEMO_AS_OF)" --out "$(OUT)"

# For scripts that run the same list elsewhere.
print-as-of:
	@echo "$(DEMO_AS_OF)"

test: venv ## run the tests (under five minutes on two cores)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

pages: venv ## play the pages of the documentation that the tests leave out
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m pages $(ARGS)

slow: venv ## run the tests that take many seconds each
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "slow and not soak" $(ARGS)

soak: venv ## run the long campaigns that the tests leave out
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m soak $(ARGS)

lint: venv ## check style, types and layers
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted as above: run 'make format'"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .lint-imports.log 2>&1 || { cat .lint-imports.log; exit 1; }
	@sh scripts/hygiene.sh
	@echo "lint: nothing to mend"

format: venv ## format the code and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

check: lint test ## lint and test: what a change must pass

wheel: venv ## build the wheel and the source archive into dist/
	@rm -rf dist
	@$(BIN)/hatchling build --target sdist --target wheel

lock: ## pin what pyproject.toml asks for, changing as little as possible
	@sh scripts/lock.sh

upgrade: ## pin the newest of everything
	@sh scripts/lock.sh --upgrade

hooks: venv ## run the quick checks before each git commit
	@$(BIN)/pre-commit install

venv: ## set up .venv, if it is not
	@sh scripts/venv.sh

clean: ## remove .venv, builds and caches; results and the ledger stay
	@rm -rf .venv .venv-lock dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
		.hypothesis .lint-imports.log
	@find engine adapters tests -name __pycache__ -type d -prune -exec rm -rf {} +
