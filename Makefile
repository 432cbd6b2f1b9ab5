# From a clean clone: `make ask`, `make test`. Everything goes into .venv/, nothing else on the machine is touched.
PYTHON ?= python3
PIP_FLAGS ?=
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
PARTS := part-0 part-1 part-2 part-3
IMPORTED := faiss, filelock, onnxruntime, tokenizers, rag.cli, rag.indexing.builder, rag.ingestion.chunking, rag.web.app, rag.web.opening
Q ?= Is buttock pain relieved by walking related to Takayasu arteritis, piriformis syndrome, sacroiliac joint dysfunction, or lumbar spinal stenosis?
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint requirements.lock $(PIP_FLAGS)
export Q

.DEFAULT_GOAL := help
.PHONY: help ask serve test check fix index eval bench screenshots lock clean project compiled $(PARTS)

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Sourcebound needs Python 3.11 or later; call make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.product: $(VENV)/.python pyproject.toml requirements.lock
	@echo "Installing into $(VENV)/ (once; torch is large) ..." >&2
	@$(MAKE) --no-print-directory --jobs=$(words $(PARTS)) $(PARTS) 2>/dev/null
	@$(MAKE) --no-print-directory --jobs=2 project compiled
	@touch $@

project:
	@$(INSTALL) --editable .

# The byte code of what the commands import, also where the caller's Python writes none: without it each start compiles
# all of that again.
compiled:
	-@$(BIN)/python -m compileall -q rag
	-@PYTHONDONTWRITEBYTECODE= $(BIN)/python -c 'import $(IMPORTED)' 2>/dev/null

# Several pips at once, each with a part of what the product needs by the lock. The pip after them resolves: it fetches
# what a part could not have or this machine needs besides, and says what is wrong.
$(PARTS): part-%:
	@sed '1d; /^#/,$$d' requirements.lock | awk 'NR % $(words $(PARTS)) == $*' > $(VENV)/$@.txt
	-@$(INSTALL) --no-deps --requirement $(VENV)/$@.txt

$(VENV)/.eval: $(VENV)/.product
	@echo "Installing what the evaluation needs ..." >&2
	@$(INSTALL) --editable '.[eval]'
	@touch $@

$(VENV)/.dev: $(VENV)/.eval
	@echo "Installing what the tests need ..." >&2
	@$(INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	@$(INSTALL) --editable '.[dev,bench]'
	@touch $@

serve: $(VENV)/.product ## Serve the page on this machine: make serve [PORT=8000]
	@$(BIN)/rag serve --port "$(PORT)"

ask: $(VENV)/.product ## Answer a question: make ask Q="..."
	@$(BIN)/rag ask "$$Q"

test: $(VENV)/.dev ## Run all tests
	@$(BIN)/python -m pytest

check: $(VENV)/.dev ## Lint, types, import layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fix: $(VENV)/.dev ## Format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

index: $(VENV)/.product ## Build the index from the corpus
	@$(BIN)/rag index build

eval: $(VENV)/.eval ## Run, judge, score and compare the starter set; the report is runs/starter/report.html
	@$(BIN)/rag-eval run --suite starter --every-audience --anew --out runs/starter
	@$(BIN)/rag-eval judge runs/starter
	@$(BIN)/rag-eval run --suite starter --system baseline-block --anew --out runs/baseline-block
	@$(BIN)/rag-eval judge runs/baseline-block
	@$(BIN)/rag-eval judge --benchmark planted --out runs/benchmarks/planted.json
	@$(BIN)/rag-eval score runs/starter
	@$(BIN)/rag-eval compare runs/baseline-block runs/starter
	@$(BIN)/rag-eval compare runs/baseline-block runs/starter --measure citation_precision --measure nugget_recall
	@$(BIN)/rag-eval report runs/starter --benchmark runs/benchmarks/planted.json --beside runs/baseline-block

bench: $(VENV)/.bench ## Measure ours beside LangChain, LlamaIndex and txtai (about half an hour)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q -j 0 $(VENV)/lib rag eval >/dev/null 2>&1 || true
	@$(BIN)/python -m eval.bench

screenshots: $(VENV)/.dev ## Take the pictures of docs/screenshots anew (needs a browser and the default index)
	@$(BIN)/python tests/web/browser/screenshots.py docs/screenshots

lock: $(VENV)/.bench ## Write requirements.lock anew from what is installed
	@$(BIN)/python .ci/lock.py > $(VENV)/lock && mv $(VENV)/lock requirements.lock

clean: ## Remove the environment and the built indexes
	@rm -rf $(VENV) indexes/*/ runs
