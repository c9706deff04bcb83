"""Writes the repository that a plan describes, with tuf.api.metadata and securesystemslib's signers."""

import hashlib
import shutil
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import legacy
from securesystemslib.signer import CryptoSigner, Signer
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

TOP_LEVEL = ("root", "timestamp", "snapshot", "targets")


def write(plan: dict) -> dict:
    """Writes one folder a release, ``1/``, ``2/`` and so on, each a whole published repository."""
    folder = Path(plan["folder"])
    for number, release in enumerate(plan["releases"], start=1):
        published = folder / str(number)
        if number > 1:
            shutil.copytree(folder / str(number - 1), published)
        ReleaseWriter(plan, release, published).write()
    return {"written": len(plan["releases"])}


@lru_cache(maxsize=None)
def signer(key_type: str, label: str) -> Signer:
    """The key of this label: the same in every repository that this process writes."""
    match key_type:
        case "ed25519":
            return CryptoSigner.generate_ed25519()
        case "ecdsa-p256":
            return CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp256")
        case "ecdsa-p384":
            return CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp384")
        case "rsa-pss":
            return CryptoSigner.generate_rsa(scheme="rsassa-pss-sha256")
        case "ecdsa-p521":
            return CryptoSigner.generate_ecdsa(scheme="ecdsa-sha2-nistp521")
        case "rsa-pss384" | "rsa-pss512":
            return CryptoSigner.generate_rsa(scheme=f"rsassa-pss-sha{key_type[-3:]}", size=2048)
        case "rsa-pkcs256" | "rsa-pkcs384" | "rsa-pkcs512":
            return CryptoSigner.generate_rsa(scheme=f"rsa-pkcs1v15-sha{key_type[-3:]}", size=2048)
        case "ml-dsa44" | "ml-dsa65" | "ml-dsa87":
            return CryptoSigner.generate_mldsa(scheme=f"ml-dsa-{key_type[-2:]}/1")
        case "legacy":
            return legacy.LegacySigner()
    raise ValueError(f"no such key type: {key_type}")


class ReleaseWriter:
    """Writes one release of a plan into one folder."""

    def __init__(self, plan: dict, release: dict, folder: Path) -> None:
        self.plan = plan
        self.roles = {role["name"]: role for role in release["roles"]}
        self.bins = release.get("bins")
        self.lies = release.get("lies", {})
        self.folder = folder
        self.listed: dict[str, MetaFile] = {}

    def write(self) -> None:
        """Delegated roles first, then what lists them."""
        for name in self.roles:
            if name not in TOP_LEVEL:
                self.publish(name, self.roles[name], self.targets(name))
        if self.bins:
            for name, files in self.files_of_bins().items():
                self.publish(name, self.bins, Targets(**self.header(self.bins), targets=files))
        self.publish("targets", self.roles["targets"], self.targets("targets"))
        meta = {f"{name}.json": entry for name, entry in self.listed.items()}
        for name in self.lies.get("unlisted", []):
            del meta[f"{name}.json"]
        snapshot = self.roles["snapshot"]
        self.publish("snapshot", snapshot, Snapshot(**self.header(snapshot), meta=meta))
        timestamp = self.roles["timestamp"]
        entry = self.listed["snapshot"]
        self.publish("timestamp", timestamp, Timestamp(**self.header(timestamp), snapshot_meta=entry))
        self.publish("root", self.roles["root"], self.root())

    def header(self, role: dict) -> dict:
        expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=role["expires_in"])
        return {"version": role["version"], "expires": expires}

    def key(self, label: str) -> Key:
        return self.signer(label).public_key

    def signer(self, label: str) -> Signer:
        of_root = self.plan.get("root_key_type") if label.startswith("root") else None
        return signer(of_root or self.plan["key_type"], label)

    def root(self) -> Root:
        keys: dict[str, Key] = {}
        roles = {}
        for name in TOP_LEVEL:
            role = self.roles[name]
            of_role = [self.key(label) for label in role["keys"]]
            keys.update({key.keyid: key for key in of_role})
            roles[name] = Role([key.keyid for key in of_role], role["threshold"])
        consistent = self.plan["consistent_snapshot"]
        return Root(**self.header(self.roles["root"]), keys=keys, roles=roles, consistent_snapshot=consistent)

    def targets(self, name: str) -> Targets:
        role = self.roles[name]
        files = {path: self.target_file(path, text) for path, text in role.get("files", {}).items()}
        return Targets(**self.header(role), targets=files, delegations=self.delegations(name))

    def delegations(self, delegator: str) -> Delegations | None:
        if delegator == "targets" and self.bins:
            keys = [self.key(label) for label in self.bins["keys"]]
            return Delegations({key.keyid: key for key in keys}, succinct_roles=self.succinct_roles())
        keys = {}
        roles = {}
        for name, role in self.roles.items():
            if role.get("delegator") != delegator:
                continue
            of_role = [self.key(label) for label in role["keys"]]
            keys.update({key.keyid: key for key in of_role})
            roles[name] = DelegatedRole(
                name,
                [key.keyid for key in of_role],
                role["threshold"],
                role["terminating"],
                role.get("paths"),
                role.get("path_hash_prefixes"),
            )
        return Delegations(keys, roles=roles) if roles else None

    def succinct_roles(self) -> SuccinctRoles:
        keyids = [self.key(label).keyid for label in self.bins["keys"]]
        return SuccinctRoles(keyids, self.bins["threshold"], self.bins["bit_length"], self.bins["prefix"])

    def files_of_bins(self) -> dict[str, dict[str, TargetFile]]:
        succinct = self.succinct_roles()
        bins: dict[str, dict[str, TargetFile]] = {name: {} for name in succinct.get_roles()}
        for path, text in self.bins["files"].items():
            bins[succinct.get_role_for_target(path)][path] = self.target_file(path, text)
        return bins

    def target_file(self, path: str, text: str) -> TargetFile:
        """Writes a target file and describes it, truly or not."""
        content = text.encode()
        digest = hashlib.sha256(content).hexdigest()
        described = TargetFile(len(content), {"sha256": self.lies.get("file_hashes", {}).get(path, digest)}, path)
        described.length = self.lies.get("file_lengths", {}).get(path, described.length)
        folder, _, name = path.rpartition("/")
        # A client looks for the file under the hash that it is told.
        name = f"{described.hashes['sha256']}.{name}" if self.plan["consistent_snapshot"] else name
        self.store(f"targets/{folder}/{name}", content)
        return described

    def publish(self, name: str, role: dict, signed: Root | Timestamp | Snapshot | Targets) -> None:
        """Signs and writes one metadata file, and remembers how it is to be listed."""
        content = self.sealed(signed, [self.signer(label) for label in role["signers"]])
        versioned = name == "root" or (self.plan["consistent_snapshot"] and name != "timestamp")
        # A slash in a role's name reaches a static server encoded, and is a folder's to it.
        self.store(f"metadata/{signed.version}.{name}.json" if versioned else f"metadata/{name}.json", content)
        version = self.lies.get("listed_versions", {}).get(name, signed.version)
        self.listed[name] = MetaFile(version)
        if self.plan["list_hashes"]:
            digest = hashlib.sha256(content).hexdigest()
            hashes = {"sha256": self.lies.get("listed_hashes", {}).get(name, digest)}
            length = self.lies.get("listed_lengths", {}).get(name, len(content))
            self.listed[name] = MetaFile(version, length, hashes)

    def sealed(self, signed: Root | Timestamp | Snapshot | Targets, signers: list[Signer]) -> bytes:
        if self.plan["key_type"] == "legacy":
            return legacy.sealed(signed, signers)
        metadata = Metadata(signed)
        for each in signers:
            metadata.sign(each, append=True)
        return metadata.to_bytes(JSONSerializer(compact=True))

    def store(self, path: str, content: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
