# The commands of this project. Run `make` to list them.
# They work with GNU make 3.81 or newer (Linux, macOS). README.md has the command for Windows.

PORT   ?= 8888
FAST   ?=
TORCH  ?=
PYTHON ?=
NEWEST ?=
WHEELS ?=
ZIP    ?=
ONLY   ?=

SHELL         := /bin/sh
.DEFAULT_GOAL := help

PY        := .venv/bin/python
FAST_FLAG := $(if $(filter-out 0 no off false,$(FAST)),--fast)
# $(call ON,NAME,text) gives the text if the option NAME is switched on.
ON         = $(if $(filter-out 0 no off false,$($(1))),$(2))
# Notebooks run in other folders, where a relative path would lead nowhere.
ifneq ($(MNIST_DATA_DIR),)
export MNIST_DATA_DIR := $(shell cd '$(MNIST_DATA_DIR)' 2>/dev/null && pwd || echo '$(MNIST_DATA_DIR)')
endif

# Threads that spin for long while they wait make training many times slower as soon as another
# program is busy.
export GOMP_SPINCOUNT ?= 10000

# The kernel of .venv takes precedence over an older one in the user's home.
export JUPYTER_PREFER_ENV_PATH := 1

# $(call ANY_PYTHON,module and options): for modules that need only the standard library, so that
# any Python will do.
define ANY_PYTHON
@unset PYTHONHOME PYTHONPATH; \
for python in .venv/bin/python $(if $(PYTHON),'$(PYTHON)') \
        python3 python3.14 python3.13 python3.12 python3.11 python; do \
    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then \
        exec "$$python" -m $(1); \
    fi; \
done; \
echo 'This project needs Python 3.11 to 3.14, and none was found. Install one from' \
    'https://www.python.org/downloads/ or with the package manager of your system.' >&2; exit 1
endef
SET_UP = $(call ANY_PYTHON,tools.setup_env --torch '$(TORCH)' --python '$(PYTHON)' \
    --newest '$(NEWEST)' $(1))

.PHONY: help lab update fresh quick test bounds run notebooks exercises quizzes classroom grading students slides site links types lint bench setup dev proven clean

help: ## show this list
	@echo "Commands:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Options, written after the command:"
	@printf '  %-21s %s\n' 'PORT=9000' 'another port for `make lab` (default 8888)'
	@printf '  %-21s %s\n' 'FAST=1' '`make run` with fewer images'
	@printf '  %-21s %s\n' 'ONLY=03' '`make fresh` for the notebooks of one number'
	@printf '  %-21s %s\n' 'WHEELS=1' '`make classroom` with all packages, for computers like this one'
	@printf '  %-21s %s\n' 'ZIP=1' '`make classroom` as one zip'
	@printf '  %-21s %s\n' 'TORCH=cpu' "PyTorch's CPU build, though there is an NVIDIA card"
	@printf '  %-21s %s\n' 'TORCH=default' "the build of PyTorch that the ordinary registry has"
	@printf '  %-21s %s\n' 'PYTHON=python3.12' 'the Python to set up with (3.11 to 3.14)'
	@printf '  %-21s %s\n' 'NEWEST=1' 'the newest packages, not those that the tests passed with'

lab: ## open JupyterLab at the first notebook
	$(call SET_UP,--lab --port '$(PORT)')

update: ## fetch the newest version of the course; your work is kept
	$(call ANY_PYTHON,tools.course update)

fresh: ## restore the original notebooks, for you or the next class; your work is kept
	$(call ANY_PYTHON,tools.course fresh $(ONLY))

quick: dev ## check style, types, spelling, links and fast tests (two minutes)
	@$(PY) -m tools.check quick

test: dev ## check everything, slow tests and every notebook too (20 to 30 minutes)
	@$(PY) -m tools.check all

bounds: dev ## test with the lowest versions of the packages, and with Colab's (ten minutes)
	@$(PY) -m tools.bounds

run: setup ## run the whole series without a browser; results in runs/series
	@$(PY) -m mnist_helpers run --out runs/series $(FAST_FLAG)

notebooks: dev ## run all notebooks again and store their new outputs
	@$(PY) -m tools.notebooks refresh

exercises: setup ## make the students' notebooks from the solutions
	@$(PY) -m tools.exercises

quizzes: dev ## make the quizzes for paper and for Moodle: runs/quizzes
	@$(PY) -m tools.quizzes

classroom: dev ## write the offline pack for a USB stick: runs/classroom
	@$(PY) -m tools.site
	@$(PY) -m tools.classroom --site runs/site $(call ON,WHEELS,--wheels) $(call ON,ZIP,--zip)

grading: dev ## make a course folder for nbgrader, for grading: runs/nbgrader
	@$(PY) -m tools.grading

students: ## put the series without solutions into the branch of the students' links
	$(call ANY_PYTHON,tools.students)

slides: setup ## make slides of all notebooks for a projector: runs/slides
	@$(PY) -m tools.slides

site: dev ## make the course's website from the stored outputs: runs/site
	@$(PY) -m tools.site

links: setup ## write the public address (pyproject.toml) into notebooks and pages
	@$(PY) -m tools.links

types: dev ## check the types: mypy lists the mistakes
	@$(PY) -m mypy

lint: dev ## format and fix the code: ruff fixes what it can and lists the rest
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: dev ## measure the training recipes again (minutes)
	@$(PY) -m benchmarks.training
	@$(PY) -m benchmarks.steps

setup: ## make .venv and install what the lessons need (`make lab` and `make run` do it first)
	$(call SET_UP,$(if $(filter setup,$(MAKECMDGOALS)),--say))

dev: ## install also what changing the project needs (`make quick` and `make test` do it first)
	$(call SET_UP,--dev $(if $(filter dev,$(MAKECMDGOALS)),--say))

proven: dev ## write requirements/proven.txt: the versions that are installed now
	@$(PY) -m tools.proven

clean: ## remove .venv, .bounds and caches; your runs stay
	rm -rf .venv .bounds .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
