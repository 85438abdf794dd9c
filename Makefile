# `make demo` shows a pull request being judged, `make test` runs every test; both do all set-up on a fresh machine.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check audit docs bench chaos golden pictures mutation newer setup engine browser linters clean

demo: engine ## a real preview of the root program with the policy pack, against the AWS emulator
	@$(BIN)/python demo/run.py

test: engine browser linters ## every test: rules, lookups, emulator, the real engine, a real browser
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q -n 3 --dist loadfile

check: .venv/installed ## format, lint, types, and whether what is installed is what is pinned; no test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/python engine/audit.py

audit: .venv/installed ## known advisories about the pins; 3 where nobody could look
	@$(BIN)/python engine/audit.py advisories

docs: engine ## write what is made from the code: the schema, the README's tables and the demo's output
	@$(BIN)/python docs/generate.py

bench: engine ## measure against the budgets; prints ratios from one run
	@$(BIN)/python bench/run.py

chaos: engine ## 1,000 programs and faults at random: green only if every lookup read and every rule ran; an hour
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/chaos/run.py --programs 1000

golden: engine ## write the golden set anew: one estate on the real engine, its report in every format
	@GRANTGATE_GOLDEN=write $(BIN)/python -m pytest -q tests/engine/test_golden.py

pictures: .venv/installed browser ## make the README's pictures from the golden estate
	@$(BIN)/python docs/pictures.py tests/golden/blocked.json

newer: engine ## build the latest engine that grantgate was tried with, and run its tests
	@$(BIN)/python engine/newer.py
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -q tests/engine/test_newer_engine.py

mutation: .venv/installed ## change the rules a little and see whether their tests notice; ten minutes, same seed each time
	@$(BIN)/python bench/mutation.py

setup: engine ## environment and engine, nothing else

engine: .venv/installed
	@$(BIN)/python engine/bootstrap.py

browser:
	@$(PYTHON) engine/browser.py

linters: .venv/installed
	@$(BIN)/python engine/linters.py

.venv/installed: pyproject.toml constraints.txt
	@echo "setup: making .venv with the pinned packages (about a minute) ..." >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "setup: Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean: ## remove everything that set-up made
	rm -rf .venv .engine
