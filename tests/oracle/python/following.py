"""Follows a generated world with tuf.ngclient's Updater, without a network.

A world is ``{"blobs": [BASE64], "root": BLOB, "steps": [STEP]}``. A step is ``{"now": SECONDS, "metadata": {NAME: BLOB},
"targets": {PATH: BLOB}, "look_up": [PATH]}``; blobs are numbers, names and paths are decoded. An answer also has the
SHA-256 digests of the stored root, timestamp and snapshot after the step, or null for a file that is not stored.
"""

import base64
import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import unquote, urlsplit

from reading import look_up, refused
from securesystemslib.signer import Signature, SSlibKey
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

METADATA = "http://world.test/metadata/"
TARGETS = "http://world.test/targets/"


class StepFetcher(FetcherInterface):
    """Answers as a server of one step's files does: the path of the URL, decoded, is the name."""

    def __init__(self, blobs: list[bytes], step: dict) -> None:
        self.blobs = blobs
        self.files = {f"/metadata/{name}": blob for name, blob in step["metadata"].items()}
        self.files |= {f"/targets/{path}": blob for path, blob in step["targets"].items()}

    def _fetch(self, url: str) -> Iterator[bytes]:
        parts = urlsplit(url)
        blob = self.files.get(unquote(parts.path)) if parts.netloc == "world.test" else None
        if blob is None:
            raise DownloadHTTPError(f"no {url}", 404)
        return iter([self.blobs[blob]])


class RememberedSignatures:
    """Verifies each signature once while one world is followed.

    A client reads its store again at every step, and most files of a step are those of the step before. Whether a
    signature is valid depends on the key, the signature and the bytes alone. Exceptions are not remembered.
    """

    def __enter__(self) -> None:
        self.verify = verify = SSlibKey.verify_signature
        valid = set()

        def remember(key: SSlibKey, signature: Signature, data: bytes) -> None:
            name = (key.keytype, key.scheme, key.keyval["public"], signature.signature, data)
            if name not in valid:
                verify(key, signature, data)
                valid.add(name)

        SSlibKey.verify_signature = remember

    def __exit__(self, *_: object) -> None:
        SSlibKey.verify_signature = self.verify


def follow(world: dict) -> dict:
    """One verdict a step, all with one store."""
    blobs = [base64.b64decode(blob) for blob in world["blobs"]]
    with tempfile.TemporaryDirectory() as folder, RememberedSignatures():
        # Names that climb out of the store stay inside of the temporary folder.
        store = Path(folder, "store/of/metadata")
        downloads = Path(folder, "downloads/of/targets")
        store.mkdir(parents=True)
        downloads.mkdir(parents=True)
        visit = Visit(blobs, blobs[world["root"]], store, downloads)
        return {"steps": [visit.step(step) | {"stored": visit.stored()} for step in world["steps"]]}


class Visit:
    """A client that comes again at each step."""

    def __init__(self, blobs: list[bytes], root: bytes, store: Path, downloads: Path) -> None:
        self.blobs = blobs
        self.root = root
        self.store = store
        self.downloads = downloads

    def step(self, step: dict) -> dict:
        try:
            updater = Updater(
                metadata_dir=str(self.store),
                metadata_base_url=METADATA,
                target_dir=str(self.downloads),
                target_base_url=TARGETS,
                fetcher=StepFetcher(self.blobs, step),
                bootstrap=self.root,
            )
            # ngclient has no public setting for its clock, and none to ask what it trusts.
            trusted = updater._trusted_set
            trusted.reference_time = datetime.fromtimestamp(step["now"], timezone.utc)
            updater.refresh()
            roles = (trusted.root, trusted.timestamp, trusted.snapshot, trusted.targets)
            versions = [role.version for role in roles]
        except Exception as error:  # every way not to accept is a refusal, whatever its type
            return {"refresh": refused(error), "targets": {}, "versions": None}
        targets = {path: look_up(updater, path) for path in step["look_up"]}
        return {"refresh": {"outcome": "accepted"}, "targets": targets, "versions": versions}

    def stored(self) -> dict:
        files = {role: Path(self.store, f"{role}.json") for role in ("root", "timestamp", "snapshot")}
        return {
            role: hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None
            for role, file in files.items()
        }
