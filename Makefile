# One private virtual environment, made and refilled whenever pyproject.toml is newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
USABLE := $(VENV)/.usable
READY := $(VENV)/.ready
# Tests wait more than they work: more of them at a time than there are cores.
WORKERS ?= 8
HUNT ?= 20
# Workers and their child processes compile each module once, whatever the environment says: for
# workers that begin together it is done before them.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run demo demo-check test fuzz soak lint check bench keys screenshots wheel clean

run: $(USABLE)  ## start natstap
	$(BIN)/natstap $(ARGS)

demo: $(USABLE)  ## start natstap on a private server with demo services
	$(BIN)/natstap --demo

demo-check: $(READY)  ## run the demo's requests and check the answers; BROKEN=calculator breaks one
	$(BIN)/python -m tests.demo_check $(BROKEN)

test: $(READY)  ## run the tests
	@test -d tests/__pycache__ || $(BIN)/python -m pytest --collect-only --quiet > /dev/null || true
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

fuzz: $(READY)  ## random keys and hostile peers, HUNT times as long
	NATSTAP_HUNT=$(HUNT) $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal \
		tests/safety tests/test_fast_keys.py $(ARGS)

soak: $(READY)  ## ten minutes of traffic, responders and reconnects; what natstap holds stays flat
	$(BIN)/python -m tests.soak $(ARGS)

lint: $(READY)  ## style, types and import contracts
	$(BIN)/ruff check engine tui tests
	$(BIN)/ruff format --check engine tui tests
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: $(READY)  ## speed, as ratios against the peers in the same run
	$(BIN)/python -m tests.bench $(ARGS)

keys: $(READY)  ## what is written from tables: docs/keys.md, docs/filter.md, man/natstap.1
	$(BIN)/python -m tests.key_table

screenshots: $(READY)  ## pictures of the real app with their words; ARGS="tour desk" for some
	PYTHONPATH=tests $(BIN)/python -m pictures $(ARGS)

wheel: $(READY)  ## build the wheel, install it into an empty environment, and use it there
	$(BIN)/python -m tests.wheel_check $(ARGS)

clean:
	rm -rf $(VENV) dist build

# natstap alone, for who only runs it; then what tests and linters need.
$(USABLE): pyproject.toml
	@echo "natstap: filling $(VENV), once; this takes half a minute"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --editable .
	touch $@

$(READY): $(USABLE)
	@echo "natstap: adding what the tests need to $(VENV), once; this takes a minute or two"
	$(BIN)/python -m pip install --disable-pip-version-check --editable ".[dev]"
	touch $@
