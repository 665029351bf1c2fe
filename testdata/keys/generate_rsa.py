"""Makes RSA keys at the edges of what is taken, and signatures by them, for crates/crypto-keys to judge.

    python3 -m venv VENV && VENV/bin/pip install 'securesystemslib[crypto]==1.6.0' 'cryptography>=48'
    VENV/bin/python testdata/keys/generate_rsa.py # and `openssl`, for primes of any length

A case that is there is kept. Each is one file: the key object, a message and a signature over it that is right, whether
or not its key is taken. No private key is written.
"""

import json
import math
import pathlib
import subprocess

from cryptography.hazmat.primitives.asymmetric import rsa
from securesystemslib.signer import CryptoSigner, SSlibKey

HERE = pathlib.Path(__file__).parent / "rsa"
MESSAGE = b"what was signed \x00\xff"


def prime(bits):
    # Its two first bits are set, so that a product has as many bits as its factors together.
    command = ["openssl", "prime", "-generate", "-bits", str(bits)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def of_bits(bits, exponent=65537):
    while True:
        p, q = prime((bits + 1) // 2), prime(bits // 2)
        if p > q and math.gcd(exponent, (p - 1) * (q - 1)) == 1:
            break
    d = pow(exponent, -1, math.lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(exponent, p * q)
    assert public.n.bit_length() == bits
    derived = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *derived, public).private_key()


def write(folder, name, *size):
    directory = HERE / folder
    directory.mkdir(parents=True, exist_ok=True)
    paths = {scheme: directory / f"{name}-{scheme}.json" for scheme in ("rsassa-pss-sha256", "rsa-pkcs1v15-sha256")}
    if all(path.exists() for path in paths.values()):
        return
    private = of_bits(*size)
    for scheme, path in paths.items():
        public = SSlibKey.from_crypto(private.public_key(), scheme=scheme)
        case = {
            "key": public.to_dict(),
            "message": MESSAGE.hex(),
            "signature": CryptoSigner(private, public).sign(MESSAGE).signature,
        }
        path.write_text(json.dumps(case, indent=1, sort_keys=True) + "\n")


# Beyond a multiple of eight, the encoded message of PSS is a byte shorter than the modulus (RFC 8017 8.1.1).
for bits in (2048, 2049, 2050, 2055, 3071, 8191, 8192):
    write("accepted", f"a-modulus-of-{bits}-bits", bits)
write("accepted", "the-exponent-3", 2048, 3)
write("accepted", "an-exponent-of-33-bits", 2048, 2**33 - 1)
write("refused", "a-modulus-of-2047-bits", 2047)
write("refused", "a-modulus-of-8193-bits", 8193)
write("refused", "an-exponent-of-34-bits", 2048, 2**33 + 1)
