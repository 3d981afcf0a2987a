#!/usr/bin/env bash
# What the tests need besides Rust and Node: PostgreSQL, Chromium, CJK fonts, two Python packages.
set -eu
packages='postgresql chromium python3-venv fonts-noto-cjk'
missing=''
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -x /usr/bin/chromium ] || missing="$missing chromium"
python3 -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
if [ -n "$missing" ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "the tests need: sudo apt-get install -y $packages" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
# The real DuckDB, with the extensions that read a DuckLake, all from PyPI.
venv=.venv/attach
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import duckdb, duckdb_extensions' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check \
    duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-ducklake==1.5.5 \
    duckdb-extension-sqlite-scanner==1.5.5 duckdb-extension-postgres-scanner==1.5.5
fi
