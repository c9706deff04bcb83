"""Key files by pyca/cryptography: `public FILE` prints the public key of one, `keyid FILE` the keyid that securesystemslib
gives it, `write KIND FILE` makes one and prints its public key.

The passphrase is in SECRET; without it files are not encrypted.
"""

import os
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa


def ml_dsa(name):
    from cryptography.hazmat.primitives.asymmetric import mldsa

    return getattr(mldsa, name).generate()


MAKERS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ecdsa-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ecdsa-p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "ml-dsa-44": lambda: ml_dsa("MLDSA44PrivateKey"),
    "ml-dsa-65": lambda: ml_dsa("MLDSA65PrivateKey"),
    "ml-dsa-87": lambda: ml_dsa("MLDSA87PrivateKey"),
}


def print_public(key):
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    sys.stdout.write(key.public_key().public_bytes(encoding, form).decode())


def main():
    secret = os.environ["SECRET"].encode() if "SECRET" in os.environ else None
    if sys.argv[1] == "public":
        with open(sys.argv[2], "rb") as file:
            print_public(serialization.load_pem_private_key(file.read(), secret))
        return
    if sys.argv[1] == "keyid":
        from securesystemslib.signer import SSlibKey

        with open(sys.argv[2], "rb") as file:
            key = serialization.load_pem_private_key(file.read(), secret)
        print(SSlibKey.from_crypto(key.public_key()).keyid)
        return
    key = MAKERS[sys.argv[2]]()
    encryption = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    with open(os.open(sys.argv[3], os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, form, encryption))
    print_public(key)


main()
