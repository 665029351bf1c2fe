#!/bin/sh
# Compares the canonical forms with those of securesystemslib, the library under Python's TUF and in-toto, and of rfc8785.
#
#     testdata/interop/canonical_json.sh [VENV]
#
# VENV is made, with both from the Python package index, unless it is there already.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${1:-$root/target/venv-canonical-json}

if ! "$venv/bin/python" -c "import securesystemslib, rfc8785" 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet securesystemslib==1.6.0 rfc8785==0.1.4
fi
"$venv/bin/python" "$root/testdata/interop/canonical_json.py"
