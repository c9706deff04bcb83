"""Private keys of the vectors. They protect nothing: they are published beside the vectors."""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from vector import FOLDER

KEYS = FOLDER / "keys"

CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
PARAMETER_SETS = {
    "44": mldsa.MLDSA44PrivateKey,
    "65": mldsa.MLDSA65PrivateKey,
    "87": mldsa.MLDSA87PrivateKey,
}


def ed25519_key():
    return _kept("ed25519", ed25519.Ed25519PrivateKey.generate)


def ec_key(curve: str):
    return _kept(curve, lambda: ec.generate_private_key(CURVES[curve]()))


def rsa_key(bits: int, exponent: int = 65537):
    name = f"rsa-{bits}" if exponent == 65537 else f"rsa-{bits}-{exponent}"
    return _kept(name, lambda: rsa.generate_private_key(exponent, bits))


def ml_dsa_key(parameters: str):
    """The seed is the byte of the parameter set, 32 times."""
    seed = bytes([int(parameters)]) * 32
    return _kept(f"ml-dsa-{parameters}", lambda: PARAMETER_SETS[parameters].from_seed_bytes(seed))


def pem(public) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _kept(name: str, make: Callable):
    """The key of this name, made the first time."""
    path = KEYS / f"{name}.pem"
    if not path.exists():
        KEYS.mkdir(exist_ok=True)
        path.write_bytes(make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
