#!/usr/bin/env bash
# Holds our models against the peers' in Python: numbers, time, memory. `--quick` and `--large` as
# run.py says. PARITY names a binary that is built already.
set -eu
cd "$(dirname "$0")/../.."
scripts/need.sh cargo cc python3
venv=.venv/parity
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r benches/parity/requirements.txt
fi
binary=${PARITY:-target/release/examples/parity}
[ -n "${PARITY:-}" ] || cargo build --release --locked -p perennial-models --example parity
exec "$venv/bin/python" benches/parity/run.py "$binary" "$@"
