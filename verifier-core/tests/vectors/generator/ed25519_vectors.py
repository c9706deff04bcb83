"""Scheme `ed25519`."""

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import ed25519_key, pem
from vector import Signer, Vector, accepted, refused, usual

# The order of the group that the base point generates (RFC 8032, 5.1).
ORDER = 2**252 + 27742317777372353535851937790883648493


def signer() -> Signer:
    key = ed25519_key()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer("ed25519", "ed25519", public.hex(), key.sign)


def vectors() -> list[Vector]:
    good = signer()
    identity = bytes([1]) + bytes(31)
    return [
        *usual("ed25519", good),
        accepted("ed25519_upper_case_key", good.but(public=good.public.upper())),
        refused("ed25519_other_scheme", good.but(scheme="ed25519ph")),
        refused("ed25519_pem_key", good.but(public=pem(ed25519_key().public_key()))),
        refused("ed25519_short_key", good.but(public=good.public[:-2])),
        refused("ed25519_truncated", good.but(sign=lambda message: good.sign(message)[:-1])),
        refused("ed25519_trailing_byte", good.but(sign=lambda message: good.sign(message) + b"\x00")),
        # The same number in another form: a second signature that nobody made.
        refused("ed25519_high_s", good.but(sign=lambda message: high_s(good.sign(message)))),
        # With the identity as key and as R, s = 0 fits every message.
        refused(
            "ed25519_small_order",
            good.but(public=identity.hex(), sign=lambda _: identity + bytes(32)),
            peer=True,
        ),
    ]


def high_s(signature: bytes) -> bytes:
    number = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + number.to_bytes(32, "little")
