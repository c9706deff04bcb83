"""The python-tuf peer: one request a line on standard input, one answer a line on standard output.

A request is ``{"write": PLAN}`` or ``{"read": JOURNEY}``, as tests/oracle/src/plan.rs and journey.rs describe them, or
``{"follow": WORLD}`` as tests/oracle/src/worlds/readers.rs writes it.
"""

import gc
import json
import sys

import following
import reading
import writing


def answer(request: dict) -> dict:
    if "write" in request:
        return writing.write(request["write"])
    if "follow" in request:
        return following.follow(request["follow"])
    return reading.read(request["read"])


def main() -> None:
    # The modules live as long as the process: they need not be searched for garbage again and again.
    gc.freeze()
    gc.set_threshold(50_000)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
