"""An `exec:` signer that writes signatures as JOSE does: the numbers r and s, in the base64 of URLs.

Arguments: the key file, then `public`, or `sign KEYID SCHEME`.
"""

import base64
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

with open(sys.argv[1], "rb") as file:
    key = serialization.load_pem_private_key(file.read(), None)
if sys.argv[2] == "public":
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    print(key.public_key().public_bytes(serialization.Encoding.PEM, form).decode())
else:
    r, s = utils.decode_dss_signature(key.sign(sys.stdin.buffer.read(), ec.ECDSA(hashes.SHA256())))
    print(base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode())
