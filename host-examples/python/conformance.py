"""The client under test of the official TUF conformance suite: its command line around `tuf_verifier_host`."""

import json
import os
import re
import sys
from pathlib import Path
from typing import NoReturn

from tuf_verifier_host import Client, Component, Error, FolderStore, HttpSource, NotFound, Session

NAME, VERSION = "tuf-conformance-client", "0.1.0"
VALUES = {
    "--metadata-dir": "DIR", "--metadata-url": "URL", "--target-name": "PATH", "--target-dir": "DIR", "--target-base-url": "URL",
}
COMMANDS = ["init", "refresh", "download"]
REPEATED = "--target-name"
ROOT_MAX_LENGTH = 512_000
HELP = f"""The client under test of the official TUF conformance suite

Usage: {NAME} [OPTIONS] --metadata-dir <DIR> <COMMAND>

Commands:
  init      Begin to trust this root metadata; asks the repository for nothing
  refresh   Bring the trusted metadata up to date
  download  Bring the trusted metadata up to date and download targets

Options:
      --metadata-dir <DIR>     Folder of the trusted metadata
      --metadata-url <URL>     Base URL of the repository's metadata
      --target-name <PATH>     Target path to download; given again, the targets are downloaded in this order
      --target-dir <DIR>       Folder of the downloaded targets
      --target-base-url <URL>  Base URL of the repository's targets
  -h, --help                   Print help
  -V, --version                Print version
"""


class Failure(Exception):
    """What is wrong, in one line."""


def main(words: list[str]) -> int:
    try:
        if text := run(words):
            print(text, end="")
        return 0
    except (Failure, Error, OSError) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 1


def run(words: list[str]) -> str | None:
    """Runs a command line; the text that it asks for, if it does."""
    given: dict[str, list[str]] = {}
    while words and (word := words.pop(0)) != "--":
        if word in ("-h", "--help"):
            return HELP
        if word in ("-V", "--version"):
            return f"{NAME} {VERSION}\n" + (f"component sha256:{Component().digest}\n" if word != "-V" else "")
        if not is_option(word):
            command = command_of(word, words)
            if "--metadata-dir" not in given:
                missing("--metadata-dir <DIR>")
            perform(command, word, given)
            return None
        option, value = option_of(word, words)
        if option in given and option != REPEATED:
            raise Failure(f"the argument '{option} <{VALUES[option]}>' cannot be used multiple times")
        given.setdefault(option, []).append(value)
    if words:
        unexpected(words[0])
    raise Failure(f"'{NAME}' requires a subcommand but one was not provided [subcommands: {', '.join(COMMANDS)}]")


def option_of(word: str, words: list[str]) -> tuple[str, str]:
    """An option and its value: behind `=`, or the next word, which is taken."""
    option, equals, inline = word.partition("=")
    if option not in VALUES:
        unexpected(option if word.startswith("--") else word)
    is_other = not equals and bool(words) and is_option(words[0]) and option != REPEATED
    if is_other and words[0] not in VALUES:
        unexpected(words[0])
    value = None if is_other else inline if equals else words.pop(0) if words else None
    if value is None or (value == "" and VALUES[option] == "DIR"):
        without_value(f"{option} <{VALUES[option]}>")
    return option, value


def command_of(name: str, words: list[str]) -> list[str]:
    """The operands of a command."""
    end = words.index("--") if "--" in words else len(words)
    operands = words[:end] + words[end + 1 :]
    surplus = [word for word in words[:end] if is_option(word)] + operands[1 if name == "init" else 0 :]
    if name not in COMMANDS:
        raise Failure(f"unrecognized subcommand '{name}'")
    if surplus:
        unexpected(surplus[0])
    if name == "init" and not operands:
        missing("<TRUSTED_ROOT>")
    if name == "init" and operands[0] == "":
        without_value("<TRUSTED_ROOT>")
    return operands


def is_option(word: str) -> bool:
    """A hyphen alone is the name of a file."""
    return word.startswith("-") and word != "-"


def unexpected(word: str) -> NoReturn:
    raise Failure(f"unexpected argument '{word}' found")


def without_value(argument: str) -> NoReturn:
    raise Failure(f"a value is required for '{argument}' but none was supplied")


def missing(argument: str) -> NoReturn:
    raise Failure(f"the following required arguments were not provided: {argument}")


def perform(operands: list[str], command: str, given: dict[str, list[str]]) -> None:
    folder = given["--metadata-dir"][0]
    if command == "init":
        return init(folder, operands[0])
    url = demanded(given, "--metadata-url")[0]
    if command == "refresh":
        refresh(folder, url, url)
        return
    base, targets = demanded(given, "--target-base-url")[0], demanded(given, "--target-dir")[0]
    names = demanded(given, REPEATED)
    session = refresh(folder, url, base)
    os.makedirs(targets, exist_ok=True)
    for name in names:
        try:
            target = session.find(name)
        except NotFound as reason:
            raise Failure(f"no target {json.dumps(name, ensure_ascii=False)}: {reason}") from reason
        session.download(target, Path(targets, target.file_name))


def init(folder: str, trusted_root: str) -> None:
    """Writes the root metadata to the store, as it is. The first refresh judges it."""
    try:
        with open(trusted_root, "rb") as file:
            content = file.read(ROOT_MAX_LENGTH + 1)
    except OSError as error:
        raise Failure(f"cannot read the trusted root {trusted_root}: {error.strerror}") from error
    if len(content) > ROOT_MAX_LENGTH:
        raise Failure(f"cannot read the trusted root {trusted_root}: it is longer than {ROOT_MAX_LENGTH} bytes")
    store = FolderStore(folder)
    with store.lock():
        store.persist("root.json", content)


def refresh(folder: str, metadata_url: str, target_base_url: str) -> Session:
    """Brings the store up to date. Trust begins with its `root.json`."""
    source, store = HttpSource(metadata_url, target_base_url), FolderStore(folder)
    trusted_root = store.load("root.json")
    if trusted_root is None:
        raise Failure(f"{folder} has no root.json: `init` comes first")
    return Client(trusted_root, [source], store).refresh()


def demanded(given: dict[str, list[str]], option: str) -> list[str]:
    if option not in given:
        raise Failure(f"this command needs {option}")
    return given[option]


def one_line(text: str) -> str:
    """Servers and metadata have a say in the text: nothing in it moves a terminal's cursor or turns its direction."""
    text = re.sub("[\n\r\t\u2028\u2029]", " ", text)
    hidden = "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    return re.sub(hidden, lambda found: f"\\u{{{ord(found[0]):x}}}", text)
