"""The shared worlds, repeated in the component."""

import json
import unittest

import replay
from tuf_verifier_host import Component

REASON = "no worlds were recorded: run `cargo xtask shared-worlds`"


class Worlds(unittest.TestCase):
    def repeats(self, program: str, count: int) -> None:
        repeated, differences = replay.repeat(Component(), replay.Recorded(replay.FOLDER, program, count))
        print(f"# {program}: {repeated} of {count} worlds", flush=True)
        self.assertEqual(differences[: replay.SHOWN], [])
        self.assertEqual(repeated, count)

    @unittest.skipUnless(replay.FOLDER.is_dir(), REASON)
    def test_notices_another_answer(self) -> None:
        recorded = replay.Recorded(replay.FOLDER, "advisories", INDEX["programs"]["advisories"])
        component = Component()
        world = next(world for world in map(json.loads, recorded.worlds) if "err" in json.dumps(world["calls"][-1]["gives"]))
        self.assertIsNone(replay.World(component, recorded).difference(world))
        world["calls"][-1]["gives"] = {"ok": None}
        self.assertIsNotNone(replay.World(component, recorded).difference(world))


def test_of(program: str, count: int):  # type: ignore[no-untyped-def]
    return lambda self: self.repeats(program, count)


INDEX = json.loads((replay.FOLDER / "index.json").read_text()) if replay.FOLDER.is_dir() else {"programs": {}}
for program, count in INDEX["programs"].items():
    setattr(Worlds, f"test_repeats_{program}", test_of(program, count))
