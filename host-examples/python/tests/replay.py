"""`replay.py [FOLDER]`: repeats the shared worlds (`docs/shared-worlds.md`) in the component, through Python's wasmtime.

Every call must answer what the core answered natively. Functions are called by their names, and values converted by their
types, so that nothing here knows which resources there are. Prints how many worlds were repeated.
"""

import ctypes
import hashlib
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "host-examples/python"))

from wasmtime import WasmtimeError, _ffi as ffi
from wasmtime import component as wit

from tuf_verifier_host import Component, Instance

FOLDER = ROOT / "target/shared-worlds"
FORMAT = 1
SHOWN = 5


class Bytes:
    """Converts lists of bytes at once. wasmtime does it byte by byte, which would be most of the time of these tests."""

    size, place = ctypes.sizeof(ffi.wasmtime_component_val_t), ffi.wasmtime_component_val_t.of.offset
    slow_to_c, slow_from_c = wit.ListType.convert_to_c, wit.ListType.convert_from_c

    @staticmethod
    def to_c(kind: wit.ListType, store: Any, value: Any, pointer: Any) -> None:
        if not (isinstance(value, bytes) and isinstance(kind.element, wit.U8)):
            return Bytes.slow_to_c(kind, store, value, pointer)
        items = bytearray(Bytes.size * len(value))
        items[:: Bytes.size] = bytes([ffi.WASMTIME_COMPONENT_U8.value]) * len(value)
        items[Bytes.place :: Bytes.size] = value
        made = ffi.wasmtime_component_vallist_t()
        ffi.wasmtime_component_vallist_new_uninit(made, len(value))
        ctypes.memmove(made.data, bytes(items), len(items))
        pointer.contents.kind, pointer.contents.of.list = ffi.WASMTIME_COMPONENT_LIST, made

    @staticmethod
    def from_c(kind: wit.ListType, value: Any) -> Any:
        if not isinstance(kind.element, wit.U8):
            return Bytes.slow_from_c(kind, value)
        found = ctypes.string_at(value.of.list.data, Bytes.size * value.of.list.size)[Bytes.place :: Bytes.size]
        ffi.wasmtime_component_vallist_delete(ctypes.byref(value.of.list))
        return found


wit.ListType.convert_to_c, wit.ListType.convert_from_c = Bytes.to_c, Bytes.from_c


Convert = Callable[[Any, "World"], Any]


class Recorded:
    """The worlds of one program."""

    def __init__(self, folder: Path, program: str, count: int) -> None:
        self.worlds = (folder / f"{program}.worlds").read_text().removesuffix("\n").split("\n")
        assert count == len(self.worlds) > 0, f"{program}: {len(self.worlds)} worlds of {count}"
        self._bytes = (folder / f"{program}.bytes").read_bytes()
        words = iter((folder / f"{program}.index").read_text().split())
        self._places = {digest: (int(offset), int(length)) for digest, offset, length in zip(words, words, words)}

    def bytes_of(self, digest: str) -> bytes:
        offset, length = self._places[digest]
        return self._bytes[offset : offset + length]


class World:
    """A world that is repeated in an instance of its own."""

    functions: dict[str, tuple[list[Convert], Convert]] = {}

    def __init__(self, component: Component, recorded: Recorded) -> None:
        self.instance, self.recorded = Instance(component), recorded
        self.resources: list[wit.ResourceAny] = []

    def difference(self, world: Any) -> str | None:
        """The first call that answers otherwise, in words."""
        for number, call in enumerate(world["calls"]):
            answer = self.call(call)
            if answer != call["gives"]:
                return f"call {number}, {call['call']}\n    answers  {answer}\n    recorded {call['gives']}"
        return None

    def call(self, call: Any) -> Any:
        kind = "[method]" if "on" in call else "[static]" if "." in call["call"] else ""
        name = kind + call["call"]
        parameters, result = self.converters(name)
        own = [self.resources[call["on"]]] if "on" in call else []
        given = call.get("with", [])
        assert len(own) + len(given) == len(parameters), f"arguments of {call}"
        arguments = [convert(value, self) for convert, value in zip(parameters[len(own) :], given)]
        self.instance.allow()
        function = self.instance._function(name)
        return result(function(self.instance._store, *own, *arguments), self)

    def converters(self, name: str) -> tuple[list[Convert], Convert]:
        if name not in self.functions:
            kind = self.instance.type_of(name)
            parameters = [argument(kind) for _, kind in kind.params]
            self.functions[name] = parameters, answer(kind.result) if kind.result else lambda *_: None
        return self.functions[name]


def argument(kind: wit.ValType) -> Convert:
    """From JSON to what wasmtime takes."""
    if isinstance(kind, (wit.U64, wit.S64)):
        return lambda value, _: int(value)
    if isinstance(kind, wit.OptionType):
        inner = argument(kind.payload)
        return lambda value, world: None if value is None else inner(value, world)
    if isinstance(kind, wit.ListType):
        if isinstance(kind.element, wit.U8):
            return lambda value, world: world.recorded.bytes_of(value)
        element = argument(kind.element)
        return lambda value, world: [element(item, world) for item in value]
    if isinstance(kind, wit.RecordType):
        return partial(record, {name: argument(field) for name, field in kind.fields})
    if isinstance(kind, wit.VariantType):
        payloads = {tag: argument(case) if case else None for tag, case in kind.cases}
        return partial(variant, payloads, is_tagged(kind.cases))
    return lambda value, _: value


def record(fields: dict[str, Convert], value: Any, world: World) -> wit.Record:
    made = wit.Record()
    vars(made).update({name: field(value[name], world) for name, field in fields.items()})
    return made


def variant(payloads: dict[str, Convert | None], tagged: bool, value: Any, world: World) -> Any:
    convert = payloads[value["tag"]]
    payload = convert(value["val"], world) if convert else None
    return wit.Variant(value["tag"], payload) if tagged else payload


def answer(kind: wit.ValType) -> Convert:
    """From what wasmtime returns to JSON. A resource becomes its number, and is kept."""
    if isinstance(kind, (wit.U64, wit.S64)):
        return lambda value, _: str(value)
    if isinstance(kind, wit.OptionType):
        inner = answer(kind.payload)
        return lambda value, world: None if value is None else inner(value, world)
    if isinstance(kind, wit.ListType):
        if isinstance(kind.element, wit.U8):
            return lambda value, _: hashlib.sha256(value).hexdigest()
        element = answer(kind.element)
        return lambda value, world: [element(item, world) for item in value]
    if isinstance(kind, wit.RecordType):
        fields = {name: answer(field) for name, field in kind.fields}
        return lambda value, world: {name: field(vars(value)[name], world) for name, field in fields.items()}
    if isinstance(kind, wit.VariantType):
        cases = cases_of(kind.cases)
        return lambda value, world: {"tag": (case := cases(value))[0]} | ({"val": case[1](case[2], world)} if case[1] else {})
    if isinstance(kind, wit.ResultType):
        cases = cases_of([("ok", kind.ok), ("err", kind.err)])
        return lambda value, world: {(case := cases(value))[0]: case[1](case[2], world) if case[1] else None}
    if isinstance(kind, wit.OwnType):
        return lambda value, world: world.resources.append(value) or len(world.resources) - 1
    return lambda value, _: value


Cases = list[tuple[str, "wit.ValType | None"]]


def cases_of(cases: Cases) -> Callable[[Any], tuple[str, Convert | None, Any]]:
    """Tells which case a value is of: its tag, how its payload is converted, and that. wasmtime hands a payload out bare if its
    class tells the case."""
    payloads = {tag: answer(case) if case else None for tag, case in cases}
    if is_tagged(cases):
        return lambda value: (value.tag, payloads[value.tag], value.payload)
    found = [(tag, tuple(classes(case)) if case else type(None)) for tag, case in cases]
    tag_of = lambda value: next(tag for tag, kinds in found if isinstance(value, kinds))
    return lambda value: (tag := tag_of(value), payloads[tag], value)


def is_tagged(cases: Cases) -> bool:
    every = [found for _, case in cases for found in classes(case)]
    return len(set(every)) < len(every)


def classes(kind: wit.ValType | None) -> set[type]:
    found: set[type] = set()
    kind.add_classes(found) if kind else found.add(object)
    return found


def repeat(component: Component, recorded: Recorded) -> tuple[int, list[str]]:
    """How many worlds were repeated, and which differ."""
    repeated, differences = 0, []
    for line in recorded.worlds:
        world = json.loads(line)
        try:
            difference = World(component, recorded).difference(world)
        except (WasmtimeError, TypeError, KeyError, AssertionError) as error:
            difference = f"{type(error).__name__}: {error}"
        repeated += difference is None
        differences += [f"{world['name']}, {difference}"] if difference else []
    return repeated, differences


def main(folder: Path) -> int:
    index = json.loads((folder / "index.json").read_text())
    assert index["format"] == FORMAT, "worlds of another form"
    component, status = Component(), 0
    for program, count in index["programs"].items():
        repeated, differences = repeat(component, Recorded(folder, program, count))
        print(f"{program}: {repeated} of {count} worlds")
        print("\n".join(differences[:SHOWN]), end="\n" if differences else "", flush=True)
        status |= bool(differences)
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
