"""Schemes `rsassa-pss-sha256`, `-sha384` and `-sha512`."""

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1

import der
from keys import rsa_key
from rsa_keys import DIGESTS, OTHER, forms, lengths, modulus, signer
from vector import Sign, Vector, accepted, refused, usual


def signing(digest: str, salt=PSS.DIGEST_LENGTH, mask=None, bits: int = 2048, exponent: int = 65537) -> Sign:
    key, hashed = rsa_key(bits, exponent), DIGESTS[digest]
    padding = PSS(MGF1(mask or hashed), salt)
    return lambda message: key.sign(message, padding, hashed)


def vectors() -> list[Vector]:
    scheme = "rsassa-pss-sha256"
    good = signer(scheme, signing("sha256"))
    sizes = {bits: signer(scheme, signing("sha256", bits=bits), bits=bits) for bits in [1024, 2047, 3072, 8192, 8256]}
    return [
        *(vector for digest in DIGESTS for vector in of_digest(digest)),
        *forms(scheme, good),
        accepted(f"{scheme}_modulus_of_3072_bits", sizes[3072]),
        accepted(f"{scheme}_modulus_of_8192_bits", sizes[8192]),
        accepted(f"{scheme}_key_for_pss", good.but(public=der.rsa_public_key(modulus(), 65537, der.RSASSA_PSS))),
        # Below the specification's minimum, and above what is worth its work: the signatures are right.
        refused(f"{scheme}_modulus_of_1024_bits", sizes[1024], peer=True),
        refused(f"{scheme}_modulus_of_2047_bits", sizes[2047], peer=True),
        refused(f"{scheme}_modulus_of_8256_bits", sizes[8256], peer=True),
        accepted(f"{scheme}_exponent_3", signer(scheme, signing("sha256", exponent=3), exponent=3)),
        # White space around a key does not count, but is not read without end either.
        refused(f"{scheme}_long_text", good.but(public=good.public + "\n" * 8192), peer=True),
        refused(f"{scheme}_sha224", good.but(scheme="rsassa-pss-sha224")),
    ]


def of_digest(digest: str) -> list[Vector]:
    scheme = f"rsassa-pss-{digest}"
    good = signer(scheme, signing(digest))
    other = OTHER[digest]
    key, hashed = rsa_key(2048), DIGESTS[digest]
    return [
        *usual(scheme, good),
        *lengths(scheme, good),
        accepted(f"{scheme}_no_salt", good.but(sign=signing(digest, salt=0))),
        accepted(f"{scheme}_salt_of_20_bytes", good.but(sign=signing(digest, salt=20))),
        accepted(f"{scheme}_longest_salt", good.but(sign=signing(digest, salt=PSS.MAX_LENGTH))),
        refused(f"{scheme}_other_digest", good.but(sign=signing(other))),
        refused(f"{scheme}_other_mask", good.but(sign=signing(digest, mask=SHA1()))),
        refused(f"{scheme}_other_scheme", good.but(scheme=f"rsassa-pss-{other}")),
        refused(f"{scheme}_pkcs1v15", good.but(sign=lambda message: key.sign(message, PKCS1v15(), hashed))),
    ]
