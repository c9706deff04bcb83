"""Thresholds over keys of different schemes: each key counts once, however it is written."""

import ecdsa_vectors
import ed25519_vectors
import ml_dsa_vectors
import pkcs1v15_vectors
import pss_vectors
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256
from ecdsa_vectors import point, public_key
from keys import pem, rsa_key
from rsa_keys import DIGESTS, signer
from vector import Signer, Vector, accepted, refused


def vectors() -> list[Vector]:
    return [
        accepted("threshold_8_of_every_scheme", *every_scheme(), threshold=8),
        # 13 right signatures of 8 keys: six of them are one RSA key's.
        refused("threshold_9_of_every_scheme", *every_scheme(), threshold=9, peer=True),
        refused("threshold_one_rsa_key_with_two_paddings", pss("sha256"), pkcs1v15("sha256"), threshold=2, peer=True),
        refused("threshold_one_rsa_key_with_two_digests", pss("sha256"), pss("sha512"), threshold=2, peer=True),
        refused("threshold_one_rsa_modulus_with_two_exponents", *two_exponents(), threshold=2, peer=True),
        *(vector for scheme in ecdsa_vectors.SCHEMES for vector in of_point(scheme)),
        *(of_ml_dsa(parameters) for parameters in ml_dsa_vectors.HINTS),
    ]


def every_scheme() -> list[Signer]:
    return [
        ed25519_vectors.signer(),
        *(ecdsa_vectors.signer(scheme) for scheme in ecdsa_vectors.SCHEMES),
        *(pss(digest) for digest in DIGESTS),
        *(pkcs1v15(digest) for digest in DIGESTS),
        *(ml_dsa_vectors.signer(parameters) for parameters in ml_dsa_vectors.HINTS),
    ]


def pss(digest: str) -> Signer:
    return signer(f"rsassa-pss-{digest}", pss_vectors.signing(digest))


def pkcs1v15(digest: str) -> Signer:
    return signer(f"rsa-pkcs1v15-{digest}", pkcs1v15_vectors.signing(digest))


def two_exponents() -> list[Signer]:
    """Two keys of one modulus. Whoever has one of them can compute the other."""
    numbers = rsa_key(2048).private_numbers()
    p, q = numbers.p, numbers.q
    exponent = next(e for e in [3, 5, 17, 257, 65539] if _coprime(e, (p - 1) * (q - 1)))
    d = pow(exponent, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(exponent, p * q)
    private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), numbers.iqmp, public).private_key()
    padding = PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH)
    other = Signer(
        "rsa",
        "rsassa-pss-sha256",
        pem(private.public_key()),
        lambda message: private.sign(message, padding, SHA256()),
    )
    return [pss("sha256"), other]


def _coprime(one: int, other: int) -> bool:
    while other:
        one, other = other, one % other
    return one == 1


def of_point(scheme: str) -> list[Vector]:
    good = ecdsa_vectors.signer(scheme)
    curve, _ = ecdsa_vectors.SCHEMES[scheme]
    compressed = good.but(public=public_key(curve, point(curve, compressed=True)))
    return [
        refused(f"threshold_one_point_compressed_and_not_{curve}", good, compressed, threshold=2, peer=True),
    ]


def of_ml_dsa(parameters: str) -> Vector:
    good = ml_dsa_vectors.signer(parameters)
    again = good.but(keyid="another")
    return refused(f"threshold_one_ml_dsa_{parameters}_key_with_two_keyids", good, again, threshold=2, peer=True)
