"""Keys and metadata as old repositories have them, which python-tuf itself does not write."""

import hashlib
import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import SecretsHandler, Signature, Signer, SSlibKey
from tuf.api.metadata import Signed

SCHEME = "ecdsa-sha2-nistp256"


class LegacySigner(Signer):
    """A P-256 key whose type is named after its scheme, and whose public point is in hexadecimal."""

    def __init__(self) -> None:
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        point = self.private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keyval = {"public": point.hex()}
        described = {"keytype": SCHEME, "scheme": SCHEME, "keyval": keyval}
        keyid = hashlib.sha256(encode_canonical(described).encode()).hexdigest()
        self._public_key = SSlibKey(keyid, SCHEME, SCHEME, keyval)

    @property
    def public_key(self) -> SSlibKey:
        return self._public_key

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: SSlibKey, secrets_handler: SecretsHandler | None = None
    ) -> Signer:
        raise ValueError(f"a legacy key lives in memory alone: {priv_key_uri}")

    def sign(self, payload: bytes) -> Signature:
        return Signature(self.public_key.keyid, self.private_key.sign(payload, ec.ECDSA(SHA256())).hex())


def sealed(signed: Signed, signers: list[Signer]) -> bytes:
    """Metadata whose expiry has an offset where it is root's, and a fraction of a second elsewhere."""
    content = signed.to_dict()
    ending = "+00:00" if signed.type == "root" else ".123456Z"
    content["expires"] = content["expires"].replace("Z", ending)
    payload = encode_canonical(content).encode()
    signatures = [each.sign(payload).to_dict() for each in signers]
    return json.dumps({"signatures": signatures, "signed": content}).encode()
