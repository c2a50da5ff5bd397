# Every target stands alone: it installs what it needs (on Debian, as root) or says what to install.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help build run test lint fmt bench crash book clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build the portal and the program: target/release/roadstead
	@tools/prepare build && tools/build

run: ## Build, run the demonstration, then keep serving (ARGS=--once: stop after it)
	@tools/prepare run && program=$$(tools/build) && exec "$$program" demo $(ARGS)

test: ## Run every test; the last line counts them
	@tools/prepare test && tools/test

lint: ## Check format, types, lints, scripts
	@tools/prepare lint && tools/lint

fmt: ## Format the code
	@tools/prepare lint && tools/with-rust cargo fmt --all && tools/portal modules && tools/with-node npm --silent --prefix portal run fmt

bench: ## Run the benchmarks against their targets (ID=name: only that one)
	@tools/prepare run && tools/bench $(ID)

crash: ## Kill the program at random moments, N times (default 300), and see it converge
	@tools/prepare test && tools/crash $(N)

book: ## Build the book: target/book/index.html (the first time it builds mdBook, which takes minutes)
	@tools/prepare build && tools/book

clean: ## Remove what was built and measured
	@tools/with-rust cargo clean && rm -rf target bench/results portal/dist portal/.stamp portal/node_modules
