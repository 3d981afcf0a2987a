# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Both need Rust (rustup), Node 20 or later with npm, and a C compiler; they say so when one is missing.

.PHONY: demo test ui build install bench parity lint deny clean-demo help

help:
	@echo 'make demo     build everything and open a sample company on http://127.0.0.1:7979'
	@echo 'make test     run every test: Rust, user interface, browser'
	@echo 'make install  build fully optimised and install `perennial` into ~/.cargo/bin'
	@echo 'make bench    measure against DuckDB, ClickHouse and Polars (benches/versus)'
	@echo 'make parity   hold the models against scikit-learn, lifetimes, lifelines, factor_analyzer (benches/parity)'
	@echo 'make lint     clippy and formatting'
	@echo 'make deny     licences, sources and bans of every dependency'

demo: ui
	@scripts/need.sh cargo cc
	cargo build --locked --bin perennial
	target/debug/perennial demo

test:
	@scripts/test.sh

ui:
	@scripts/need.sh npm
	cd ui && npm ci --no-audit --no-fund && npm run build

build: ui
	cargo build --locked --bin perennial

install: ui
	cargo install --locked --path crates/perennial

bench:
	@benches/versus/run.sh

parity:
	@benches/parity/run.sh

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

deny:
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny --offline check licenses bans sources

clean-demo:
	rm -rf perennial-demo
