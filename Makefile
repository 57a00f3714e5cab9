# The commands of this repository. `make help` tells them.

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check lint format lock audit sbom bench screenshots clean

BIN := .venv/bin
# No process of ours writes bytecode into the checkout: made here after every change, it saves each the better half of a
# second. Of the files that they begin with, Python would write it before a line of ours runs.
BYTECODE = $(BIN)/python -m compileall -q wsgi.py gunicorn.conf.py newsletter migrations
AUDIT = PYTHONPATH=.venv/audit $(BIN)/python -m
# One more than there are cores, since some tests wait. Each has a PostgreSQL of its own, so there are five at most.
WORKERS = $(shell cores=$$(nproc 2>/dev/null || echo 1); echo $$((cores < 5 ? cores + 1 : 5)))
COMPILE = UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-header $(ARGS)

help: ## Tell what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/runtime.stamp ## Make .venv/ from the pinned requirements
	@$(BYTECODE)

setup-dev: .venv/dev.stamp ## Make .venv/ with what tests and checks need on top
	@$(BYTECODE)

run: setup ## Start the service with a mailbox; ends with a URL to open
	@exec $(BIN)/python -B -m newsletter.demo

test: lint ## Run every check, then every test (ARGS="-k confirm" for some)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: test ## The same as test

lint: setup-dev ## Check style, types and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

format: setup-dev ## Rewrite the code in the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: setup-dev ## Pin anew what the .in files name (ARGS=--upgrade for newer versions)
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in
	$(COMPILE) --output-file requirements-audit.txt requirements-audit.in
	$(subst --universal,,$(COMPILE)) --output-file requirements-mailman.txt requirements-mailman.in
	$(COMPILE) --output-file requirements-floor.txt requirements-floor.in

audit: .venv/audit.stamp ## Look up known faults of what is pinned (needs the network; fails when it cannot tell)
	$(AUDIT) pip_audit --strict --require-hashes --disable-pip --requirement requirements.txt

sbom: .venv/audit.stamp ## Write the bill of materials, sbom.json (CycloneDX)
	$(AUDIT) cyclonedx_py requirements --output-reproducible --of JSON --output-file sbom.json requirements.txt

bench: .venv/floor.stamp ## Measure this service beside the bare floor (ARGS="...")
	@$(BYTECODE)
	$(BIN)/python -m bench $(ARGS)

screenshots: setup-dev ## Picture every page and letter into screenshots/ (ARGS="signup confirm" for some)
	$(BIN)/python -m tests.browser.gallery screenshots $(ARGS)

clean: ## Remove .venv/ and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov screenshots sbom.json
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp is newer than what went into it. The interpreter counts too: after an upgrade of the system it may be gone.
.venv/runtime.stamp: requirements.txt tools/setup $(BIN)/python
	@tools/setup requirements.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt tools/setup $(BIN)/python
	@tools/setup requirements.txt requirements-dev.txt
	@touch .venv/runtime.stamp $@

# What is not to meet our own libraries lives in a folder beside them.
.venv/audit.stamp .venv/floor.stamp: .venv/%.stamp: requirements-%.txt .venv/dev.stamp
	@rm -rf .venv/$*
	@set -- install --quiet --require-hashes --target .venv/$* --requirement $<; \
		UV_COMPILE_BYTECODE=1 $(BIN)/uv pip "$$@" 2>/dev/null || $(BIN)/python -m pip "$$@"
	@touch $@

$(BIN)/python:
