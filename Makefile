# Each target sets up what it needs, in .venv, from the versions pinned in constraints.txt. No root, no activation.

PYTHON ?= python3
# On Linux without a GPU, `make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu` saves gigabytes of CUDA.
TORCH_INDEX ?=

BIN := .venv/bin
READY := .venv/.ready
PIP_INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: help setup demo test test-fast test-gpu bench soak term lint format new-exercise release docs images pins clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## Make .venv with everything in it
$(READY): pyproject.toml autograder/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name one with: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up .venv; torch is large, so the first time takes a minute or two."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install $(PIP_INDEX) -c constraints.txt -e ".[dev]" -e "./autograder[cluster]"
	$(BIN)/jupyter kernelspec install --sys-prefix autograder/sandbox/kernels/walled
	@touch $(READY)

demo: $(READY) ## Hand in, grade and feed back a sample class, in build/demo/
	$(BIN)/course demo

test: $(READY) ## Run the whole test suite, fast tests first
	$(BIN)/python -m pytest tests/unit -n 2
	$(BIN)/python -m pytest tests/security -n 2 --dist loadfile
	$(BIN)/python -m pytest tests/course tests/term tests/browser

test-fast: $(READY) ## Run what takes seconds
	$(BIN)/python -m pytest tests/unit -n 2

test-gpu: $(READY) ## Run what needs a GPU, in five minutes; without one, say loudly that nothing was tried
	$(BIN)/python -m pytest tests/gpu --durations=5

bench: $(READY) ## Measure speed; prints figures, judges nothing
	$(BIN)/python bench/engine.py
	$(BIN)/python bench/pictures.py
	$(BIN)/python bench/grading.py

soak: $(READY) ## Kill the grader ten times over 500 submissions, and compare gradebooks
	$(BIN)/python bench/soak.py

term: $(READY) ## Play a whole term with 120 students, and check every number
	$(BIN)/python tests/term/play.py build/term

lint: $(READY) ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY) ## Bring the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

new-exercise: $(READY) ## Begin one: make new-exercise SET=ps2 NOTEBOOK=2_analytic NAME=chain_rule POINTS=4
	$(BIN)/course new-exercise $(SET) $(NOTEBOOK) $(NAME) --points $(or $(POINTS),1)

release: $(READY) ## Generate release/ from source/, and prove that it is sound
	$(BIN)/course release
	$(BIN)/course sound
	$(BIN)/python -m pytest tests/course/test_soundness.py

docs: $(READY) ## Make the site in build/site/; a warning is an error
	@rm -rf build/site
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env -d build/doctrees docs build/site
	@echo "To read it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site"

images: $(READY) ## Draw the pictures of the README and the docs anew
	$(BIN)/python docs/make_images.py
	$(BIN)/python docs/make_screenshots.py

pins: $(READY) ## Write the versions in .venv to constraints.txt
	{ head -1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu//'; } > constraints.new
	mv constraints.new constraints.txt

clean: ## Remove what was made here, .venv included
	rm -rf .venv build dist *.egg-info autograder/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
