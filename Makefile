# Everything works from an empty clone: each target first makes .venv from the lock, once.
# Needs Python 3.11 or newer (choose one with `make PYTHON=python3.12 setup`) and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
LOCKS  := requirements/bootstrap.lock requirements/dev.lock
# What makes and lints deploy/: 110 MB, installed where it is needed.
TOOLS  := $(VENV)/.deploy
# Set to an empty value to install with pip alone.
UV     ?= $(BIN)/uv
TYPED  := $(wildcard streams schemas tests bench deploy)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test test-pure chaos drills drill-rolling check audit docs format bench bench-compare lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
	  || grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with the locked packages and the twomotion command

demo: $(READY) ## Run the whole system once on a local Kafka and show what it finds
	$(BIN)/twomotion demo

# Three processes: the tests that share a broker run in two of them, one by one, and wait most of the time; the third
# has those that start their own, and those that need none.
test: $(READY) $(TOOLS) ## Run every test (starts its own Kafka)
	$(BIN)/python -m pytest -n 3 --dist loadgroup

test-pure: $(READY) $(TOOLS) ## Run the tests that need no Kafka
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not kafka"

check: $(READY) $(TOOLS) ## Lint, format, types, import contracts, generated files, secrets, vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.generate --check
	$(BIN)/python -m streams.detection.catalog.schema --check
	$(BIN)/python -m streams.lab.backtest.mapping_schema --check
	$(BIN)/python -m streams.lab.reference --check
	$(BIN)/python -m streams.worker.settings_page --check
	$(BIN)/python -m streams.worker.metrics_page --check
	$(BIN)/python -m deploy.rules --check
	$(BIN)/python -m deploy.dashboards --check
	$(BIN)/python -m deploy.lint
	$(BIN)/twomotion signals lint
	$(BIN)/python -m streams.connection.rights_page --check
	$(BIN)/python requirements/check_locks.py
	$(BIN)/python requirements/scan_secrets.py
	$(BIN)/python requirements/audit.py --if-reachable

# In check too, where no answer is no failure. Exit code 3 here.
audit: $(READY) ## Ask a vulnerability service about the locked packages (needs the internet)
	$(BIN)/python requirements/audit.py

docs: $(READY) ## Build the guides and references as a site, into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "build/site/index.html"

format: $(READY) ## Format the code and sort the imports
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(READY) ## Measure one worker's whole path beside stock Faust (build/bench.json, bench.html)
	$(BIN)/python -m bench

bench-compare: $(READY) ## Compare two results: make bench-compare A=before.json B=after.json
	@$(BIN)/python -m bench.compare $(or $(A),$(word 2,$(MAKECMDGOALS))) $(or $(B),$(word 3,$(MAKECMDGOALS)))

# `make bench-compare before.json after.json` works too: the two files are no targets then.
ifeq ($(firstword $(MAKECMDGOALS)),bench-compare)
$(wordlist 2,3,$(MAKECMDGOALS)): ; @:
endif

# The whole run: 100 kills and all else in proportion. ROUNDS=20 is a fifth of it; OPTIONS="--at-least-once".
ROUNDS  ?= 100
SEED    ?= 1
OPTIONS ?=
chaos: $(READY) ## Kill, freeze, scale and poison everything under load; compare all it wrote (ROUNDS, SEED)
	$(BIN)/python -m tests.chaos --rounds $(ROUNDS) --seed $(SEED) $(OPTIONS)

# Needs Prometheus: on the path, or as Debian's package, which is fetched and unpacked by itself.
drills: $(READY) $(TOOLS) ## Make the fault of every alert for real; each has to fire and to clear (build/drills.json)
	$(BIN)/python -m tests.drills

drill-rolling: $(READY) ## Restart three workers one by one under 2,000 events/s; compare all and time every alert
	$(BIN)/python -m tests.chaos.rolling

lock: $(READY) ## Renew the locked versions (Python for every platform, Kafka's jars)
	$(BIN)/python requirements/relock.py
	$(BIN)/python -m streams.devkafka.lock

clean: ## Remove .venv and what tools left behind (not the Kafka in your cache folder)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The lock is installed with uv (about 6 s); where uv cannot reach the index that pip is configured
# for, pip installs the same files (about 25 s). Both check every hash.
$(READY): $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "twomotion needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo 'not there')." >&2; \
	  echo "Install one, or name it: make PYTHON=python3.12 setup" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/bootstrap.lock
	@{ [ -n "$(UV)" ] && UV_NO_CONFIG=1 $(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/dev.lock; } || { \
	  echo "Installing with pip instead ..." >&2; \
	  $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/dev.lock; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): requirements/deploy.lock $(READY)
	@echo "Setting up what makes and lints deploy/ (once) ..."
	@{ [ -n "$(UV)" ] && UV_NO_CONFIG=1 $(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/deploy.lock; } || \
	  $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/deploy.lock
	@touch $@
