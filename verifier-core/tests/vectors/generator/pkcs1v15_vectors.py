"""Schemes `rsa-pkcs1v15-sha256`, `-sha384` and `-sha512`."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15

import der
from keys import rsa_key
from rsa_keys import DIGESTS, OTHER, forms, lengths, modulus, raw_private, signer
from vector import Sign, Vector, accepted, refused, usual

# The object identifiers of the digests (RFC 8017, B.1), in DER.
IDENTIFIERS = {
    "sha256": bytes.fromhex("0609608648016503040201"),
    "sha384": bytes.fromhex("0609608648016503040202"),
    "sha512": bytes.fromhex("0609608648016503040203"),
}


def signing(digest: str, bits: int = 2048, exponent: int = 65537) -> Sign:
    key, hashed = rsa_key(bits, exponent), DIGESTS[digest]
    return lambda message: key.sign(message, PKCS1v15(), hashed)


def vectors() -> list[Vector]:
    scheme = "rsa-pkcs1v15-sha256"
    good = signer(scheme, signing("sha256"))
    cubed = signer(scheme, signing("sha256", exponent=3), exponent=3)
    short = signer(scheme, signing("sha256", bits=1024), bits=1024)
    return [
        *(vector for digest in DIGESTS for vector in of_digest(digest)),
        *forms(scheme, good),
        accepted(f"{scheme}_exponent_3", cubed),
        refused(f"{scheme}_modulus_of_1024_bits", short, peer=True),
        # The key says that it is for RSASSA-PSS alone (RFC 4055).
        refused(
            f"{scheme}_key_for_pss",
            good.but(public=der.rsa_public_key(modulus(), 65537, der.RSASSA_PSS)),
            peer=True,
        ),
        # With the exponent 1 the padded digest is its own signature.
        refused(
            f"{scheme}_exponent_1",
            good.but(public=der.rsa_public_key(modulus(), 1), sign=lambda message: padded("sha256", message)),
        ),
        # The two exponents of a key exchanged: the signature is right, and checking it is as slow as making one.
        refused(
            f"{scheme}_huge_exponent",
            good.but(public=der.rsa_public_key(modulus(), rsa_key(2048).private_numbers().d), sign=exchanged),
            peer=True,
        ),
        # A cube root signs for whoever reads the digest and not what follows it.
        refused(f"{scheme}_cube_root", cubed.but(sign=cube_root)),
        refused(f"{scheme}_sha224", good.but(scheme="rsa-pkcs1v15-sha224")),
    ]


def of_digest(digest: str) -> list[Vector]:
    scheme = f"rsa-pkcs1v15-{digest}"
    good = signer(scheme, signing(digest))
    other = OTHER[digest]
    key, hashed = rsa_key(2048), DIGESTS[digest]
    pss = PSS(MGF1(hashed), PSS.DIGEST_LENGTH)
    return [
        *usual(scheme, good),
        *lengths(scheme, good),
        refused(f"{scheme}_other_digest", good.but(sign=signing(other))),
        refused(f"{scheme}_other_scheme", good.but(scheme=f"rsa-pkcs1v15-{other}")),
        refused(f"{scheme}_pss", good.but(sign=lambda message: key.sign(message, pss, hashed))),
        refused(f"{scheme}_no_parameters", good.but(sign=raw(lambda message: padded(digest, message, null=b"")))),
        refused(f"{scheme}_no_identifier", good.but(sign=raw(lambda message: block(hashed_by(digest, message))))),
        refused(
            f"{scheme}_short_padding",
            good.but(sign=raw(lambda message: block(info(digest, message) + b"\x00", padding=8))),
        ),
    ]


def raw(block_of: Sign) -> Sign:
    """Signs a block that no library would make."""
    return lambda message: raw_private(int.from_bytes(block_of(message), "big"))


def padded(digest: str, message: bytes, null: bytes = b"\x05\x00") -> bytes:
    return block(info(digest, message, null))


def info(digest: str, message: bytes, null: bytes = b"\x05\x00") -> bytes:
    """The DigestInfo of a message."""
    return der.sequence(der.sequence(IDENTIFIERS[digest], null), der.tagged(0x04, hashed_by(digest, message)))


def block(content: bytes, padding: int | None = None) -> bytes:
    """The block of 256 bytes: padding before the content, and zeros after it where the padding is shorter."""
    fill = 256 - 3 - len(content) if padding is None else padding
    return (b"\x00\x01" + b"\xff" * fill + b"\x00" + content).ljust(256, b"\x00")


def hashed_by(digest: str, message: bytes) -> bytes:
    return hashlib.new(digest, message).digest()


def exchanged(message: bytes) -> bytes:
    number = int.from_bytes(padded("sha256", message), "big")
    return pow(number, 65537, modulus()).to_bytes(256, "big")


def cube_root(message: bytes) -> bytes:
    """The least number whose cube begins with 8 bytes of padding and the DigestInfo; the rest of it is garbage."""
    wanted = int.from_bytes(block(info("sha256", message), padding=8), "big")
    low, high = 0, 1 << 700
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < wanted else (low, middle)
    known = 8 * (256 - 11 - len(info("sha256", message)))
    assert low**3 >> known == wanted >> known
    return low.to_bytes(256, "big")
