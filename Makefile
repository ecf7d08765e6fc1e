# Everything runs in one virtual environment. Set-up happens once, and again only when the pins change:
# the stamp's name carries their checksum.
#
#   make verify      every claim: prove, refute, compare with the recorded verdicts
#   make test        the test suite             make lint    ruff and mypy
#   make demos       the figures, in build/     make docs    the site, in build/site
#   make bench       the benchmarks             make clean   throw away what was built (not the environment)
#   make mutants     break the code on purpose, and count how often a check notices; MUTANTS=kernel, formulas or claims

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
# Options for every demo, e.g. DEMO_ARGS=--quick
DEMO_ARGS ?=
DEMO_OUT  ?= build/demos

BIN   := $(VENV)/bin
STAMP := $(VENV)/installed-$(shell cat pyproject.toml constraints.txt | cksum | cut -d ' ' -f 1)
DEMOS := $(sort $(filter-out demos/_%,$(wildcard demos/*_*.py)))

# One thread a process: parallelism comes from processes.
export OMP_NUM_THREADS ?= 1

.PHONY: verify test demos docs lint bench mutants clean setup
.DEFAULT_GOAL := verify

setup: $(STAMP)

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stepverdict: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation \
		--editable '.[test,docs,data,cluster,cuda,dev]'
	@rm -f $(VENV)/installed-*
	@touch $@

verify: $(STAMP)
	$(BIN)/stepverdict verify --jobs $(JOBS)

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS)

demos: $(STAMP) $(DEMOS:%=run-%)

run-demos/%: demos/% $(STAMP)
	$(BIN)/python $< --output $(DEMO_OUT) $(DEMO_ARGS)

docs: $(STAMP)
	$(BIN)/python -m sphinx -b html --fail-on-warning --keep-going docs build/site

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Benchmarks are files bench_*.py, which the test suite does not collect.
bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable '.[bench]'
	@if [ -d tests/benchmarks ]; then \
		$(BIN)/python -m pytest tests/benchmarks -o python_files='bench_*.py' -s; \
	else echo "no benchmarks yet: tests/benchmarks does not exist"; fi

# Hours; interrupt it whenever you like, it goes on where it stopped. Only a temporary copy is mutated.
mutants: $(STAMP)
	nice -n 19 $(BIN)/python -m tests.mutation.run $(MUTANTS)

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(wildcard theory dynamics tests demos docs) -name __pycache__ -type d -prune -exec rm -rf {} +
