"""Reads, with the client of python-tuf, a repository that this project published.

    python3 -m venv env && env/bin/pip install "tuf==7.*" "securesystemslib[crypto]"
    env/bin/python testdata/interop/tuf_read.py

It runs the example `publish` of `tuf-repo` with cargo, serves the outcome on loopback, and downloads every target into an
empty client. Then it alters what is served, one thing at a time, to see that what was read was verified.
"""

import functools
import http.server
import subprocess
import tempfile
import threading
from datetime import datetime, timezone
from pathlib import Path

from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import Metadata
from tuf.ngclient import Updater

ROOT = Path(__file__).resolve().parents[2]
CONTENT = {
    "hello.txt": b"hello from bonafide\n",
    "packages/tool 1.0+ü.tar": b"a tool\n",
    "empty": b"",
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def publish(directory: Path) -> None:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    example = ["cargo", "run", "-q", "-p", "tuf-repo", "--example", "publish", "--"]
    subprocess.run([*example, str(directory), now], cwd=ROOT, check=True)


def read(base: str, repository: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        metadata, downloads = Path(scratch, "metadata"), Path(scratch, "downloads")
        metadata.mkdir()
        downloads.mkdir()
        updater = Updater(
            metadata_dir=str(metadata),
            metadata_base_url=f"{base}/metadata/",
            target_dir=str(downloads),
            target_base_url=f"{base}/targets/",
            bootstrap=(repository / "root.json").read_bytes(),
        )
        updater.refresh()
        for path, content in CONTENT.items():
            info = updater.get_targetinfo(path)
            assert info is not None, path
            assert Path(updater.download_target(info)).read_bytes() == content, path
        assert updater.get_targetinfo("nobody") is None


def refuses(base: str, repository: Path, name: str, alter) -> None:
    file = repository / name
    before = file.read_bytes()
    file.write_bytes(alter(before))
    try:
        read(base, repository)
    except (RepositoryError, DownloadError) as refusal:
        print(f"refused, {name} altered: {type(refusal).__name__}")
    else:
        raise AssertionError(f"{name} was altered, and read all the same")
    finally:
        file.write_bytes(before)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        repository = Path(scratch)
        publish(repository)
        for file in sorted((repository / "metadata").iterdir()):
            Metadata.from_bytes(file.read_bytes())
            print(f"loaded {file.name}")
        handler = functools.partial(Quiet, directory=scratch)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            base = f"http://127.0.0.1:{server.server_address[1]}"
            read(base, repository)
            print(f"read {len(CONTENT)} targets")
            bump = lambda bytes: bytes.replace(b'"version": 2', b'"version": 3')
            for name in ("2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"):
                refuses(base, repository, f"metadata/{name}", bump)
            for copy in sorted((repository / "targets").glob("*.hello.txt")):
                copy.write_bytes(b"HELLO from bonafide\n")
            try:
                read(base, repository)
            except RepositoryError as refusal:
                print(f"refused, a target altered: {type(refusal).__name__}")
            else:
                raise AssertionError("a target was altered, and read all the same")
            server.shutdown()


if __name__ == "__main__":
    main()
