"""Makes OpenPGP keys and signatures with GnuPG, as in-toto writes them, for crates/crypto-keys and intoto-verify to read.

    python3 -m venv VENV && VENV/bin/pip install in-toto==3.1.0 'securesystemslib[crypto]==1.6.0'
    VENV/bin/python testdata/openpgp/generate.py

Needs `gpg` 2.2 or later. The keyrings are made for these tests and thrown away: what stays is public key objects and links
signed by their keys. Each case is one key with envelopes that it signed, all of which in-toto accepts. `chain/` is a
layout signed by an OpenPGP key, with links by a subkey that expires and by an Ed25519 key.
"""

import copy
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from in_toto.models._signer import GPGSigner
from in_toto.models.layout import Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Metablock
from in_toto.verifylib import in_toto_verify
from securesystemslib._gpg import functions as gpg_functions
from securesystemslib.signer import GPGSigner as PlainSigner

HERE = pathlib.Path(__file__).parent
YEAR = 365 * 24 * 60 * 60


class Keyring:
    """A master key, with signing subkeys, in a home of its own."""

    def __init__(self, algorithm, usage="sign", expires="never", subkeys=()):
        self.home = tempfile.mkdtemp(prefix="gpg")
        self.gpg("--quick-gen-key", "a test key", algorithm, usage, expires)
        listing = self.gpg("--list-keys", "--with-colons")
        self.id = re.search(r"^fpr:+([0-9A-F]{40})", listing, re.M)[1].lower()
        for subkey_algorithm, subkey_expires in subkeys:
            self.gpg("--quick-add-key", self.id, subkey_algorithm, "sign", subkey_expires)
        self.key = gpg_functions.export_pubkey(self.id, self.home)

    def gpg(self, *arguments):
        command = ["gpg", "--homedir", self.home, "--batch", "--passphrase", "", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def subkeys(self):
        return list(self.key["subkeys"])

    def sign(self, signed, key_id=None):
        # The `!` has gpg take this very key, not the subkey that it would prefer.
        metablock = Metablock(signed=signed)
        metablock.create_signature(GPGSigner((key_id or self.id) + "!", self.home))
        document = copy.deepcopy(metablock.to_dict())
        metablock.verify_signature(self.key)  # pads short signatures where it finds them
        return document

    def throw_away(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "all"], check=True)
        shutil.rmtree(self.home)


def link(name="build"):
    return Link(name=name, products={"tool": {"sha256": "01" * 32}})


def signed_until(keyring, is_short):
    """An envelope whose signature has the property that one of some hundred has."""
    for number in range(10_000):
        document = keyring.sign(link(f"build-{number}"))
        if is_short(document["signatures"][0]["signature"]):
            return document
    raise AssertionError("one of some hundred is short")


def write(name, key, envelopes):
    case = {"key": key, "envelopes": envelopes}
    (HERE / "keys" / f"{name}.json").write_text(json.dumps(case, indent=1, sort_keys=True) + "\n")


def cases():
    shutil.rmtree(HERE / "keys", ignore_errors=True)
    (HERE / "keys").mkdir()

    rsa = Keyring("rsa2048")
    modulus = len(rsa.key["keyval"]["public"]["n"])
    write("rsa", rsa.key, {
        "by-the-master": rsa.sign(link()),
        "a-short-signature": signed_until(rsa, lambda signature: len(signature) < modulus),
    })
    rsa.throw_away()

    ed25519 = Keyring("ed25519")
    write("ed25519", ed25519.key, {
        "by-the-master": ed25519.sign(link()),
        "a-short-r": signed_until(ed25519, lambda signature: signature.startswith("00")),
        "a-short-s": signed_until(ed25519, lambda signature: signature[64:].startswith("00")),
    })
    # The newer interface of the same library has the names of TUF.
    _, public = PlainSigner.import_(ed25519.id, ed25519.home)
    signed = link()
    signature = PlainSigner(public, ed25519.home).sign(signed.signable_bytes)
    key = public.to_dict() | {"keyid": public.keyid}
    write("ed25519-with-the-names-of-tuf", key, {
        "by-the-master": Metablock(signed=signed).to_dict() | {"signatures": [signature.to_dict()]},
    })
    ed25519.throw_away()

    expiring = Keyring("rsa2048", expires="1y")
    assert expiring.key["validity_period"] == YEAR
    write("rsa-that-expires", expiring.key, {"by-the-master": expiring.sign(link())})
    expiring.throw_away()

    # All can sign; the second subkey expires.
    master = Keyring("rsa2048", subkeys=[("rsa2048", "never"), ("rsa2048", "1y")])
    lasting, expiring = master.subkeys()
    assert master.key["subkeys"][expiring]["validity_period"] == YEAR
    write("rsa-with-subkeys", master.key, {
        "by-the-master": master.sign(link()),
        "by-the-subkey": master.sign(link(), lasting),
        "by-the-subkey-that-expires": master.sign(link(), expiring),
    })
    master.throw_away()

    dsa = Keyring("dsa2048")
    write("dsa", dsa.key, {"by-the-master": dsa.sign(link())})
    dsa.throw_away()


def chain():
    directory = HERE / "chain"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    owner = Keyring("rsa2048", expires="1y")
    builder = Keyring("rsa2048", usage="cert", subkeys=[("rsa2048", "1y")])
    packager = Keyring("ed25519")
    layout = Layout(expires="2036-01-01T00:00:00Z")
    for functionary in [builder, packager]:
        layout.add_functionary_key_from_gpg_keyid(functionary.id, functionary.home)
    layout.steps = [
        Step(name="build", pubkeys=[builder.id], expected_products=[["CREATE", "tool"], ["DISALLOW", "*"]]),
        Step(
            name="package",
            pubkeys=[packager.id],
            expected_materials=[["MATCH", "tool", "WITH", "PRODUCTS", "FROM", "build"], ["DISALLOW", "*"]],
        ),
    ]
    tool = {"tool": {"sha256": "01" * 32}}
    [subkey] = builder.subkeys()
    documents = {
        "root.layout": owner.sign(layout),
        f"build.{subkey[:8]}.link": builder.sign(Link(name="build", products=tool), subkey),
        f"package.{packager.id[:8]}.link": packager.sign(Link(name="package", materials=tool)),
    }
    for name, document in documents.items():
        (directory / name).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    (directory / "owner.json").write_text(json.dumps(owner.key, indent=1, sort_keys=True) + "\n")
    in_toto_verify(Metablock.load(str(directory / "root.layout")), {owner.id: owner.key}, link_dir_path=str(directory))
    for keyring in [owner, builder, packager]:
        keyring.throw_away()


if __name__ == "__main__":
    cases()
    chain()
