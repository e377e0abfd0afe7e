# The front door: `make` lists what there is. Everything runs in .venv, which `make setup` fills from uv.lock.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
SOURCE ?= live
PROFILE ?= members

.DEFAULT_GOAL := help
.PHONY: help setup notebooks test data lab live refresh measured bench index style environment assign grade prove hub clean

help:          ## list the targets
	@grep -hE '^[a-z]+: .*##|^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/ready    ## make the environment from the lock, if it is missing or older than the lock

.venv/ready: uv.lock pyproject.toml
ifeq ($(UV),)
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv sync --quiet --frozen --active --inexact
else
	$(UV) sync --quiet --frozen --python $(PYTHON)
endif
	@$(BIN)/python -c "import matplotlib.font_manager"  # finds the fonts once; a lesson should not have to wait for it
	@touch $@

notebooks: setup    ## run and check every notebook on its fixtures, and write the report: [NOTEBOOK=education/...]
	@$(BIN)/python -m ci run $(NOTEBOOK)

test: setup    ## everything: tests, assignments, house style and notebooks
	@$(BIN)/python -m ci style
	@$(BIN)/python -m ci run
	@$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/hub
	@$(BIN)/python -m pytest tests/hub
	@$(BIN)/python -m teaching prove --jobs 2

data: setup    ## fetch the pinned public files for source="measured", verify them, and keep them: [NAME=htm-fluxes]
	@$(BIN)/python -m fieldnotes.pinned $(NAME)

lab: setup    ## open JupyterLab
	@$(BIN)/jupyter lab --notebook-dir=notebooks

live: setup    ## run the notebooks that have a live route on live data (or SOURCE=measured, SOURCE=folder); promises decide
	@$(BIN)/python -m ci run --source $(SOURCE)

refresh: setup    ## execute what changed and write its outputs (the only way), then the index: [NOTEBOOK=education/...]
	@$(BIN)/python -m ci refresh $(NOTEBOOK)
	@$(BIN)/python -m ci index

measured: setup    ## write the measured editions of the lessons that have measurements: [NOTEBOOK=collection/name]
	@$(BIN)/python -m ci measured $(NOTEBOOK)
	@$(BIN)/python -m ci index

bench: setup    ## time the runner against papermill then nbval, and against nbmake
	@$(BIN)/python -m ci bench

index: setup    ## write the tables of README.md and docs/index.md from the notebooks
	@$(BIN)/python -m ci index

style: setup    ## hold every notebook to the house style: [NOTEBOOK=education/...]
	@$(BIN)/python -m ci style $(NOTEBOOK)

environment: setup    ## write environment.yml from pyproject.toml
	@$(BIN)/pyproject2conda project

grade: setup     ## grade what came back: NOTEBOOK=education/... (or the folder that assign made) IN=submissions.zip
	@$(BIN)/python -m teaching grade "$(IN)" --assignment "$(NOTEBOOK)"

assign: setup    ## hand out a lesson: NOTEBOOK=education/does-the-air-breathe [OUT=folder] [PARAMS="last_year=1990"]
	@$(BIN)/python -m teaching assign $(NOTEBOOK) $(PARAMS) $(if $(OUT),--out "$(OUT)")

prove: setup    ## prove that every assignment marks right and wrong answers as it should: [NOTEBOOK=education/...]
	@$(BIN)/python -m teaching prove $(NOTEBOOK)

hub: setup hub/.venv/ready    ## run a service on this machine: PROFILE=members, open or course (as root)
	@hub/.venv/bin/python -m hub up $(PROFILE)

hub/.venv/ready: hub/uv.lock hub/pyproject.toml hub/package-lock.json
ifeq ($(UV),)
	$(PYTHON) -m venv --clear hub/.venv
	hub/.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	VIRTUAL_ENV=$(CURDIR)/hub/.venv hub/.venv/bin/uv sync --quiet --frozen --active --inexact --project hub
else
	$(UV) sync --quiet --frozen --python $(PYTHON) --project hub
endif
	@mkdir -p hub/.venv/proxy && cp hub/package.json hub/package-lock.json hub/.venv/proxy
	@cd hub/.venv/proxy && PATH="$(CURDIR)/hub/.venv/bin:$$PATH" npm ci --silent --no-audit --no-fund
	@touch $@

clean:         ## remove what can be made again, except the environment
	rm -rf _build .pytest_cache .ruff_cache
