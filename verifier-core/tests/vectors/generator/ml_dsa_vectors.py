"""Schemes `ml-dsa-44/1`, `ml-dsa-65/1` and `ml-dsa-87/1`, as the draft of TAP 21 has them."""

import hashlib

import der
from keys import ml_dsa_key, pem
from vector import Signer, Vector, refused, usual

# The places of hints and the polynomials that they are in: omega and k of FIPS 204.
HINTS = {"44": (80, 4), "65": (55, 6), "87": (75, 8)}


def signer(parameters: str) -> Signer:
    key = ml_dsa_key(parameters)
    public = pem(key.public_key())
    return Signer("ml-dsa", f"ml-dsa-{parameters}/1", public, lambda message: key.sign(payload(message)))


def payload(message: bytes, prefix: bytes = b"tuf\x01") -> bytes:
    return prefix + hashlib.sha512(message).digest()


def vectors() -> list[Vector]:
    return [vector for parameters in HINTS for vector in of_parameters(parameters)]


def of_parameters(parameters: str) -> list[Vector]:
    key = ml_dsa_key(parameters)
    good = signer(parameters)
    name = f"ml-dsa-{parameters}"
    other = "65" if parameters == "44" else "44"
    raw_key = key.public_key().public_bytes_raw()
    return [
        *usual(name, good),
        refused(f"{name}_truncated", good.but(sign=lambda message: good.sign(message)[:-1])),
        refused(f"{name}_trailing_byte", good.but(sign=lambda message: good.sign(message) + b"\x00")),
        refused(f"{name}_context", good.but(sign=lambda message: key.sign(payload(message), b"tuf"))),
        refused(f"{name}_no_prefix", good.but(sign=lambda message: key.sign(payload(message, b"")))),
        refused(f"{name}_other_version", good.but(sign=lambda message: key.sign(payload(message, b"tuf\x02")))),
        refused(f"{name}_whole_message", good.but(sign=lambda message: key.sign(message))),
        refused(
            f"{name}_sha256",
            good.but(sign=lambda message: key.sign(b"tuf\x01" + hashlib.sha256(message).digest())),
        ),
        refused(f"{name}_hints_out_of_order", good.but(sign=swapped(parameters, good))),
        refused(f"{name}_too_many_hints", good.but(sign=overfull(parameters, good))),
        refused(f"{name}_other_scheme", good.but(scheme=f"ml-dsa-{other}/1")),
        refused(f"{name}_no_version_in_scheme", good.but(scheme=name)),
        refused(f"{name}_wrong_label", good.but(public=good.public.replace("PUBLIC KEY", "CERTIFICATE"))),
        refused(f"{name}_hex_key", good.but(public=raw_key.hex())),
        refused(f"{name}_short_key", good.but(public=public_key(parameters, raw_key[:-1]))),
        refused(f"{name}_key_with_parameters", good.but(public=public_key(parameters, raw_key, b"\x05\x00"))),
    ]


def public_key(parameters: str, raw_key: bytes, algorithm_parameters: bytes = b"") -> str:
    """A PEM `PUBLIC KEY` of any bytes. id-ml-dsa-44, -65 and -87 are numbered 17, 18 and 19."""
    number = {"44": 17, "65": 18, "87": 19}[parameters]
    identifier = bytes.fromhex("0609608648016503040300")[:-1] + bytes([number])
    algorithm = der.sequence(identifier, algorithm_parameters)
    return der.armour("PUBLIC KEY", der.sequence(algorithm, der.tagged(0x03, b"\x00" + raw_key)))


def swapped(parameters: str, good: Signer):
    """The first two hints of a polynomial change places: the same hints, another signature."""
    omega, k = HINTS[parameters]

    def wrong(message: bytes) -> bytes:
        signature = bytearray(good.sign(message))
        hints = len(signature) - omega - k
        start = 0
        for end in signature[hints + omega :]:
            if end - start > 1:
                first = hints + start
                signature[first], signature[first + 1] = signature[first + 1], signature[first]
                return bytes(signature)
            start = end
        raise SystemExit("no polynomial has two hints")

    return wrong


def overfull(parameters: str, good: Signer):
    """The last polynomial claims more hints than there are places."""
    return lambda message: good.sign(message)[:-1] + b"\xff"
