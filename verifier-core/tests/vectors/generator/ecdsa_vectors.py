"""Schemes `ecdsa-sha2-nistp256`, `-nistp384` and `-nistp521`."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import der
from keys import ec_key, pem
from vector import Sign, Signer, Vector, accepted, refused, usual

SCHEMES = {
    "ecdsa-sha2-nistp256": ("p256", SHA256()),
    "ecdsa-sha2-nistp384": ("p384", SHA384()),
    "ecdsa-sha2-nistp521": ("p521", SHA512()),
}

# Orders of the curves' groups (FIPS 186-4, D.1.2).
ORDERS = {
    "p256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "p384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "p521": 2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
}

# AlgorithmIdentifiers: id-ecPublicKey with the named curve.
ALGORITHMS = {
    "p256": bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"),
    "p384": bytes.fromhex("301006072a8648ce3d020106052b81040022"),
    "p521": bytes.fromhex("301006072a8648ce3d020106052b81040023"),
}


def signer(scheme: str) -> Signer:
    curve, digest = SCHEMES[scheme]
    return Signer("ecdsa", scheme, pem(ec_key(curve).public_key()), signing(curve, digest))


def signing(curve: str, digest) -> Sign:
    key = ec_key(curve)
    return lambda message: key.sign(message, ec.ECDSA(digest, deterministic_signing=True))


def vectors() -> list[Vector]:
    return [vector for scheme in SCHEMES for vector in of_scheme(scheme)]


def of_scheme(scheme: str) -> list[Vector]:
    curve, _ = SCHEMES[scheme]
    good = signer(scheme)
    return [
        *usual(scheme, good),
        *keys(scheme, good),
        *encodings(scheme, good),
        accepted(f"{scheme}_low_s", good.but(sign=with_s(curve, good.sign, low=True))),
        accepted(f"{scheme}_high_s", good.but(sign=with_s(curve, good.sign, low=False))),
        refused(f"{scheme}_other_digest", good.but(sign=signing(curve, other_digest(scheme)))),
    ]


def keys(scheme: str, good: Signer) -> list[Vector]:
    curve, digest = SCHEMES[scheme]
    other = "p384" if curve == "p256" else "p256"
    other_scheme = next(name for name in SCHEMES if name != scheme)
    return [
        accepted(f"{scheme}_compressed_key", good.but(public=public_key(curve, point(curve, compressed=True)))),
        refused(f"{scheme}_other_scheme", good.but(scheme=other_scheme)),
        refused(
            f"{scheme}_wrong_curve",
            good.but(public=pem(ec_key(other).public_key()), sign=signing(other, digest)),
        ),
        refused(f"{scheme}_wrong_label", good.but(public=good.public.replace("PUBLIC KEY", "CERTIFICATE"))),
        refused(f"{scheme}_off_curve", good.but(public=public_key(curve, off_curve(curve)))),
        refused(f"{scheme}_infinity", good.but(public=public_key(curve, b"\x00"))),
    ]


def encodings(scheme: str, good: Signer) -> list[Vector]:
    curve, _ = SCHEMES[scheme]
    return [
        refused(f"{scheme}_truncated_der", good.but(sign=lambda message: good.sign(message)[:-1])),
        refused(f"{scheme}_trailing_byte", good.but(sign=lambda message: good.sign(message) + b"\x00")),
        refused(f"{scheme}_long_length", good.but(sign=lambda message: long_length(good.sign(message)))),
        refused(f"{scheme}_padded_integer", good.but(sign=lambda message: padded(good.sign(message)))),
        refused(f"{scheme}_raw", good.but(sign=lambda message: raw(curve, good.sign(message)))),
        refused(f"{scheme}_zero", good.but(sign=lambda _: encode_dss_signature(0, 0))),
        refused(f"{scheme}_order", good.but(sign=lambda _: encode_dss_signature(ORDERS[curve], ORDERS[curve]))),
    ]


def with_s(curve: str, sign: Sign, low: bool) -> Sign:
    """Of the two values of s that fit, the smaller or the greater one."""

    def chosen(message: bytes) -> bytes:
        r, s = decode_dss_signature(sign(message))
        values = sorted([s, ORDERS[curve] - s])
        return encode_dss_signature(r, values[0] if low else values[1])

    return chosen


def other_digest(scheme: str):
    return SHA256() if scheme.endswith("521") else SHA512()


def point(curve: str, compressed: bool) -> bytes:
    form = PublicFormat.CompressedPoint if compressed else PublicFormat.UncompressedPoint
    return ec_key(curve).public_key().public_bytes(Encoding.X962, form)


def off_curve(curve: str) -> bytes:
    encoded = bytearray(point(curve, compressed=False))
    encoded[-1] ^= 1
    return bytes(encoded)


def public_key(curve: str, encoded: bytes) -> str:
    return der.armour("PUBLIC KEY", der.sequence(ALGORITHMS[curve], der.tagged(0x03, b"\x00" + encoded)))


def long_length(signature: bytes) -> bytes:
    """The outer length takes one byte more than it needs."""
    if signature[1] < 0x80:
        return signature[:1] + b"\x81" + signature[1:]
    return signature[:1] + b"\x82\x00" + signature[2:]


def padded(signature: bytes) -> bytes:
    """The number r has a leading zero that it does not need."""
    r, s = decode_dss_signature(signature)
    number = der.integer(r)
    return der.sequence(der.tagged(0x02, b"\x00" + number[2:]), der.integer(s))


def raw(curve: str, signature: bytes) -> bytes:
    """Both numbers without DER, as other formats have them."""
    size = (ORDERS[curve].bit_length() + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))
