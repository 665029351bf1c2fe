#!/bin/sh
# Lets crypto-keys read private keys that openssl and Python's cryptography wrote, and sign with each; lets those two read the
# keys that crypto-keys wrote; and lets securesystemslib 1.6.0 verify every signature.
#
#     testdata/interop/keys.sh [VENV]
#
# VENV is made, with securesystemslib from the Python package index, unless it is there already.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${1:-$root/target/venv-keys}

if ! "$venv/bin/python" -c "import securesystemslib.signer" 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'securesystemslib[crypto]==1.6.0'
fi
"$venv/bin/python" "$root/testdata/interop/keys.py"
