# The commands of the project. A fresh clone needs nothing but CPython 3.11 or newer, make, and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := captures/crashed-client-2019/capture.pcap

.PHONY: run native lock test test-all test-rest lint bench shapes fuzz accuracy docs browser gallery notebooks clean help

help:  ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: native  ## Install into .venv and explain a sample capture
	@echo "Explaining a sample capture:  $(BIN)/tcpexplain $(SAMPLE)"
	@echo
	@$(BIN)/tcpexplain $(SAMPLE)

native: $(VENV)/.installed  ## Translate the hot functions to C and compile them, if they have changed (needs a C compiler)
	@$(BIN)/python packaging/native.py

test: $(VENV)/.testing native  ## Install into .venv and run every test that needs no more than tshark
	$(BIN)/python -m pytest -q -n auto --dist worksteal

test-all: $(VENV)/.everything native  ## Add what needs Chromium, mermaid, notebooks, docs, root
	$(BIN)/python -m pytest -q --everything --share together -n auto --dist worksteal
	$(BIN)/python -m pytest -q --everything --share alone

test-rest: $(VENV)/.everything native  ## What make test leaves out, as far as this machine has what it needs
	$(BIN)/python -m pytest -q --everything --share rest --share together -n auto --dist worksteal
	$(BIN)/python -m pytest -q --everything --share rest --share alone

lint: $(VENV)/.everything  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=packaging $(BIN)/mypy --strict packaging/native.py packaging/hook.py packaging/webpage.py

lock: $(VENV)/.everything  ## Write down the versions of everything in the development environment
	{ echo "# make lock: the development environment with CPython 3.11 on Linux; pip install -r requirements-dev.lock"; \
	  $(BIN)/python -m pip freeze --exclude-editable; } > requirements-dev.lock

bench: $(VENV)/.everything  ## Time against tshark, tcptrace, argus and tcpdump; write docs/performance.md
	$(BIN)/python benchmarks/run.py

shapes: $(VENV)/.everything native  ## Measure every shape of traffic at N and 2 N packets; fails above 2.3 times
	$(BIN)/python benchmarks/shapes.py

fuzz: $(VENV)/.everything native  ## Try inputs that nobody would make, of every kind and in all ways, for SECONDS (3600)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python tests/fuzz.py --seconds $(or $(SECONDS),3600) --first $$(date +%s)

accuracy: $(VENV)/.everything  ## Compare predictions with this machine's kernel; write the tables of docs/accuracy.md
	$(BIN)/python docs/generate_accuracy.py

docs: $(VENV)/.everything  ## Build the documentation into docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

browser: $(VENV)/.installed  ## Build the page that explains captures in a browser into docs/_build/browser (npm)
	sh scripts/programs.sh pyodide
	$(BIN)/python packaging/webpage.py

gallery: $(VENV)/.everything  ## Draw every kind of output from captures/ into docs/gallery
	$(BIN)/python docs/generate_gallery.py

notebooks: $(VENV)/.everything  ## Execute the notebooks' sources and store what they give (07 listens on lo: root)
	$(BIN)/python notebooks/build.py

clean:  ## Remove what the other commands made
	rm -rf $(VENV) tcpexplain/native/hot.* docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@echo "Installing tcpexplain and the packages it needs into $(VENV): one or two minutes, only this once ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.testing: $(VENV)/.installed scripts/programs.sh
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	sh scripts/programs.sh tshark
	@touch $@

$(VENV)/.everything: $(VENV)/.testing scripts/programs.sh
	@echo "Installing what the other checks need: documentation, notebooks, type checkers ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	sh scripts/programs.sh chromium nft ip mermaid pyodide
	@touch $@
