"""DER of what libraries refuse to write."""

import base64

RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
# A key that is meant for RSASSA-PSS alone, with any parameters of it (RFC 4055).
RSASSA_PSS = bytes.fromhex("300b06092a864886f70d01010a")


def integer(number: int) -> bytes:
    return tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def sequence(*parts: bytes) -> bytes:
    return tagged(0x30, b"".join(parts))


def tagged(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def rsa_public_key(modulus: int, exponent: int, algorithm: bytes = RSA_ENCRYPTION) -> str:
    """Any two numbers as a PEM `PUBLIC KEY`."""
    key = sequence(integer(modulus), integer(exponent))
    return armour("PUBLIC KEY", sequence(algorithm, tagged(0x03, b"\x00" + key)))


def rsa_pkcs1_key(modulus: int, exponent: int) -> str:
    """A PEM `RSA PUBLIC KEY`."""
    return armour("RSA PUBLIC KEY", sequence(integer(modulus), integer(exponent)))


def armour(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
