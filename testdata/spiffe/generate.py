#!/usr/bin/env python3
"""Chains made with Python's `cryptography` (48), for `crates/spiffe-certs/tests/cryptography.rs`.

    pip install cryptography && python3 testdata/spiffe/generate.py

Every case is a directory whose name is the claim: `svid.pem` is the chain as presented, leaf first, `bundle.pem` the authorities
of acme.example, and under `refuse/` `expect` is a part of the error. All are judged at 2026-11-22 12:00:00 UTC. Keys are fresh in
every run and never written.
"""

import datetime
import pathlib
import shutil

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose, NameOID

HERE = pathlib.Path(__file__).parent
START = datetime.datetime(2026, 11, 22)
HOUR = datetime.timedelta(hours=1)
ID = "spiffe://acme.example/ci/build"


def p256():
    return ec.generate_private_key(ec.SECP256R1())


def p384():
    return ec.generate_private_key(ec.SECP384R1())


def p521():
    return ec.generate_private_key(ec.SECP521R1())


def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def default_hash(key):
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {256: hashes.SHA256, 384: hashes.SHA384, 521: hashes.SHA512}[key.curve.key_size]()
    return hashes.SHA256()


def name(**parts):
    oids = {"c": NameOID.COUNTRY_NAME, "o": NameOID.ORGANIZATION_NAME, "cn": NameOID.COMMON_NAME}
    return x509.Name([x509.NameAttribute(oids[part], text) for part, text in parts.items()])


def key_usage(*wanted):
    every = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{one: one in wanted for one in every})


class Party:
    def __init__(self, key, certificate):
        self.key, self.certificate = key, certificate


def certify(subject, key, issuer, issuer_name, extensions, *, before=START, after=START + 24 * HOUR, algorithm="default",
            rsa_padding=None):
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer_name).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(before).not_valid_after(after))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    algorithm = default_hash(issuer) if algorithm == "default" else algorithm
    return builder.sign(issuer, algorithm, rsa_padding=rsa_padding)


def authority(key, parent=None, cn="root", extra=(), **options):
    issuer = parent or Party(key, None)
    subject = name(c="US", o="SPIFFE", cn=cn)
    extensions = [
        (x509.BasicConstraints(True, None), True),
        (key_usage("key_cert_sign", "crl_sign"), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False),
        (x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://acme.example")]), False),
        *extra,
    ]
    issuer_name = parent.certificate.subject if parent else subject
    return Party(key, certify(subject, key, issuer.key, issuer_name, extensions, **options))


def leaf(parent, key=None, uris=(ID,), subject=name(c="US", o="SPIRE"), critical=False, names=(), **options):
    key = key or p256()
    extensions = [
        (key_usage("digital_signature", "key_encipherment", "key_agreement"), True),
        (x509.ExtendedKeyUsage([Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH]), False),
        (x509.BasicConstraints(False, None), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key()), False),
        (x509.SubjectAlternativeName([*map(x509.UniformResourceIdentifier, uris), *names]), critical),
    ]
    return certify(subject, key, parent.key, parent.certificate.subject, extensions, **options)


def constrained(permitted=None, excluded=None):
    return [(x509.NameConstraints(permitted, excluded), True)]


def uri(text):
    return x509.UniformResourceIdentifier(text)


def pem(certificates):
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def case(folder, claim, chain, anchors, expect=None):
    directory = HERE / folder / claim
    directory.mkdir(parents=True)
    (directory / "svid.pem").write_bytes(pem(chain))
    (directory / "bundle.pem").write_bytes(pem(anchor.certificate for anchor in anchors))
    if expect:
        (directory / "expect").write_text(expect + "\n")


def accept(claim, chain, anchors):
    case("accept", claim, chain, anchors)


def refuse(claim, chain, anchors, expect):
    case("refuse", claim, chain, anchors, expect)


def main():
    for folder in ("accept", "refuse"):
        shutil.rmtree(HERE / folder, ignore_errors=True)

    root = authority(p256())
    for claim, key in {"p256": p256(), "p384": p384(), "p521": p521(), "ed25519": ed25519.Ed25519PrivateKey.generate(),
                       "rsa-2048-pkcs1": rsa_key()}.items():
        accept(f"an-authority-with-{claim}", [leaf(parent := authority(key))], [parent])
        accept(f"a-workload-with-{claim}", [leaf(root, key)], [root])
    rsa_root = authority(rsa_key())
    for hash in (hashes.SHA384(), hashes.SHA512()):
        accept(f"rsa-pkcs1-with-{hash.name}", [leaf(rsa_root, algorithm=hash)], [rsa_root])
    for hash in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512()):
        pss = padding.PSS(padding.MGF1(hash), padding.PSS.DIGEST_LENGTH)
        accept(f"rsa-pss-with-{hash.name}", [leaf(rsa_root, algorithm=hash, rsa_padding=pss)], [rsa_root])

    upper = authority(p256(), root, "upper")
    lower = authority(p384(), upper, "lower")
    accept("two-intermediates", [leaf(lower), lower.certificate, upper.certificate], [root])
    accept("two-intermediates-in-the-other-order", [leaf(lower), upper.certificate, lower.certificate], [root])
    accept("the-root-travels-with-the-chain", [leaf(upper), upper.certificate, root.certificate], [root])
    accept("an-empty-subject-with-critical-names", [leaf(root, subject=x509.Name([]), critical=True)], [root])
    accept("dns-names-beside-the-id", [leaf(root, names=[x509.DNSName("a.example")], subject=name(cn="a.example"))], [root])
    accept("an-authority-until-2060", [leaf(parent := authority(p256(), after=datetime.datetime(2060, 1, 1)))], [parent])
    same_name = [authority(p256()) for _ in range(40)]
    accept("forty-authorities-of-one-name", [leaf(same_name[-1])], same_name)
    for claim, extra in {
        "a-permitted-host": constrained([uri("acme.example")]),
        "a-permitted-parent-domain": constrained([uri(".example")]),
        "another-host-excluded": constrained(None, [uri("other.example")]),
    }.items():
        accept(claim, [leaf(parent := authority(p256(), extra=extra))], [parent])

    refuse("a-host-that-is-not-permitted", [leaf(parent := authority(p256(), extra=constrained([uri("other.example")])))],
           [parent], "its name constraints do not permit")
    refuse("an-excluded-host", [leaf(parent := authority(p256(), extra=constrained(None, [uri("acme.example")])))],
           [parent], "its name constraints do not permit")
    refuse("dns-constraints", [leaf(parent := authority(p256(), extra=constrained([x509.DNSName("acme.example")])))],
           [parent], "they limit DNS names")
    refuse("directory-constraints",
           [leaf(parent := authority(p256(), extra=constrained([x509.DirectoryName(name(c="US"))])))],
           [parent], "they limit directory names")
    refuse("critical-policy-constraints",
           [leaf(parent := authority(p256(), extra=[(x509.PolicyConstraints(0, None), True)]))],
           [parent], "its critical extension 2.5.29.36 is not understood")
    refuse("an-authority-of-the-same-name", [leaf(authority(p256()))], [root], "its key did not sign")
    refuse("a-missing-intermediate", [leaf(upper)], [root], "none is known by that name")
    refuse("a-leaf-that-ended-an-hour-ago", [leaf(root, after=START + 11 * HOUR)], [root], "it expired at 2026-11-22 11:00:00 UTC")
    refuse("a-leaf-that-begins-in-an-hour", [leaf(root, before=START + 13 * HOUR)], [root], "it is not valid before")
    refuse("an-anchor-that-ended", [leaf(parent := authority(p256(), after=START + 11 * HOUR))], [parent], "it expired at")
    refuse("two-uris", [leaf(root, uris=(ID, "spiffe://acme.example/other"))], [root], "exactly one URI name")
    refuse("an-empty-subject", [leaf(root, subject=x509.Name([]))], [root], "must be critical")
    refuse("the-id-of-the-trust-domain", [leaf(root, uris=("spiffe://acme.example",))], [root], "must have a path")
    refuse("p256-with-sha384", [leaf(root, algorithm=hashes.SHA384())], [root], "the key is not one for ecdsa-sha2-nistp384")
    refuse("p256-with-sha512", [leaf(root, algorithm=hashes.SHA512())], [root], "the key is not one for ecdsa-sha2-nistp521")
    parent = authority(p521())
    refuse("p521-with-sha256", [leaf(parent, algorithm=hashes.SHA256())], [parent],
           "the key is not one for ecdsa-sha2-nistp256")
    weak = authority(rsa_key(1024))
    refuse("an-authority-with-rsa-1024", [leaf(weak)], [weak], "the key is too weak")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 20)
    refuse("rsa-pss-with-a-short-salt", [leaf(rsa_root, algorithm=hashes.SHA256(), rsa_padding=pss)], [rsa_root],
           "unsupported algorithm 1.2.840.113549.1.1.10")


main()
