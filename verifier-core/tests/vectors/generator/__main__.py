"""Writes the vectors, and sees that the reference implementation judges each as is said here.

Run with an interpreter that has the `cryptography` and `securesystemslib` packages, from any folder:

    target/peers/python/bin/python verifier-core/tests/vectors/generator
    target/peers/python/bin/python verifier-core/tests/vectors/generator --check

The first form writes every vector anew; the private keys stay what they are. Where a scheme is randomised, so is its
signature. The second form writes nothing.
"""

import sys

import ecdsa_vectors
import ed25519_vectors
import legacy_vectors
import ml_dsa_vectors
import pkcs1v15_vectors
import pss_vectors
import threshold_vectors
from vector import check, write

FAMILIES = [
    ed25519_vectors,
    ecdsa_vectors,
    pss_vectors,
    pkcs1v15_vectors,
    ml_dsa_vectors,
    threshold_vectors,
    legacy_vectors,
]


def main() -> None:
    finish = check if sys.argv[1:] == ["--check"] else write
    count = 0
    for family in FAMILIES:
        for vector in family.vectors():
            finish(vector)
            count += 1
    print(f"{count} vectors")


main()
