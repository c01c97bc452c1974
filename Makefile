# Two commands matter: `make run` and `make test`. Each installs what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PORT ?= 8000
export RAI_VAR ?= $(CURDIR)/var
export DEMO ?= 1
export PYTHONDONTWRITEBYTECODE := # compiled once, read by every process
UV := .tools/bin/uv
APT := $(shell [ "$$(id -u)" = 0 ] || echo sudo) env DEBIAN_FRONTEND=noninteractive apt-get
PDF_LIBRARIES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0

.PHONY: help run test check bench validate clean administrator install install-dev format services

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

run: install ## Install, migrate, seed the demo, start web and worker (PORT, RAI_VAR, DEMO=0)
	@exec .venv/bin/python -m rai_portal.launch

test: install-dev ## Run every test, on SQLite and PostgreSQL, with real brokers and a real browser
	@.venv/bin/python -m tests

check: install-dev ## Lint, types, layers, templates, migrations, dependencies, spelling
	ruff format --check .
	ruff check .
	mypy rai_portal registry evaluations assessments tests
	lint-imports
	djlint templates --lint --quiet
	RAI_VAR=$(CURDIR)/.tools/check-var python manage.py makemigrations --check --dry-run --verbosity 0
	RAI_VAR=$(CURDIR)/.tools/check-var python manage.py check --fail-level WARNING
	RAI_VAR=$(CURDIR)/.tools/check-var RAI_PRODUCTION=1 python manage.py check --deploy --fail-level WARNING
	RAI_VAR=$(CURDIR)/.tools/check-var $(UV) run --quiet --isolated --frozen --no-dev python manage.py check # as installed to run
	deptry rai_portal registry evaluations assessments
	typos
	$(UV) lock --check --quiet

bench: install-dev ## Measure speed as ratios to named references
	@.venv/bin/python -m tests.benchmarks

validate: install-dev ## Simulate the error rates of verdicts against the declared levels
	@.venv/bin/python -m tests.validation

administrator: install ## Make the first administrator of an empty portal
	@.venv/bin/python manage.py first_administrator

format: install-dev ## Format the code
	ruff format . && ruff check --fix .

clean: ## Remove what was installed; your data in var/ stays
	rm -rf .venv .tools static/node_modules static/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

install: .venv/.installed static/dist/.built

install-dev: .venv/.installed-dev static/dist/.built
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	 { echo "installing Chromium for the browser tests"; $(APT) update -qq && $(APT) install -y -qq chromium; } || \
	 { echo "Install Chromium for the browser tests: apt-get install chromium"; exit 1; }

$(UV):
	@echo "installing uv into .tools"
	@python3 -m venv .tools >/dev/null 2>&1 || { $(APT) update -qq && $(APT) install -y -qq python3-venv && python3 -m venv .tools; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

.venv/.installed: $(UV) pyproject.toml uv.lock
	@echo "installing Python packages"
	@$(UV) sync --quiet --frozen --inexact --no-dev
	@.venv/bin/python -c "import weasyprint" >/dev/null 2>&1 || \
	 { echo "installing the system libraries for PDFs"; $(APT) update -qq && $(APT) install -y -qq $(PDF_LIBRARIES); } || \
	 { echo "PDFs need Pango: install $(PDF_LIBRARIES)"; exit 1; }
	@touch $@

.venv/.installed-dev: .venv/.installed
	@$(UV) sync --quiet --frozen # exactly what is locked: what was dropped must not be there to be used
	@touch $@

static/dist/.built: .venv/.installed static/package.json static/package-lock.json static/build.mjs
	@echo "installing front-end assets"
	@cd static && npm ci --silent --no-audit --no-fund && node build.mjs
	@touch $@
