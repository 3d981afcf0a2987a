#!/usr/bin/env bash
# Builds Perennial fully optimised, sets up the newest peers, and measures them side by side.
# BENCH_EVENTS says how many events (default: 20 and 100 million; the latter needs 12 GB of memory),
# BENCH_GROWTH with how many the measure of growth begins (default: 5 million, to 40 million).
set -eu
cd "$(dirname "$0")/../.."
scripts/need.sh cargo cc python3
venv=.venv/bench
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r benches/versus/requirements.txt
fi
cargo build --release --locked --bin perennial
# shellcheck disable=SC2086
"$venv/bin/python" benches/versus/run.py target/release/perennial ${BENCH_EVENTS:-20e6 100e6} --growth "${BENCH_GROWTH:-5e6}"
