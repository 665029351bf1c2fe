"""Makes keys and signatures with securesystemslib, for crates/crypto-keys to read.

    python3 -m venv VENV && VENV/bin/pip install 'securesystemslib[crypto]==1.6.0' 'cryptography>=48'
    VENV/bin/python testdata/keys/generate.py

A case that is there is kept, so that a new one changes no other. Each case is one file: the key object, its id, a message, a signature over it, and the private key that
made it. The private keys exist for these tests alone.
"""

import json
import pathlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from securesystemslib.signer import CryptoSigner, SSlibKey

HERE = pathlib.Path(__file__).parent / "signatures"
MESSAGE = b"what was signed \x00\xff"


def write(name, generate):
    if any(HERE.glob(f"{name}*.json")):
        return
    private = generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    for suffix, scheme in schemes(name):
        public = SSlibKey.from_crypto(private.public_key(), scheme=scheme)
        signer = CryptoSigner(private, public)
        case = {
            "keyid": public.keyid,
            "key": public.to_dict(),
            "message": MESSAGE.hex(),
            "signature": signer.sign(MESSAGE).signature,
            "test_private_key": pem,
        }
        text = json.dumps(case, indent=1, sort_keys=True) + "\n"
        (HERE / f"{name}{suffix}.json").write_text(text)


def schemes(name):
    if not name.startswith("rsa"):
        return [("", None)]
    hashes = ["sha256", "sha384", "sha512"]
    return [(f"-pss-{h}", f"rsassa-pss-{h}") for h in hashes] + [
        (f"-pkcs1v15-{h}", f"rsa-pkcs1v15-{h}") for h in hashes
    ]


HERE.mkdir(exist_ok=True)
write("ed25519", ed25519.Ed25519PrivateKey.generate)
write("ecdsa-p256", lambda: ec.generate_private_key(ec.SECP256R1()))
write("ecdsa-p384", lambda: ec.generate_private_key(ec.SECP384R1()))
write("ecdsa-p521", lambda: ec.generate_private_key(ec.SECP521R1()))
write("ml-dsa-44", mldsa.MLDSA44PrivateKey.generate)
write("ml-dsa-65", mldsa.MLDSA65PrivateKey.generate)
write("ml-dsa-87", mldsa.MLDSA87PrivateKey.generate)
write("rsa-2048", lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
write("rsa-4096", lambda: rsa.generate_private_key(public_exponent=65537, key_size=4096))
