#!/usr/bin/env bash
# Drives the real binary in a real browser: first an empty data folder, then the sample company.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${PERENNIAL:-}" ]; then
  cargo build --locked --bin perennial
  PERENNIAL=target/debug/perennial
fi
work=$(mktemp -d)
server=''
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

# Starts `perennial ARGS` in the background and waits for its address.
start() {
  "$PERENNIAL" "$@" >"$work/out" 2>"$work/err" &
  server=$!
  for _ in $(seq 300); do
    PERENNIAL_URL=$(grep -oE 'http://127[0-9.:]+' "$work/out" | head -n 1) || true
    if [ -n "$PERENNIAL_URL" ]; then export PERENNIAL_URL; return; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
  done
  cat "$work/out" "$work/err" >&2
  echo 'the server did not start' >&2
  exit 1
}

stop() {
  kill "$server"; wait "$server" 2>/dev/null || true; server=''
}

export SCREENSHOT_DIR=${SCREENSHOT_DIR:-$work/screenshots}
mkdir -p "$SCREENSHOT_DIR" "$work/empty"
start serve --data "$work/empty" --address 127.0.0.1:0
(cd ui && node e2e/run.mjs --empty)
stop
start demo --data "$work/demo" --address 127.0.0.1:0 --customers 1500
(cd ui && node e2e/run.mjs --demo)
