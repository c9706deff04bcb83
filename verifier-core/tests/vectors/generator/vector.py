"""A vector: root metadata that keys under test sign, and what the reference implementation says of the signatures."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Key, Signature
from securesystemslib.signer._utils import compute_default_keyid

FOLDER = Path(__file__).parent.parent

Sign = Callable[[bytes], bytes]


@dataclass
class Signer:
    """A key as metadata lists it, and what signs for it."""

    keytype: str
    scheme: str
    public: str
    sign: Sign
    keyid: str = ""

    def described(self) -> dict:
        return {"keytype": self.keytype, "keyval": {"public": self.public}, "scheme": self.scheme}

    def name(self) -> str:
        return self.keyid or compute_default_keyid(self.keytype, self.scheme, {"public": self.public})

    def but(self, **changes: object) -> "Signer":
        """The same with some fields changed."""
        changed = copy.copy(self)
        for field, value in changes.items():
            assert hasattr(changed, field)
            setattr(changed, field, value)
        return changed


@dataclass
class Vector:
    """Root metadata in which every role has the signers' keys and the threshold."""

    name: str
    signers: list[Signer]
    # Whether the reference implementation takes every signature.
    peer: bool
    threshold: int = 1

    def signed(self) -> dict:
        role = {"keyids": [signer.name() for signer in self.signers], "threshold": self.threshold}
        return {
            "_type": "root",
            "consistent_snapshot": True,
            "expires": "2100-01-01T00:00:00Z",
            "keys": {signer.name(): signer.described() for signer in self.signers},
            "roles": {name: role for name in ["root", "snapshot", "targets", "timestamp"]},
            "spec_version": "1.0.34",
            "version": 1,
        }

    def path(self) -> Path:
        return FOLDER / f"{self.name}.json"


def accepted(name: str, *signers: Signer, threshold: int = 1, peer: bool = True) -> Vector:
    """A vector whose signatures are right. `peer` is False where the reference implementation sees that otherwise."""
    return Vector(name, list(signers), peer, threshold)


def refused(name: str, *signers: Signer, threshold: int = 1, peer: bool = False) -> Vector:
    """A vector that must not reach its threshold."""
    return Vector(name, list(signers), peer, threshold)


def flipped(sign: Sign) -> Sign:
    """One bit of the signature differs."""

    def wrong(message: bytes) -> bytes:
        signature = bytearray(sign(message))
        signature[len(signature) // 2] ^= 1
        return bytes(signature)

    return wrong


def of_another_message(sign: Sign) -> Sign:
    """The signature is of version 2 of the same metadata."""

    def wrong(message: bytes) -> bytes:
        other = message.replace(b'"version":1', b'"version":2')
        assert other != message
        return sign(other)

    return wrong


def usual(name: str, signer: Signer) -> list[Vector]:
    """What every scheme has: a right signature, one with a flipped bit, one of another message."""
    return [
        accepted(name, signer),
        refused(f"{name}_flipped_bit", signer.but(sign=flipped(signer.sign))),
        refused(f"{name}_other_message", signer.but(sign=of_another_message(signer.sign))),
    ]


def write(vector: Vector) -> None:
    """Signs, judges and writes."""
    signed = vector.signed()
    message = encode_canonical(signed).encode()
    signatures = [{"keyid": signer.name(), "sig": signer.sign(message).hex()} for signer in vector.signers]
    judge(vector, signed, signatures)
    text = json.dumps({"signatures": signatures, "signed": signed}, indent=1)
    vector.path().write_text(text + "\n", encoding="utf-8")


def check(vector: Vector) -> None:
    """Judges the file as it is."""
    metadata = json.loads(vector.path().read_text(encoding="utf-8"))
    judge(vector, metadata["signed"], metadata["signatures"])


def judge(vector: Vector, signed: dict, signatures: list[dict]) -> None:
    message = encode_canonical(signed).encode()
    verdicts = [verifies(signed["keys"][one["keyid"]], one["keyid"], one["sig"], message) for one in signatures]
    if all(verdicts) != vector.peer:
        raise SystemExit(f"{vector.name}: the reference implementation says {verdicts}")


def verifies(described: dict, keyid: str, signature: str, message: bytes) -> bool:
    try:
        key = Key.from_dict(keyid, copy.deepcopy(described))
        key.verify_signature(Signature(keyid, signature), message)
    except (UnverifiedSignatureError, ValueError):
        return False
    return True
