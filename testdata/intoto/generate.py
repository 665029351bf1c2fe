"""Writes chains/: layouts, links and owners' keys made with in-toto 3.1.0, each directory a claim.

    python3 -m venv venv && venv/bin/pip install in-toto==3.1.0 'securesystemslib[crypto]'
    venv/bin/python generate.py

Where the specification decides, in-toto verifies every chain here first, and the script stops if the verdict is not the
expected one. Where it leaves room and this project is the stricter one, there is no such check. `expect.json` has the variant of
`intoto_verify::Error` that refuses the chain, or null. Keys are made anew each time, and only public ones are written.
"""

import copy
import hashlib
import json
import shutil
from pathlib import Path

from in_toto.models.layout import Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope, Metablock
from in_toto.verifylib import in_toto_verify
from securesystemslib.signer import CryptoSigner

FOLDER = Path(__file__).parent / "chains"
CLASSIC, DSSE = "classic", "dsse"


def envelope(kind, signed, *signers):
    wrapped = Metablock(signed=signed) if kind == CLASSIC else Envelope.from_signable(signed)
    for signer in signers:
        wrapped.create_signature(signer)
    return wrapped


def public(signer):
    return {**signer.public_key.to_dict(), "keyid": signer.public_key.keyid}


def artifacts(contents):
    return {name: {"sha256": hashlib.sha256(content.encode()).hexdigest()} for name, content in contents.items()}


def link(name, materials, products):
    return Link(
        name=name,
        materials=artifacts(materials),
        products=artifacts(products),
        command=["make", name],
        byproducts={"stdout": "tab\t quote\" back\\slash\r\n\x01 ünïcode 𝄞", "stderr": "", "return-value": 0},
        environment={"workdir": "/build"},
    )


class Chain:
    """Three steps: sources are cloned, built, and packaged from another directory."""

    def __init__(self, kind=CLASSIC, generate=CryptoSigner.generate_ed25519):
        self.kind = kind
        self.owner, *self.people = (generate() for _ in range(4))
        self.layout = Layout(
            steps=[
                self.step("clone", 0, [], [["CREATE", "*"], ["DISALLOW", "*"]]),
                self.step(
                    "build",
                    1,
                    [["MATCH", "*", "WITH", "PRODUCTS", "FROM", "clone"], ["DISALLOW", "*"]],
                    [["MATCH", "src/*", "WITH", "PRODUCTS", "FROM", "clone"], ["CREATE", "out/*"], ["DISALLOW", "*"]],
                ),
                self.step(
                    "package",
                    2,
                    [["MATCH", "*", "IN", "in", "WITH", "PRODUCTS", "IN", "out", "FROM", "build"], ["DISALLOW", "*"]],
                    [["REQUIRE", "tool.tar"], ["CREATE", "tool.*"], ["DELETE", "*"], ["DISALLOW", "*"]],
                ),
            ],
            inspect=[],
            keys={key["keyid"]: key for key in map(public, self.people)},
            expires="2099-12-31T23:59:59Z",
            readme="Sources are cloned, built and packaged.",
        )
        source = {"src/main.rs": "fn main() {}", "src/naïve name.rs": "1"}
        self.links = {
            "clone": link("clone", {}, source),
            "build": link("build", source, {**source, "out/tool": "tool"}),
            "package": link("package", {"in/tool": "tool"}, {"tool.tar": "tar"}),
        }
        self.signers = {"clone": [self.people[0]], "build": [self.people[1]], "package": [self.people[2]]}
        self.link_kind = kind

    def step(self, name, person, materials, products):
        return Step(
            name=name,
            pubkeys=[public(self.people[person])["keyid"]],
            expected_command=["make", name],
            expected_materials=materials,
            expected_products=products,
            threshold=1,
        )

    def write(self, claim, error=None, checked=True, layout_signer=None):
        folder = FOLDER / claim
        folder.mkdir(parents=True)
        envelope(self.kind, self.layout, layout_signer or self.owner).dump(str(folder / "root.layout"))
        for name, reported in self.links.items():
            for signer in self.signers[name]:
                path = folder / f"{name}.{signer.public_key.keyid[:8]}.link"
                # A link of its own for a signer, where two do not report the same.
                own = reported[signer] if isinstance(reported, dict) else reported
                envelope(self.link_kind, own, signer).dump(str(path))
        (folder / "owner.json").write_text(json.dumps(public(self.owner), indent=1) + "\n")
        (folder / "expect.json").write_text(json.dumps({"error": error}) + "\n")
        if checked and self.verdict(folder) != (error is None):
            raise SystemExit(f"in-toto has another verdict: {claim}")

    def verdict(self, folder):
        load = (Metablock if self.kind == CLASSIC else Envelope).load
        try:
            keys = {public(self.owner)["keyid"]: public(self.owner)}
            in_toto_verify(load(str(folder / "root.layout")), keys, link_dir_path=str(folder), persist_inspection_links=False)
        except Exception as refused:
            print(f"{folder.name}: {type(refused).__name__}: {str(refused).splitlines()[0]}")
            return False
        return True


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    keys = [
        ("ed25519", CryptoSigner.generate_ed25519),
        ("ecdsa", CryptoSigner.generate_ecdsa),
        ("rsa", lambda: CryptoSigner.generate_rsa(size=2048)),
    ]
    for kind in (CLASSIC, DSSE):
        for name, generate in keys:
            Chain(kind, generate).write(f"a-{kind}-chain-of-{name}-keys-is-accepted")

    chain = Chain(DSSE)
    chain.link_kind = CLASSIC
    chain.write("classic-links-of-a-dsse-layout-are-accepted")

    def two_builders(chain):
        step = chain.layout.steps[1]
        step.pubkeys.append(public(chain.people[0])["keyid"])
        chain.signers["build"] = [chain.people[1], chain.people[0]]
        return step

    chain = Chain()
    two_builders(chain).threshold = 2
    chain.write("two-functionaries-who-agree-reach-two")

    chain = Chain()
    two_builders(chain).threshold = 2
    chain.signers["build"].pop()
    chain.write("one-functionary-does-not-reach-two", "NotEnoughLinks")

    def disagreeing(chain):
        step = two_builders(chain)
        honest = chain.links["build"]
        other = copy.deepcopy(honest)
        other.products = {**other.products, **artifacts({"out/tool": "other"})}
        chain.links["build"] = {chain.people[1]: honest, chain.people[0]: other}
        return step

    chain = Chain()
    disagreeing(chain).threshold = 2
    chain.write("two-functionaries-who-disagree-do-not-reach-two", "NotEnoughLinks")

    chain = Chain()
    disagreeing(chain)
    chain.write("two-reports-with-enough-functionaries-each-are-refused", "Disagreement", checked=False)

    chain = Chain()
    changed = {"src/main.rs": "fn main() { evil() }", "src/naïve name.rs": "1"}
    chain.links["build"] = link("build", changed, {**changed, "out/tool": "tool"})
    chain.write("a-source-changed-between-clone-and-build-is-refused", "Rule")

    chain = Chain()
    chain.links["package"] = link("package", {"in/tool": "other"}, {"tool.tar": "tar"})
    chain.write("a-tool-changed-between-build-and-package-is-refused", "Rule")

    chain = Chain()
    chain.links["package"] = link("package", {"in/tool": "tool"}, {"other.tar": "tar"})
    chain.write("a-package-that-is-not-there-is-refused", "Rule")

    chain = Chain()
    chain.signers["build"] = [chain.people[0]]
    chain.write("a-step-by-another-functionary-is-refused", "NotEnoughLinks")

    chain = Chain()
    chain.signers["build"] = []
    chain.write("a-step-that-was-not-done-is-refused", "NotEnoughLinks")

    chain = Chain()
    chain.layout.expires = "2020-01-01T00:00:00Z"
    chain.write("an-expired-layout-is-refused", "LayoutExpired")

    chain = Chain()
    chain.write("a-layout-by-another-owner-is-refused", "Layout", layout_signer=chain.people[0])

    chain = Chain()
    chain.links["build"] = copy.deepcopy(chain.links["build"])
    chain.links["build"].name = "clone"
    chain.write("a-link-about-another-step-is-refused", "NotEnoughLinks", checked=False)

    chain = Chain()
    source = {"src/../src/main.rs": "fn main() {}"}
    chain.links["clone"] = link("clone", {}, source)
    chain.links["build"] = link("build", source, {**source, "out/tool": "tool"})
    chain.layout.steps[1].expected_products.insert(0, ["ALLOW", "src/*"])
    chain.write("a-second-spelling-of-a-file-is-refused", "NotEnoughLinks", checked=False)

    chain = Chain()
    chain.layout.steps = []
    chain.links = {}
    chain.write("a-layout-without-steps-is-refused", "Layout", checked=False)

    chain = Chain()
    key = {**public(chain.people[1]), "keyid": "0" * 64}
    chain.layout.keys[key["keyid"]] = key
    chain.layout.steps[1].pubkeys.append(key["keyid"])
    chain.layout.steps[1].threshold = 2
    chain.write("one-key-under-two-ids-does-not-reach-two", "Layout", checked=False)


if __name__ == "__main__":
    main()
