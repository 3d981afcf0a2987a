#!/usr/bin/env bash
# Says in one line what is missing, and stops.
set -eu
for tool in "$@"; do
  if ! command -v "$tool" >/dev/null; then
    case "$tool" in
      cargo) echo 'missing: Rust; install it with rustup (https://rustup.rs)' ;;
      npm) echo 'missing: Node 20 or later with npm' ;;
      cc) echo 'missing: a C compiler; on Debian: apt-get install -y gcc libc6-dev' ;;
      *) echo "missing: $tool" ;;
    esac >&2
    exit 1
  fi
done
