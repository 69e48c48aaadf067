# make demo: set up everything and do the main job once.   make test: set up everything and test.
# make check: what is worth knowing before a commit, within a minute (CONTRIBUTING.md).
# Everything lives in .venv/; PYTHON picks the interpreter (3.11, 3.12 or 3.13).

PYTHON ?= python3
VENV := $(CURDIR)/.venv
READY := $(VENV)/.ready
# nbgrader calls alembic by name when it makes a gradebook, so the environment leads the PATH.
export PATH := $(VENV)/bin:$(PATH)
export VIRTUAL_ENV := $(VENV)
unexport PYTHONPATH PYTHONHOME

.PHONY: setup demo check quick test bench lint notebooks clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[course,test,cluster]'
	@touch $(READY)

demo: setup
	$(VENV)/bin/python -m autograder demo

# On two cores at once; the output of each comes when it is done.
check: setup
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint quick

# Starts no kernel and imports no TensorFlow.
quick: setup
	$(VENV)/bin/python -m pytest -m 'not slow and not kernel and not browser and not gpu'

test: setup lint
	$(VENV)/bin/python -m pytest

bench: setup
	$(VENV)/bin/python -m benchmarks

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/codespell
	$(VENV)/bin/python -m tools.house

# After editing notebooks/*.md, source/*.ipynb or course.toml: bring all in step, make the releases.
notebooks: setup
	$(VENV)/bin/jupytext --sync source/*/*.ipynb
	$(VENV)/bin/python -m autograder address
	$(VENV)/bin/jupytext --sync source/*/*.ipynb
	for folder in source/*/; do $(VENV)/bin/nbgrader generate_assignment "$$(basename $$folder)" || exit 1; done

clean:
	rm -rf $(VENV) build dist *.egg-info demo
