# `make run` signs a sample bulletin, `make test` runs every test; both install what a Debian lacks.

# One target folder outside the clone, so that a second clone does not build Bevy again.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/nashra/target

NASHRA = $(CARGO_TARGET_DIR)/debug/nashra

.PHONY: run test build setup networks lint doc bench bench-train parity install help

help: ## Say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

run: build ## Sign a sample bulletin: in a window where there is a display, else into bulletin.mp4
	@if [ -n "$$DISPLAY" ]; then \
		echo "Signing assets/bulletin.txt in a window (? shows the keys)."; \
		$(NASHRA) sign - < assets/bulletin.txt; \
	else \
		echo "No display (DISPLAY is not set): signing assets/bulletin.txt into bulletin.mp4."; \
		$(NASHRA) render - -o bulletin.mp4 < assets/bulletin.txt; \
	fi

test: setup ## Run all tests
	cargo test

build: setup
	cargo build

setup: ## Install the system packages that are missing (Debian and its kin; elsewhere, say which)
	@scripts/setup

networks: build ## Install MediaPipe Holistic's networks into the user's data folder, through pip
	$(NASHRA) models install holistic

lint: ## Format, clippy and documentation, warnings as errors
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --no-default-features --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

doc: ## Open the library's documentation
	cargo doc --no-deps --open

bench: ## Run the benchmarks
	cargo bench

bench-train: ## Time a step of training of each network here and in PyTorch, one thread each (PYTHON has torch)
	@for name in sign-clip vq-vae gpt motion-clip; do \
		RAYON_NUM_THREADS=1 cargo bench -q --no-default-features --bench train_step -- $$name && \
		$(or $(PYTHON),python3) scripts/bench_train.py $$name || exit 1; \
	done

parity: setup ## Print how far every network is from its reference: network, tensor, largest difference
	@cargo test --no-default-features --lib models:: -- --nocapture --test-threads 1 | grep -o 'parity |.*'

install: setup ## Install an optimised nashra into cargo's bin folder
	cargo install --path . --locked
