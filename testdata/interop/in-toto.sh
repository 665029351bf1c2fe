#!/bin/sh
# Lets in-toto 3.1.0 verify what this workspace records and signs, and refuse it once it was tampered with.
#
#     testdata/interop/in-toto.sh [VENV]
#
# VENV is made, with in-toto from the Python package index, unless it is there already.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
venv=${1:-$root/target/venv-in-toto}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! [ -x "$venv/bin/in-toto-verify" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet in-toto==3.1.0 'securesystemslib[crypto]==1.6.0'
fi

# Inspections run in the working directory, which therefore holds the product and nothing else.
verify() {
    (cd "$1/product" && "$venv/bin/in-toto-verify" --quiet \
        --layout ../root.layout --verification-keys ../owner.pem --link-dir ..)
}

cargo build --quiet --manifest-path "$root/Cargo.toml" -p intoto-model --features record --example record_a_chain
record() {
    cargo run --quiet --manifest-path "$root/Cargo.toml" \
        -p intoto-model --features record --example record_a_chain -- "$@"
}

agree() {
    verify "$1"
    # in-toto leaves the link of its inspection beside the product.
    rm -f "$1/product/look.link"
    echo "63" >"$1/product/tool.tar"
    if verify "$1" 2>/dev/null; then
        echo "in-toto accepted a changed product: $2" >&2
        exit 1
    fi
    echo "in-toto agrees: $2"
}

for envelope in classic dsse; do
    for scheme in ed25519 ecdsa; do
        record "$work/$scheme-$envelope" "$scheme" "$envelope"
        agree "$work/$scheme-$envelope" "$scheme, $envelope"
    done
    mkdir "$work/rsa-$envelope"
    for name in owner builder packager; do
        "$venv/bin/python" - "$work/rsa-$envelope/$name.key" <<'PYTHON'
import sys
from securesystemslib.signer import CryptoSigner

open(sys.argv[1], "wb").write(CryptoSigner.generate_rsa(size=2048).private_bytes)
PYTHON
    done
    record "$work/rsa-$envelope" ed25519 "$envelope"
    agree "$work/rsa-$envelope" "rsa, $envelope"
done
