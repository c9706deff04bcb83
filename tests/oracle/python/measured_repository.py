"""The repositories that `cargo xtask bench` measures clients with, as python-tuf writes them.

``measured_repository.py FOLDER COUNT``: one targets role with this many targets, the first of which has a file.
"""

import hashlib
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import TOP_LEVEL_ROLE_NAMES, Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

CONTENT = b"A small target.\n"
HASHES = ["sha256"]


def main(folder: Path, count: int) -> None:
    expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
    signer = CryptoSigner.generate_ed25519()
    metadata = folder / "metadata"
    metadata.mkdir(parents=True)

    def publish(name: str, signed: Root | Timestamp | Snapshot | Targets) -> MetaFile:
        signed.expires = expires
        envelope = Metadata(signed)
        envelope.sign(signer)
        data = envelope.to_bytes()
        (metadata / name).write_bytes(data)
        return MetaFile.from_data(signed.version, data, HASHES)

    root = Root(consistent_snapshot=True)
    for role in TOP_LEVEL_ROLE_NAMES:
        root.add_key(signer.public_key, role)
    publish("1.root.json", root)
    targets = publish("1.targets.json", Targets(targets=listed(count)))
    snapshot = publish("1.snapshot.json", Snapshot(meta={"targets.json": targets}))
    publish("timestamp.json", Timestamp(snapshot_meta=snapshot))
    store(folder / "targets")


def path(number: int) -> str:
    return f"packages/package-{number:06}.tar.gz"


def listed(count: int) -> dict[str, TargetFile]:
    """The first is there; the others are listed alone."""
    targets = {path(0): TargetFile.from_data(path(0), CONTENT, HASHES)}
    for number in range(1, count):
        digest = hashlib.sha256(path(number).encode()).hexdigest()
        targets[path(number)] = TargetFile(1_000 + number, {"sha256": digest}, path(number))
    return targets


def store(folder: Path) -> None:
    file = folder / path(0)
    file.parent.mkdir(parents=True)
    digest = hashlib.sha256(CONTENT).hexdigest()
    file.with_name(f"{digest}.{file.name}").write_bytes(CONTENT)
    # Where tough looks for it: the digest is before the whole path.
    other = folder / f"{digest}.{path(0)}"
    other.parent.mkdir()
    other.write_bytes(CONTENT)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
