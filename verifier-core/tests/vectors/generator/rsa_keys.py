"""RSA keys that vectors of both paddings share: good ones, weak ones, and numbers that are no key."""

from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

import der
from keys import pem, rsa_key
from vector import Sign, Signer, Vector, accepted, refused

DIGESTS = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}
OTHER = {"sha256": "sha512", "sha384": "sha256", "sha512": "sha384"}


def signer(scheme: str, sign: Sign, bits: int = 2048, exponent: int = 65537) -> Signer:
    return Signer("rsa", scheme, pem(rsa_key(bits, exponent).public_key()), sign)


def modulus() -> int:
    return rsa_key(2048).public_key().public_numbers().n


def raw_private(number: int) -> bytes:
    """The private operation on a number, as many bytes as the modulus has."""
    numbers = rsa_key(2048).private_numbers()
    return pow(number, numbers.d, numbers.public_numbers.n).to_bytes(256, "big")


def lengths(scheme: str, good: Signer) -> list[Vector]:
    """Signatures that are not as long as the modulus."""
    return [
        refused(f"{scheme}_truncated", good.but(sign=lambda message: good.sign(message)[:-1])),
        refused(f"{scheme}_leading_zero", good.but(sign=lambda message: b"\x00" + good.sign(message))),
        refused(f"{scheme}_empty", good.but(sign=lambda _: b"")),
        refused(f"{scheme}_beyond_modulus", good.but(sign=beyond(good.sign))),
    ]


def beyond(sign: Sign) -> Sign:
    """The number of a right signature plus the modulus, which is the same number to whoever does not compare."""

    def wrong(message: bytes) -> bytes:
        # A salt makes another number each time. Where the sum does not fit, it is cut.
        for _ in range(64):
            number = int.from_bytes(sign(message), "big") + modulus()
            if number < 1 << 2048:
                break
        return (number % (1 << 2048)).to_bytes(256, "big")

    return wrong


def forms(scheme: str, good: Signer) -> list[Vector]:
    """Ways to write the same key, and numbers that are no key."""
    n = modulus()
    described = {
        "even_modulus": der.rsa_public_key(n - 1, 65537),
        "zero_modulus": der.rsa_public_key(0, 65537),
        "negative_modulus": negative_modulus(n),
        "even_exponent": der.rsa_public_key(n, 65536),
        "exponent_0": der.rsa_public_key(n, 0),
        "truncated_key": der.armour("PUBLIC KEY", b"\x30\x82\x01\x22\x30\x0d"),
        "wrong_label": good.public.replace("PUBLIC KEY", "CERTIFICATE"),
        "hex_key": f"{n:x}",
    }
    return [
        accepted(f"{scheme}_pkcs1_key", good.but(public=der.rsa_pkcs1_key(n, 65537))),
        *(refused(f"{scheme}_{name}", good.but(public=public)) for name, public in described.items()),
    ]


def negative_modulus(n: int) -> str:
    """The first byte of the modulus has its highest bit set, and no zero before it."""
    numbers = der.tagged(0x02, n.to_bytes(256, "big")) + der.integer(65537)
    key = der.tagged(0x03, b"\x00" + der.tagged(0x30, numbers))
    return der.armour("PUBLIC KEY", der.sequence(der.RSA_ENCRYPTION, key))
