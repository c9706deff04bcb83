"""Keys on elliptic curves as old repositories wrote them. The specification's profile passes them over."""

import ecdsa_vectors
from ecdsa_vectors import off_curve, point
from vector import Signer, Vector, accepted, refused


def vectors() -> list[Vector]:
    return [vector for scheme in ecdsa_vectors.SCHEMES for vector in of_scheme(scheme)]


def of_scheme(scheme: str) -> list[Vector]:
    """The reference implementation takes the old key types, but no hexadecimal any more."""
    curve, _ = ecdsa_vectors.SCHEMES[scheme]
    good = ecdsa_vectors.signer(scheme)
    old_type = good.but(keytype=scheme)
    uncompressed = old_type.but(public=point(curve, compressed=False).hex())
    compressed = old_type.but(public=point(curve, compressed=True).hex())
    name = f"legacy_{curve}"
    return [
        accepted(f"{name}_old_type", old_type),
        accepted(f"{name}_uncompressed", uncompressed, peer=False),
        accepted(f"{name}_compressed", compressed, peer=False),
        accepted(f"{name}_new_type", uncompressed.but(keytype="ecdsa"), peer=False),
        refused(f"{name}_flipped_bit", uncompressed.but(sign=flip_last(good))),
        refused(f"{name}_off_curve", old_type.but(public=off_curve(curve).hex())),
        refused(f"{name}_hybrid", old_type.but(public=hybrid(curve))),
        refused(f"{name}_compact", old_type.but(public=compact(curve))),
        refused(f"{name}_infinity", old_type.but(public="00")),
        refused(f"{name}_no_point", old_type.but(public="")),
        refused(f"{name}_wrong_curve", old_type.but(public=other_point(curve))),
        refused(f"{name}_type_of_another_curve", good.but(keytype=other_scheme(scheme))),
        refused(f"{name}_one_point_in_three_forms", good, old_type, uncompressed, compressed, threshold=2),
    ]


def flip_last(good: Signer):
    def wrong(message: bytes) -> bytes:
        signature = good.sign(message)
        return signature[:-1] + bytes([signature[-1] ^ 1])

    return wrong


def hybrid(curve: str) -> str:
    """The form of X9.62 that says the sign of y beside y itself."""
    encoded = bytearray(point(curve, compressed=False))
    encoded[0] = 6 | (encoded[-1] & 1)
    return encoded.hex()


def compact(curve: str) -> str:
    """A form that has x alone, of which one point of two is meant."""
    return "05" + point(curve, compressed=True)[1:].hex()


def other_point(curve: str) -> str:
    return point("p384" if curve == "p256" else "p256", compressed=False).hex()


def other_scheme(scheme: str) -> str:
    return next(other for other in ecdsa_vectors.SCHEMES if other != scheme)
