# Every target sets up what it needs: a virtual environment in .venv, Node packages in node_modules.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOP := $(VENV)/.develop
NODE_MODULES := node_modules/.installed
# What to package the VS Code client for (client-vscode/scripts/package.py).
TARGETS ?=
# Further arguments, as in `make test-python ARGS=tests/syntax` or `make bench ARGS=--help`.
ARGS ?=

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test test-python test-client test-vscode lint lint-python lint-client oracle bench soak docs vsix pictures editors vscode clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

# Exit code 1 says that there are findings, or that there is something to fix: here there is.
demo: $(INSTALLED) ## Check examples/shop and show its safe fixes
	$(BIN)/sqlassay --version
	$(BIN)/sqlassay check examples/shop || test $$? -eq 1
	$(BIN)/sqlassay fix --diff examples/shop || test $$? -eq 1

test: test-client test-vscode test-python ## Run every test

test-python: $(DEVELOP) editors ## Run the Python tests
	$(BIN)/pytest -n auto $(ARGS)

test-client: lint-client ## Lint, build and test the VS Code client
	npm run build
	npm run test

test-vscode: $(DEVELOP) $(NODE_MODULES) vscode ## Drive VS Code in a browser, with the packaged client
	SQLASSAY_PYTHON=$(abspath $(BIN))/python npm run e2e --workspace client-vscode

lint: lint-python lint-client ## Run every linter, formatter and type checker

lint-python: $(DEVELOP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-client: $(NODE_MODULES)
	npm run lint

oracle: $(DEVELOP) ## Compare our graph with SQLAlchemy's own (tests/oracle/README.md)
	$(BIN)/python -m tests.oracle.compare $(ARGS)

bench: $(DEVELOP) ## Measure speed and memory
	$(BIN)/python benchmarks/run.py $(ARGS)

soak: $(DEVELOP) ## Work in front of the server for two hours at ten times the speed of people
	$(BIN)/python benchmarks/soak.py $(ARGS)

docs: $(INSTALLED) ## Write the rule pages from the rules' docstrings
	$(BIN)/python -m sqlassay.rules.pages docs/rules

vsix: $(INSTALLED) $(NODE_MODULES) ## Package the VS Code client, for this machine or for TARGETS=all
	$(BIN)/python client-vscode/scripts/package.py $(TARGETS)

pictures: $(INSTALLED) $(NODE_MODULES) vscode ## Take the pictures of the README files, in that same VS Code
	SQLASSAY_PYTHON=$(abspath $(BIN))/python npm run pictures --workspace client-vscode

editors: ## Install the editors that tests/e2e drives, where that is allowed
	@has() { emacs --batch --eval "(progn (package-initialize) (require '$$1))" 2>/dev/null; }; \
	install() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$$@"; }; \
	command -v nvim >/dev/null && has eglot && has lsp-mode && exit 0; \
	if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
		apt-get -qq update && install neovim emacs-nox elpa-lsp-mode && { has eglot || install elpa-eglot; } && exit 0; \
	fi; \
	printf '%s\n' '' '*** Neovim or Emacs with eglot and lsp-mode is missing and could not be installed:' \
		'*** the tests that drive them will be SKIPPED. On Debian: apt-get install neovim emacs-nox elpa-eglot elpa-lsp-mode' ''

vscode: ## Install the VS Code and the browser that make test-vscode drives, where that is allowed
	@ready() { for each in chromium chromium-browser google-chrome; do \
			command -v $$each >/dev/null && command -v rg >/dev/null && command -v c++ >/dev/null && return; done; return 1; }; \
	if ! ready && [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
			chromium fonts-dejavu-core ripgrep build-essential; \
	fi; \
	ready && client-vscode/e2e/install.sh .editors/code-server || \
	printf '%s\n' '' '*** Chromium or code-server is missing and could not be installed: VS CODE WILL NOT BE TESTED.' \
		'*** On Debian: apt-get install chromium fonts-dejavu-core ripgrep build-essential; Node must be 20.' ''

# pip reads dependency groups from 25.1 on; older Pythons bring an older pip.
$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Sqlassay needs Python 3.10 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "No virtual environment could be made; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(DEVELOP): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

$(NODE_MODULES): package.json package-lock.json client-vscode/package.json
	@node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' || \
		{ echo "The VS Code client needs Node 20.19 or newer. Without it: make test-python" >&2; exit 1; }
	npm ci --no-progress
	@touch $@

clean: ## Remove what the other targets made
	rm -rf $(VENV) node_modules client-vscode/dist client-vscode/out client-vscode/*.vsix client-vscode/build dist build .artifacts
	rm -rf client-vscode/bundled/libs client-vscode/bundled/contents.json .editors
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .sqlassay_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
