#!/usr/bin/env bash
# Runs every test and sums up in the last line: N passed, N failed, N skipped.
set -u
cd "$(dirname "$0")/.."
scripts/need.sh cargo cc npm python3 || exit 1
scripts/setup-test.sh || exit 1

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0

# Runs a suite, keeps its output, and says when it failed without a failed test.
suite() { # name, command...
  local name=$1; shift
  echo "== $name"
  local began=$SECONDS
  if "$@" 2>&1 | tee "$logs/$name"; then ok=yes; else ok=no; fi
  echo "== $name took $((SECONDS - began)) s"
  local p f s
  case "$name" in
    rust*) # test result: ok. 12 passed; 0 failed; 1 ignored; …
      p=$(grep -oE '[0-9]+ passed;' "$logs/$name" | awk '{n += $1} END {print n + 0}')
      f=$(grep -oE '[0-9]+ failed;' "$logs/$name" | awk '{n += $1} END {print n + 0}')
      s=$(grep -cE '^ *skipped: ' "$logs/$name")
      s=$((s + $(grep -oE '[0-9]+ ignored;' "$logs/$name" | awk '{n += $1} END {print n + 0}'))) ;;
    *) # Tests  12 passed (12), or: 12 passed, 0 failed
      p=$(sed 's/\x1b\[[0-9;]*m//g' "$logs/$name" | grep -E '^ *(Tests|[0-9]+ passed)' | grep -oE '[0-9]+ passed' | awk '{n += $1} END {print n + 0}')
      f=$(sed 's/\x1b\[[0-9;]*m//g' "$logs/$name" | grep -E '^ *(Tests|[0-9]+ passed)' | grep -oE '[0-9]+ failed' | awk '{n += $1} END {print n + 0}')
      s=$(sed 's/\x1b\[[0-9;]*m//g' "$logs/$name" | grep -E '^ *(Tests|[0-9]+ passed)' | grep -oE '[0-9]+ skipped' | awk '{n += $1} END {print n + 0}') ;;
  esac
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$ok" = no ] && [ "$f" -eq 0 ]; then failed=$((failed + 1)); echo "== $name failed"; fi
}

set -o pipefail
# The same random worlds every time, so that a run says something about the change and not about
# luck. Other seeds: PROPTEST_RNG_SEED=… make test; a failing case is kept as a test of its own.
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-20101201}
# Forty worlds for each property; `PROPTEST_CASES=1000 make test` looks longer.
export PROPTEST_CASES=${PROPTEST_CASES:-40}
suite ui-install sh -c 'cd ui && npm ci --no-audit --no-fund'
suite ui-build sh -c 'cd ui && npm run build'
suite ui sh -c 'cd ui && npm test'
# The program is built together with the tests: by itself it would want other features of its
# dependencies, and most of them would be built twice.
suite rust-build cargo build --workspace --locked --lib --bins --tests
suite rust cargo test --workspace --locked --no-fail-fast -- --show-output
suite parity env PARITY=target/debug/examples/parity benches/parity/run.sh --quick
suite browser env PERENNIAL=target/debug/perennial scripts/browser-test.sh

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
