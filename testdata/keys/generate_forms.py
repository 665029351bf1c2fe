"""Writes each of some public keys in every form that key objects have, and in the nearest forms that they do not have.

    python3 -m venv VENV && VENV/bin/pip install 'securesystemslib[crypto]==1.6.0'
    VENV/bin/python testdata/keys/generate_forms.py

Keys, PEM and certificates are those of Python's `cryptography`. A case is one key: its SubjectPublicKeyInfo, the key
objects that hold it, and key objects that hold it almost, each with the reason. The private keys are forgotten.
"""

import base64
import datetime
import json
import pathlib
import textwrap

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = pathlib.Path(__file__).parent / "forms"
DAY = datetime.datetime(2026, 1, 1)
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a key that expired")])


def pem(label, der, width=64, end="\n"):
    body = textwrap.wrap(base64.b64encode(der).decode(), width)
    return end.join([f"-----BEGIN {label}-----", *body, f"-----END {label}-----", ""])


def certificate(private, hash_algorithm):
    builder = x509.CertificateBuilder(NAME, NAME, private.public_key(), 1, DAY, DAY + datetime.timedelta(days=1))
    return builder.sign(private, hash_algorithm).public_bytes(Encoding.DER)


def write(name, private, other, keytype, scheme, bare):
    public = private.public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    hash_algorithm = None if keytype == "ed25519" else hashes.SHA256()
    cert = certificate(private, hash_algorithm)
    cert_of_another = certificate(other, hash_algorithm)
    text = pem("PUBLIC KEY", spki)
    cert_text = pem("CERTIFICATE", cert)

    def key(public=None, keytype=keytype, scheme=scheme, more={}, **keyval):
        keyval |= {} if public is None else {"public": public}
        return {"keytype": keytype, "scheme": scheme, "keyval": keyval} | more

    def without(member):
        return {name: value for name, value in key(text).items() if name != member}

    accept = {
        "pem": key(text),
        "pem-without-the-last-line-break": key(text.strip()),
        "pem-with-crlf": key(pem("PUBLIC KEY", spki, end="\r\n")),
        "pem-in-one-line": key(pem("PUBLIC KEY", spki, width=10_000)),
        "pem-in-lines-of-76": key(pem("PUBLIC KEY", spki, width=76)),
        "pem-in-lines-of-20": key(pem("PUBLIC KEY", spki, width=20)),
        "pem-after-other-text": key("the key of somebody\n" + text),
        "pem-as-in-toto-lists-it": key(
            text,
            private="",
            more={"keyid": "beef", "keyid_hash_algorithms": ["sha256", "sha512"]},
        ),
        "certificate-in-place-of-the-key": key(cert_text),
        "certificate-alone": key(certificate=cert_text),
        "certificate-beside-an-empty-key": key("", certificate=cert_text),
        "certificate-beside-its-key": key(text, certificate=cert_text),
        "empty-certificate-beside-a-key": key(text, certificate=""),
        **{name: key(text) for name, text in bare.items()},
    }
    if keytype == "ecdsa":
        accept["pem-of-a-key-type-that-repeats-the-scheme"] = key(text, keytype=scheme)
    if keytype == "rsa":
        pkcs1 = public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
        accept["pkcs1-pem"] = key(pem("RSA PUBLIC KEY", pkcs1))

    off_by_one = pem("PUBLIC KEY", spki[:-1])
    refuse = {
        "nothing": (key(""), "Malformed"),
        "pem-after-which-there-is-text": (key(text + "and more"), "Malformed"),
        "pem-twice": (key(text + text), "Malformed"),
        "pem-without-its-end": (key(text[: text.index("-----END")]), "Malformed"),
        "pem-with-a-header": (key(text.replace("-----\n", "-----\nX-Key: 1\n\n", 1)), "Malformed"),
        "pem-with-the-last-byte-missing": (key(off_by_one), "Malformed"),
        "pem-with-a-byte-more": (key(pem("PUBLIC KEY", spki + b"\0")), "Malformed"),
        "pem-with-another-label": (key(pem("EC PUBLIC KEY", spki)), "Malformed"),
        "spki-called-pkcs1": (key(pem("RSA PUBLIC KEY", spki)), "Malformed"),
        "spki-called-a-certificate": (key(pem("CERTIFICATE", spki)), "Malformed"),
        "certificate-called-a-key": (key(pem("PUBLIC KEY", cert)), "Malformed"),
        "certificate-with-the-last-byte-missing": (key(certificate=pem("CERTIFICATE", cert[:-1])), "Malformed"),
        "certificate-with-a-byte-more": (key(certificate=pem("CERTIFICATE", cert + b"\0")), "Malformed"),
        "certificate-twice": (key(certificate=cert_text + cert_text), "Malformed"),
        "certificate-of-another-key-beside-a-key": (key(text, certificate=pem("CERTIFICATE", cert_of_another)), "TwoKeys"),
        "certificate-that-is-none-beside-a-key": (key(text, certificate="certificate"), "Malformed"),
        "key-in-the-place-of-a-certificate": (key(certificate=text), "Malformed"),
        "key-of-members": (key({"q": text}), "UnknownForm"),
        "key-that-is-null": (key(certificate=None), "UnknownForm"),
        "no-keyval": (without("keyval"), "UnknownForm"),
        "keyval-that-is-a-text": (without("keyval") | {"keyval": text}, "UnknownForm"),
        "no-keytype": (without("keytype"), "UnknownForm"),
        "no-scheme": (without("scheme"), "UnknownForm"),
        "another-keytype": (key(text, keytype="dsa"), "UnknownScheme"),
        "another-scheme": (key(text, scheme="sigstore-oidc"), "UnknownScheme"),
        **{f"{name}-with-a-digit-less": (key(text[:-1]), "Malformed") for name, text in bare.items()},
        **{f"{name}-with-a-byte-more": (key(text + "00"), "Malformed") for name, text in bare.items()},
        **{f"{name}-and-a-line-break": (key(text + "\n"), "Malformed") for name, text in bare.items()},
    }
    refuse["of-another-kind"] = (
        (key(text, keytype="ecdsa", scheme="ecdsa-sha2-nistp256"), "OtherScheme")
        if name != "ecdsa-p256"
        else (key(text, keytype="ed25519", scheme="ed25519"), "OtherScheme")
    )
    case = {
        "material": spki.hex(),
        "certificate": cert.hex(),
        "accept": accept,
        "refuse": {name: {"key": key, "reason": reason} for name, (key, reason) in refuse.items()},
    }
    (HERE / f"{name}.json").write_text(json.dumps(case, indent=1, sort_keys=True) + "\n")


def points(private):
    point = private.public_key().public_bytes
    return {
        "hex-point": point(Encoding.X962, PublicFormat.UncompressedPoint).hex(),
        "hex-compressed-point": point(Encoding.X962, PublicFormat.CompressedPoint).hex(),
    }


HERE.mkdir(exist_ok=True)
private, other = (ed25519.Ed25519PrivateKey.generate() for _ in range(2))
raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
write("ed25519", private, other, "ed25519", "ed25519", {"hex": raw, "hex-in-upper-case": raw.upper()})
for curve in [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()]:
    private, other = (ec.generate_private_key(curve) for _ in range(2))
    scheme = f"ecdsa-sha2-nistp{curve.key_size}"
    write(f"ecdsa-p{curve.key_size}", private, other, "ecdsa", scheme, points(private))
private, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
write("rsa-2048", private, other, "rsa", "rsassa-pss-sha256", {})
