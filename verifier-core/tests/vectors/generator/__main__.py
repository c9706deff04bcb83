"""Writes the vectors, and sees that the reference implementation judges each as is said here.

Run with an interpreter that has the `cryptography` and `securesystemslib` packages, from any folder:

    target/peers/python/bin/python verifier-core/tests/vectors/generator [NAME …]
    target/peers/python/bin/python verifier-core/tests/vectors/generator --check

The first form writes the named vectors anew, or all of them; the private keys stay what they are. Where a scheme is
randomised, so is its signature. The second form writes nothing.
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


def main(arguments: list[str]) -> None:
    every = {vector.name: vector for family in FAMILIES for vector in family.vectors()}
    if arguments == ["--check"]:
        chosen, finish = list(every), check
    else:
        chosen, finish = arguments or list(every), write
    for name in chosen:
        finish(every[name])
    print(f"{len(chosen)} vectors")


main(sys.argv[1:])
