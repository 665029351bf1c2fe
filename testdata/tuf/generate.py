"""Makes `python/`: a repository by python-tuf, whose private keys are thrown away.

Root 1 names three keys of three kinds, two of which must sign; root 2 replaces one of them. Every other role has one
key of one kind. Metadata is pinned by length and digest, files are named for consistent snapshots, and `packages`
is delegated to for `packages/*`.

    python3 -m venv env && env/bin/pip install "tuf==7.*" "securesystemslib[crypto]"
    env/bin/python generate.py
"""

import shutil
from datetime import datetime, timezone
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

FAR = datetime(2099, 1, 1, tzinfo=timezone.utc)
HERE = Path(__file__).parent / "python"
CONTENT = {
    "hello.txt": b"hello from python-tuf\n",
    "packages/tool-1.0.tar": b"a tool\n",
}


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def sign(signed, *signers) -> bytes:
    metadata = Metadata(signed)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def target(path: str) -> TargetFile:
    file = TargetFile.from_data(path, CONTENT[path], ["sha256", "sha512"])
    for prefixed in file.get_prefixed_paths():
        write(HERE / "targets" / prefixed, CONTENT[path])
    return file


def meta(content: bytes) -> MetaFile:
    return MetaFile.from_data(1, content, ["sha256", "sha512"])


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    ed25519, ecdsa, rsa, successor = (
        CryptoSigner.generate_ed25519(),
        CryptoSigner.generate_ecdsa(),
        CryptoSigner.generate_rsa(),
        CryptoSigner.generate_ecdsa(),
    )
    online = {
        "timestamp": CryptoSigner.generate_ecdsa(),
        "snapshot": CryptoSigner.generate_ed25519(),
        "targets": CryptoSigner.generate_rsa(),
        "packages": CryptoSigner.generate_ed25519(),
    }

    root = Root(expires=FAR)
    for signer in (ed25519, ecdsa, rsa):
        root.add_key(signer.public_key, "root")
    root.roles["root"].threshold = 2
    for role in ("timestamp", "snapshot", "targets"):
        root.add_key(online[role].public_key, role)
    write(HERE / "metadata/1.root.json", sign(root, ed25519, rsa))

    root.version = 2
    root.revoke_key(ecdsa.public_key.keyid, "root")
    root.add_key(successor.public_key, "root")
    write(HERE / "metadata/2.root.json", sign(root, ed25519, rsa, successor))

    packages = Targets(expires=FAR)
    packages.targets["packages/tool-1.0.tar"] = target("packages/tool-1.0.tar")
    packages_bytes = sign(packages, online["packages"])
    write(HERE / "metadata/1.packages.json", packages_bytes)

    targets = Targets(expires=FAR)
    targets.targets["hello.txt"] = target("hello.txt")
    targets.targets["hello.txt"].unrecognized_fields["custom"] = {"language": "Grüße \"\\"}
    delegated = DelegatedRole("packages", [], 1, True, paths=["packages/*"])
    targets.delegations = Delegations({}, {"packages": delegated})
    targets.add_key(online["packages"].public_key, "packages")
    targets_bytes = sign(targets, online["targets"])
    write(HERE / "metadata/1.targets.json", targets_bytes)

    snapshot = Snapshot(expires=FAR)
    snapshot.meta = {"targets.json": meta(targets_bytes), "packages.json": meta(packages_bytes)}
    snapshot_bytes = sign(snapshot, online["snapshot"])
    write(HERE / "metadata/1.snapshot.json", snapshot_bytes)

    timestamp = Timestamp(expires=FAR, snapshot_meta=meta(snapshot_bytes))
    write(HERE / "metadata/timestamp.json", sign(timestamp, online["timestamp"]))


if __name__ == "__main__":
    main()
