# Two commands are enough: `make run` and `make test`. All work on a machine with Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app run
VAR ?= $(or $(BONDGENOOT_VAR),var)
MEMBERS ?= 2000
WORKERS ?= 2

# The pure modules, whose types are checked strictly.
PURE = $$(find app -name '*.py' -not -path '*/migrations/*' -not -path 'app/kernel/*' -not -path '*/queries/*' -not -path '*/usecases/*' \
	-not -name models.py -not -name queries.py -not -name usecases.py -not -name __init__.py) \
	app/kernel/money.py app/kernel/periods.py app/kernel/errors.py app/kernel/states.py app/kernel/actor.py app/kernel/identifiers.py app/kernel/bsn.py

.PHONY: run test check bench screenshots install install-dev

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $(VENV)/.installed $@

# Migrates, fills an empty database with an invented federation, and serves.
run: install
	$(FLASK) db upgrade
	@echo "Een lege database wordt gevuld met een verzonnen bond van $(MEMBERS) leden…"
	@$(FLASK) demo --if-empty --members $(MEMBERS) >/dev/null
	@test ! -f $(VAR)/demo-logins.txt || { echo "Inloggen in het voorbeeld:"; cat $(VAR)/demo-logins.txt; }
	$(BIN)/python run.py

# Everything: rules, use cases on SQLite and PostgreSQL, screens, browser.
test: install-dev
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

# What a change must pass before it is shared.
check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy $(PURE)
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

# Measures the heavy paths, each as a ratio within one run; takes minutes.
bench: install-dev
	@for file in $$(find tests/bench -name 'bench_*.py' | sort); do \
		echo "== $$file"; $(BIN)/python -m "$$(echo $${file%.py} | tr / .)" || exit 1; done

# Makes the pictures of the manual (docs/pictures) in a real browser; takes about a minute.
screenshots: install-dev
	$(BIN)/python docs/screenshots.py
