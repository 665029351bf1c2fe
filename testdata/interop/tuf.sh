#!/bin/sh
# Lets the client of python-tuf 7 read what tuf-repo publishes, and refuse it once it was tampered with.
#
#     testdata/interop/tuf.sh [VENV]
#
# VENV is made, with tuf from the Python package index, unless it is there already.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${1:-$root/target/venv-tuf}

if ! "$venv/bin/python" -c "import tuf" 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet tuf==7.0.1 'securesystemslib[crypto]==1.6.0'
fi
"$venv/bin/python" "$root/testdata/interop/tuf_read.py"
