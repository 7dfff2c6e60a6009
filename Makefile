# Every command a person needs. `make setup` is implied by the others.
PY := .venv/bin/python
# Two halves: what runs in one process and without a server, with coverage measured; then real processes,
# whose coverage would cost more than it tells, and the same stores on PostgreSQL.
# More at once than most machines have cores: many tests wait for processes and locks of theirs.
SIDE_BY_SIDE := -n 4 --dist loadfile
FIRST := -m "not postgresql and not slow"
SECOND := -m "postgresql or slow"
.PHONY: setup demo test check bench lock clean

setup: .venv/.ready

.venv/.ready: constraints.txt pyproject.toml
	@test -x $(PY) || python3 -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	@.venv/bin/cdp demo

test: setup
	@.venv/bin/coverage erase
	@.venv/bin/coverage run -m pytest $(SIDE_BY_SIDE) $(FIRST)
	@.venv/bin/coverage combine --quiet
	@.venv/bin/coverage report
	@.venv/bin/coverage report --fail-under=100 --include='identity/*,consent/*'
	@.venv/bin/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(SECOND)

check: setup
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/lint-imports
	@.venv/bin/mypy
	@$(MAKE) --no-print-directory test

# Short versions, a few minutes in all. `make bench POSTGRESQL=postgresql://...` does both databases.
bench: setup
	@$(PY) -m benchmarks context_read --rounds 4 --seconds 0.5 $(if $(POSTGRESQL),--postgresql $(POSTGRESQL))
	@$(PY) -m benchmarks landing --rounds 3 $(if $(POSTGRESQL),--postgresql $(POSTGRESQL))
	@$(PY) -m benchmarks growth --rounds 3 --sizes 30000 $(if $(POSTGRESQL),--postgresql $(POSTGRESQL))
	@$(PY) -m benchmarks withdrawal_race --seconds 4 $(if $(POSTGRESQL),--postgresql $(POSTGRESQL))

# Needs uv on the PATH. The file it writes holds hashes and no addresses.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	  --extra dev pyproject.toml -o constraints.txt

clean:
	rm -rf .venv .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
