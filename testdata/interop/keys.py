"""Exchanges private keys and signatures with openssl, cryptography and securesystemslib.

    python3 -m venv env && env/bin/pip install "securesystemslib[crypto]==1.6.0"
    env/bin/python testdata/interop/keys.py

It writes keys in every form, runs the example `sign_with_every_key` of `crypto-keys` with cargo, and verifies what that
signed, with the keys it read and with those it made.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "test passphrase"


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def make(directory: Path) -> dict:
    """Writes keys in every form; says which public key is in which file."""
    keys = {
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "p521": ec.generate_private_key(ec.SECP521R1()),
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    }
    best = s.BestAvailableEncryption(PASSPHRASE.encode())
    expected = {}
    for name, key in keys.items():
        pkcs8 = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
        forms = {
            "pkcs8": pkcs8,
            "encrypted": key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, best),
        }
        for form, options in {
            "openssl-pbkdf2": ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-iter", "10000"],
            "openssl-scrypt": ["-scrypt"],
        }.items():
            forms[form] = openssl("pkcs8", "-topk8", *options, "-passout", f"pass:{PASSPHRASE}", stdin=pkcs8)
        if name != "ed25519":
            forms["traditional"] = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption())
            forms["openssl-traditional"] = openssl("pkey", "-traditional", stdin=pkcs8)
        for form, pem in forms.items():
            (directory / f"{name}-{form}.pem").write_bytes(pem)
            expected[f"{name}-{form}"] = key.public_key()
    return expected


def made(file: Path):
    """The public key of a private key that crypto-keys wrote, as cryptography and openssl read it."""
    passphrase = PASSPHRASE.encode() if file.stem.endswith("-encrypted") else None
    public = s.load_pem_private_key(file.read_bytes(), passphrase).public_key()
    by_openssl = openssl("pkey", "-pubout", "-in", str(file), "-passin", f"pass:{PASSPHRASE}")
    assert s.load_pem_public_key(by_openssl) == public, file
    return public


def verify(key: SSlibKey, signature: str) -> None:
    key.verify_signature(Signature(key.keyid, signature), b"message")
    try:
        key.verify_signature(Signature(key.keyid, signature), b"massage")
    except UnverifiedSignatureError:
        return
    raise AssertionError("a signature over another message was accepted")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        expected = make(directory)
        example = ["cargo", "run", "-q", "-p", "crypto-keys", "--features", "encryption", "--example", "sign_with_every_key"]
        subprocess.run([*example, "--", scratch, PASSPHRASE], cwd=ROOT, check=True)
        signatures = 0
        for file in sorted(directory.glob("*.pem")):
            public = expected.get(file.stem) or made(file)
            signed = json.loads(file.with_suffix(".json").read_bytes())
            assert len(signed) == (6 if isinstance(public, rsa.RSAPublicKey) else 1), file
            for entry in signed:
                key = SSlibKey.from_dict(entry["keyid"], entry["key"])
                theirs = SSlibKey.from_crypto(public, scheme=key.scheme)
                assert theirs.keyval["public"].strip() == key.keyval["public"].strip(), file
                verify(theirs, entry["signature"])
                signatures += 1
        print(f"securesystemslib verifies {signatures} signatures by {len(expected)} keys read and the keys made here")


if __name__ == "__main__":
    main()
