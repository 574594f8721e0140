# The commands of this repository. `make run` and `make test` are all that most people need; both install what is
# missing under ~/.cache/hdf5-async, skip what is already done, and say what each step took.

.PHONY: help run build dashboard test soak lint format clean clean-tools
.DEFAULT_GOAL := help

help:
	@echo 'make run [PATHS="FILE_OR_DIRECTORY..."] [ARGS="--option..."]'
	@echo '                 build what has changed, serve the files (or a demo file), print the address'
	@echo 'make test        everything that must hold: format, lints, licenses, tests in Rust, Python and Chromium'
	@echo 'make soak        tests that find more the longer they run (HDF5_ASYNC_SOAK_SECS, 600 by default)'
	@echo 'make build       target/release/hdf5-async, the server with the dashboard inside'
	@echo 'make dashboard   only the dashboard, into dist/'
	@echo 'make lint        only what reads the sources: format, clippy, ruff, mypy, shellcheck'
	@echo 'make format      write Rust and Python in the form that lint asks for'
	@echo 'make clean       remove what was built here'
	@echo 'make clean-tools remove the tools that were installed under ~/.cache/hdf5-async'

# Without PATHS: a demo file with a writer that keeps appending. `hdf5-async serve --help` lists what ARGS may be.
run: build
	@exec target/release/hdf5-async $(if $(PATHS),serve,demo) $(PATHS) $(ARGS)

# The server embeds dist/ and is therefore built second.
build:
	@scripts/dashboard.sh
	@scripts/server.sh

dashboard:
	@scripts/dashboard.sh

test:
	@scripts/check.sh

soak:
	@scripts/soak.sh

lint:
	@scripts/lint.sh

format:
	@scripts/format.sh

clean:
	rm -rf target dist

clean-tools:
	@scripts/clean-tools.sh
