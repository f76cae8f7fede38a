# The same commands here and in CI. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo story test unit integration system browser lint docs constraints bench clean
PY := .venv/bin/python
# Most tests of the whole wait for programs: files side by side take a third of the time. What counts slots, seconds or
# thousands of connections has the machine for itself.
BESIDE := -n 4 --dist loadfile
ALONE := $(addprefix tests/system/test_,edge_limits.py attacks_load.py failover.py faults.py saturation.py worker_polls.py)
# $(call BOTH,FOLDER): the tests of a folder that run beside others, then those alone; it fails when either does.
BOTH = $(PY) -m pytest $(BESIDE) $(addprefix --ignore=,$(ALONE)) $(1); beside=$$?; $(PY) -m pytest $(ALONE) && exit $$beside
WHAT := worker renderer gateway waterfall faults ledger keyed dashboard balancer

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## the whole system on this machine, until Ctrl-C
	@.ci/setup run
	@exec $(PY) -m demo

story: ## the demo's story, unattended: ends with status 0 only if every promise held
	@.ci/setup run
	@exec $(PY) -m demo --story

test: lint ## every check and every test
	@$(call BOTH,)

unit: ## the fast tests: seconds
	@.ci/setup develop
	@$(PY) -m pytest tests/unit

integration: ## the tests with a real Consul and a real nginx
	@.ci/setup develop
	@$(PY) -m pytest $(BESIDE) tests/integration

system: ## the tests of the whole system
	@.ci/setup develop
	@$(call BOTH,tests/system)

browser: ## the tests of the dashboard, in Chromium
	@.ci/setup develop
	@$(PY) -m pytest $(BESIDE) tests/browser

bench: ## figures, as ratios against what stands beside; all, or WHAT=gateway: docs/benches.md
	@.ci/setup bench
	@for what in $(WHAT); do $(PY) -m bench.$$what || exit; done

lint: ## style, types
	@.ci/setup develop
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

docs: ## make the generated pages anew
	@.ci/setup develop
	@$(PY) -m tests.pages

constraints: ## pin what we depend on anew, with hashes (needs uv)
	@for kind in "constraints.txt" "constraints-dev.txt --extra dev"; do set -- $$kind; \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make constraints" \
	    pyproject.toml -o $$@; done

clean: ## take away everything that was made here
	@rm -rf .venv .tools .run .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
	@find . -name __pycache__ -prune -exec rm -rf {} +
