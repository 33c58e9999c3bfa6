# make demo and make test are all one needs on a fresh machine; both set up .venv first.
# PYTHON=python3.13 chooses the interpreter, ARGS passes words on: make demo ARGS="--dealers 40", make test ARGS="-k bulk".

BIN := .venv/bin
ARGS ?=

# The programs start again and again: what Python compiled is kept, even where the environment (many a container's) says no.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test serve stop lint bench clean

help:
	@echo "make demo    a network of dealers, its nightly job and a summary"
	@echo "make test    all tests"
	@echo "make serve   the API and Dagster's web UI"
	@echo "make stop    end the embedded PostgreSQL"
	@echo "make setup   only the virtual environment"
	@echo "make lint    style, types, import rules, docs"
	@echo "make bench   the benchmarks"
	@echo "make clean   remove what can be made again; data in var/ stays, apart from the tests'"

setup:
	@PYTHON="$(PYTHON)" .ci/setup

demo: setup
	@$(BIN)/dealerhub demo $(ARGS)

test: setup
	@.ci/browser
	@$(BIN)/python -m pytest -n auto --maxprocesses=8 --dist worksteal $(ARGS)

serve: setup
	@$(BIN)/dealerhub serve $(ARGS)

stop: setup
	@$(BIN)/dealerhub stop

lint: setup
	@fault=0; \
	$(BIN)/ruff check . || fault=1; \
	$(BIN)/ruff format --check --quiet . || { echo "Run $(BIN)/ruff format ."; fault=1; }; \
	$(BIN)/mypy -n 2 || fault=1; \
	$(BIN)/lint-imports || fault=1; \
	$(BIN)/python -m pytest tests/test_docs.py || fault=1; \
	exit $$fault

bench: setup
	@$(BIN)/dealerhub bench $(or $(ARGS),all)

clean:
	@if [ -x $(BIN)/dealerhub ]; then HUB_HOME=var/test $(BIN)/dealerhub stop; $(BIN)/dealerhub stop; fi
	@rm -rf .venv .venv.lock var/test build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
