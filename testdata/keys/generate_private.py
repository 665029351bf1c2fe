"""Makes private keys in every form, with Python's cryptography and with openssl, for crates/crypto-keys to read.

    python3 -m venv VENV && VENV/bin/pip install cryptography==50.0.2
    VENV/bin/python testdata/keys/generate_private.py

Needs the command openssl, 3.0 or newer. Each case is one file: a PEM text, the passphrase it is to be read with, and the
public key of what it holds (`private/accepted`) or what the refusal says (`private/refused`). The private keys exist for
these tests alone.
"""

import base64
import datetime
import json
import pathlib
import re
import shutil
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

HERE = pathlib.Path(__file__).parent / "private"
PASSPHRASE = "test passphrase"


def write(kind, name, pem, passphrase=None, **claim):
    case = {"passphrase": passphrase, "test_private_key": pem, **claim}
    text = json.dumps(case, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    slug = re.sub("[^a-z0-9]+", "-", name.lower())
    (HERE / kind / f"{slug}.json").write_text(text)


def accept(name, pem, passphrase=None):
    """A key that cryptography reads as well; it says which public key that is."""
    key = s.load_pem_private_key(pem.encode(), passphrase and passphrase.encode())
    write("accepted", name, pem, passphrase, public=spki(key).hex())


def refuse(name, says, pem, passphrase=None):
    write("refused", name, pem, passphrase, says=says)


def openssl(*arguments, stdin=""):
    run = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, text=True, check=True)
    return run.stdout


def pem(label, der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def der(text):
    """The content of the last PEM block."""
    lines = [line for line in text.split("-----BEGIN ")[-1].splitlines()[1:] if not line.startswith("-----")]
    return base64.b64decode("".join(lines))


def tlv(tag, *contents):
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size) + content


def parts(value):
    """The DER values in a DER value."""
    rest, found = content(value), []
    while rest:
        head = len(rest) - len(content(rest))
        length = rest[1] if head == 2 else int.from_bytes(rest[2:head])
        found.append(rest[: head + length])
        rest = rest[head + length :]
    return found


def integer(number):
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def octets(bytes):
    return tlv(0x04, bytes)


def sequence(*values):
    return tlv(0x30, *values)


def pkcs1(n, e, d, p, q):
    return sequence(*map(integer, [0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]))


def content(value):
    """What a DER value holds."""
    return value[2 + (value[1] & 0x7F if value[1] & 0x80 else 0) :]


def spki(key):
    return key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)


def write_certified(key):
    """A private key and a certificate for it, to be put into a token."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test key")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.datetime(2026, 1, 1)).not_valid_after(datetime.datetime(2036, 1, 1))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(s.Encoding.DER)
    case = {"certificate": certificate.hex(), "test_private_key": traditional(key)}
    (HERE / "certified.json").write_text(json.dumps(case, indent=1, sort_keys=True) + "\n")


def unencrypted(key, form):
    return key.private_bytes(s.Encoding.PEM, form, s.NoEncryption()).decode()


def pkcs8(key):
    return unencrypted(key, s.PrivateFormat.PKCS8)


def traditional(key):
    return unencrypted(key, s.PrivateFormat.TraditionalOpenSSL)


def encrypted(key):
    best = s.BestAvailableEncryption(PASSPHRASE.encode())
    return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, best).decode()


def with_openssl(key, *options):
    """Encrypts with openssl."""
    return openssl("pkcs8", "-topk8", "-passout", f"pass:{PASSPHRASE}", *options, stdin=pkcs8(key))


def with_kdf(text, kdf):
    """Encrypted PKCS#8 that names other parameters of its key derivation than it was made with."""
    algorithm, data = parts(der(text))
    pbes2, parameters = parts(algorithm)
    function, cipher = parts(parameters)
    name, values = parts(function)
    function = sequence(name, sequence(*kdf(parts(values))))
    return pem("ENCRYPTED PRIVATE KEY", sequence(sequence(pbes2, sequence(function, cipher)), data))


def other(values, index, value):
    return [*values[:index], value, *values[index + 1 :]]


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    for kind in ("accepted", "refused"):
        (HERE / kind).mkdir(parents=True)
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    curves = {name: ec.generate_private_key(curve) for name, curve in curves.items()}
    ed = ed25519.Ed25519PrivateKey.generate()
    rsa_2048 = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    every = {"ed25519": ed, **{f"ecdsa-{name}": key for name, key in curves.items()}, "rsa-2048": rsa_2048}

    # What two libraries write.
    for name, key in every.items():
        accept(f"{name}, PKCS#8", pkcs8(key))
        accept(f"{name}, encrypted by cryptography", encrypted(key), PASSPHRASE)
        accept(f"{name}, encrypted by openssl", with_openssl(key), PASSPHRASE)
        accept(f"{name}, encrypted by openssl with scrypt", with_openssl(key, "-scrypt"), PASSPHRASE)
    for name, key in curves.items():
        accept(f"ecdsa-{name}, SEC 1", traditional(key))
    accept("rsa-2048, PKCS#1", traditional(rsa_2048))
    for bits in (3072, 4096, 8192):
        accept(f"rsa-{bits}, PKCS#1", openssl("genrsa", "-traditional", str(bits)))
    for cipher in ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc"):
        for prf in ("hmacWithSHA256", "hmacWithSHA512"):
            text = with_openssl(ed, "-v2", cipher, "-v2prf", prf, "-iter", "1")
            accept(f"ed25519, {cipher} under PBKDF2 with {prf}", text, PASSPHRASE)
    p256 = curves["p256"]
    accept("ecdsa-p256, SEC 1 after its curve", openssl("ecparam", "-genkey", "-name", "prime256v1"))
    accept("ecdsa-p256, SEC 1 with a compressed point", openssl("ec", "-conv_form", "compressed", stdin=traditional(p256)))
    accept("ecdsa-p256, SEC 1 without its public key", openssl("ec", "-no_public", stdin=traditional(p256)))
    write("accepted", "ecdsa-p256, not encrypted, with a passphrase", pkcs8(p256), PASSPHRASE, public=spki(p256).hex())
    numbers = rsa_2048.private_numbers()
    n, e, d, p, q = numbers.public_numbers.n, 65537, numbers.d, numbers.p, numbers.q
    accept("rsa-2048, its primes the other way round", pem("RSA PRIVATE KEY", pkcs1(n, e, d, q, p)))
    euler = pow(e, -1, (p - 1) * (q - 1))
    accept("rsa-2048, its exponent modulo the totient", pem("RSA PRIVATE KEY", pkcs1(n, e, euler, p, q)))
    accept("ed25519, after text", "what openssl prints before a key\n" + pkcs8(ed))
    accept("ed25519, with the line breaks of Windows", pkcs8(ed).replace("\n", "\r\n"))

    write_certified(p256)

    # Passphrases.
    by_openssl = with_openssl(ed)
    needed = "the private key is encrypted: it takes its passphrase"
    wrong = "the private key does not open: the passphrase is wrong, or the file is damaged"
    refuse("no passphrase", needed, by_openssl)
    refuse("another passphrase", wrong, by_openssl, "test Passphrase")
    refuse("an empty passphrase", wrong, by_openssl, "")
    refuse("another passphrase, scrypt", wrong, with_openssl(ed, "-scrypt"), "test Passphrase")
    algorithm, data = parts(der(by_openssl))
    refuse("encrypted data that is no block of the cipher", wrong,
           pem("ENCRYPTED PRIVATE KEY", sequence(algorithm, octets(content(data)[:-1]))), PASSPHRASE)

    # What a passphrase costs.
    cannot = "cannot use the private key: "
    otherwise = (
        cannot + "it is encrypted otherwise than with AES-CBC under PBKDF2 (HMAC-SHA-2) or scrypt: "
        "convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc`"
    )
    iterations = cannot + "its passphrase costs more than 3 000 000 iterations of PBKDF2"
    refuse("3 000 001 iterations", iterations, with_kdf(by_openssl, lambda kdf: other(kdf, 1, integer(3_000_001))), PASSPHRASE)
    refuse("2^31 iterations", iterations, with_kdf(by_openssl, lambda kdf: other(kdf, 1, integer(2**31))), PASSPHRASE)
    refuse("2^40 iterations", otherwise, with_kdf(by_openssl, lambda kdf: other(kdf, 1, integer(2**40))), PASSPHRASE)
    refuse("no iterations", cannot + "its passphrase is stretched by 0 iterations",
           with_kdf(by_openssl, lambda kdf: other(kdf, 1, integer(0))), PASSPHRASE)
    by_scrypt = with_openssl(ed, "-scrypt")
    scrypt = cannot + "its scrypt parameters are malformed, or N·r·p is more than 2^21"
    for name, index, value in [
        ("N of 2^30", 1, 2**30),
        ("N of 2^19", 1, 2**19),
        ("N of 2^63", 1, 2**63),
        ("N of 0", 1, 0),
        ("N of 1", 1, 1),
        ("N that is no power of two", 1, 2**14 + 1),
        ("r of 0", 2, 0),
        ("r of 2^15", 2, 2**15),
        ("p of 0", 3, 0),
        ("p of 17", 3, 17),
    ]:
        edit = lambda kdf: other(kdf, index, integer(value))
        refuse(f"scrypt, {name}", scrypt, with_kdf(by_scrypt, edit), PASSPHRASE)

    # Other encryption.
    refuse("another cipher", otherwise, with_openssl(ed, "-v2", "des-ede3-cbc"), PASSPHRASE)
    refuse("PBKDF2 with SHA-1", otherwise, with_openssl(ed, "-v2prf", "hmacWithSHA1"), PASSPHRASE)
    refuse("PBES1", otherwise, with_openssl(ed, "-v1", "PBE-SHA1-3DES"), PASSPHRASE)
    old = openssl("rsa", "-aes256", "-traditional", "-passout", f"pass:{PASSPHRASE}", stdin=traditional(rsa_2048))
    refuse("encrypted as before PKCS#8", cannot + "it is encrypted as OpenSSL did before PKCS#8: "
           "convert it with `openssl pkcs8 -topk8`", old, PASSPHRASE)

    # PEM.
    no_pem = cannot + "it is not a PEM block"
    refuse("nothing", no_pem, "")
    refuse("an end that is cut off", no_pem, pkcs8(ed)[:-20])
    refuse("text after it", no_pem, pkcs8(ed) + "what stands after it")
    several = cannot + "there are several PEM blocks: put the private key into a file of its own"
    refuse("two keys", several, pkcs8(ed) + pkcs8(p256))
    label = cannot + "its PEM label is not one of a private key"
    public = p256.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()
    refuse("a public key", label, public)
    refuse("another label", label, pem("SECRET KEY", der(pkcs8(ed))))
    refuse("a key of OpenSSH", cannot + "it is in the format of OpenSSH: make a key in PKCS#8, "
           "for example with `openssl genpkey`", unencrypted(ed, s.PrivateFormat.OpenSSH))
    refuse("base64 that is none", cannot + "its base64 is malformed", pkcs8(ed).replace("MC4C", "MC!C"))

    # DER.
    no_pkcs8, no_pkcs1 = cannot + "it is not PKCS#8", cannot + "it is not PKCS#1"
    no_sec1 = cannot + "its SEC 1 encoding is malformed, or describes its curve at length"
    refuse("PKCS#8 that is cut off", no_pkcs8, pem("PRIVATE KEY", der(pkcs8(ed))[:-1]))
    refuse("PKCS#8 that goes on", no_pkcs8, pem("PRIVATE KEY", der(pkcs8(ed)) + b"\0"))
    refuse("PKCS#1 that is cut off", no_pkcs1, pem("RSA PRIVATE KEY", der(traditional(rsa_2048))[:-1]))
    refuse("SEC 1 that is cut off", no_sec1, pem("EC PRIVATE KEY", der(traditional(p256))[:-1]))
    refuse("SEC 1 called PKCS#8", no_pkcs8, pem("PRIVATE KEY", der(traditional(p256))))
    refuse("PKCS#8 called SEC 1", no_sec1, pem("EC PRIVATE KEY", der(pkcs8(p256))))
    refuse("PKCS#8 called PKCS#1", no_pkcs1, pem("RSA PRIVATE KEY", der(pkcs8(rsa_2048))))
    refuse("PKCS#8 called encrypted", cannot + "it is not encrypted PKCS#8", pem("ENCRYPTED PRIVATE KEY", der(pkcs8(ed))), PASSPHRASE)
    refuse("more than any key", cannot + "it is longer than any private key", pem("PRIVATE KEY", octets(bytes(1 << 14))))

    # Elliptic curves.
    version, scalar, curve, point = parts(der(traditional(p256)))
    refuse("SEC 1 without its curve", cannot + "it does not name its curve", pem("EC PRIVATE KEY", sequence(version, scalar, point)))
    explicit = openssl("ec", "-param_enc", "explicit", stdin=traditional(p256))
    refuse("SEC 1 that describes its curve", no_sec1, explicit)
    k1 = ec.generate_private_key(ec.SECP256K1())
    refuse("SEC 1 of another curve", cannot + "its curve is not supported", traditional(k1))
    algorithm = cannot + "its algorithm is not supported"
    refuse("PKCS#8 of another curve", algorithm, pkcs8(k1))
    refuse("ed448", algorithm, openssl("genpkey", "-algorithm", "ed448"))
    malformed = cannot + "its encoding is malformed, or its public key is another's"
    for name, key in curves.items():
        stranger = ec.generate_private_key(key.curve)
        _, _, _, alien = parts(der(traditional(stranger)))
        version, scalar, curve, _ = parts(der(traditional(key)))
        refuse(f"SEC 1 with the public key of another, {name}", malformed, pem("EC PRIVATE KEY", sequence(version, scalar, curve, alien)))
        refuse(f"SEC 1 with a scalar of 0, {name}", malformed,
               pem("EC PRIVATE KEY", sequence(version, octets(bytes(len(content(scalar)))), curve)))
    crossed = sequence(version, scalar, parts(der(traditional(p256)))[2])
    refuse("SEC 1 that names a smaller curve", malformed, pem("EC PRIVATE KEY", crossed))

    # The public key of PKCS#8, version 2.
    alien = cannot + "its public key is another's"
    for name, key in every.items():
        _, algorithm_id, private = parts(der(pkcs8(key)))
        if name.startswith("ecdsa"):
            stranger = ec.generate_private_key(key.curve)
        elif name == "ed25519":
            stranger = ed25519.Ed25519PrivateKey.generate()
        else:
            stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        for kind, holder in [("its own", key), ("another's", stranger)]:
            bits = tlv(0x81, content(parts(spki(holder))[1]))
            text = pem("PRIVATE KEY", sequence(integer(1), algorithm_id, private, bits))
            if holder is key:
                write("accepted", f"{name}, PKCS#8 with its public key", text, public=spki(key).hex())
            else:
                says = malformed if name == "ed25519" else alien
                refuse(f"PKCS#8 with the public key of another, {name}", says, text)

    # RSA.
    contradiction = cannot + "its parts contradict each other"
    good = parts(pkcs1(n, e, d, p, q))
    for name, index, value in [
        ("another modulus", 1, n + 2),
        ("another public exponent", 2, 65539),
        ("another private exponent", 3, d + 2),
        ("another first prime", 4, p + 2),
        ("another second prime", 5, q + 2),
        ("another first exponent", 6, d % (p - 1) + 2),
        ("another second exponent", 7, d % (q - 1) + 2),
        ("another coefficient", 8, pow(q, -1, p) + 2),
        ("a private exponent beyond the modulus", 3, d + (p - 1) * (q - 1) * 2),
    ]:
        text = pem("RSA PRIVATE KEY", sequence(*other(good, index, integer(value))))
        refuse(f"rsa with {name}", contradiction, text)
    refuse("rsa with three primes", contradiction, openssl("genrsa", "-traditional", "-primes", "3", "2048"))
    refuse("rsa of 1024 bits", "the key is too weak", openssl("genrsa", "-traditional", "1024"))
    refuse("rsa of 8200 bits", cannot + "it has more than 8192 bits",
           pem("RSA PRIVATE KEY", sequence(*other(good, 1, integer(2**8199 + 1)))))
    refuse("rsa for PSS alone", algorithm, openssl("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"))


main()
