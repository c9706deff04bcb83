"""Runs the tests beside this file, and prints TAP. With names, those whose id contains one."""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]


class Tap(unittest.TestResult):
    def report(self, test: unittest.TestCase, word: str, note: str = "") -> None:
        print(f"{word} {self.testsRun} - {test.id()}{note}", flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.report(test, "ok")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.report(test, "ok", f" # SKIP {reason}")

    def addFailure(self, test: unittest.TestCase, err) -> None:  # type: ignore[no-untyped-def]
        super().addFailure(test, err)
        self.report(test, "not ok")
        print(self.failures[-1][1], file=sys.stderr)

    def addError(self, test: unittest.TestCase, err) -> None:  # type: ignore[no-untyped-def]
        super().addError(test, err)
        self.report(test, "not ok")
        print(self.errors[-1][1], file=sys.stderr)


def chosen(suite: unittest.TestSuite, names: list[str]) -> unittest.TestSuite:
    found = unittest.TestSuite()
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            found.addTest(chosen(test, names))
        elif not names or any(name in test.id() for name in names):
            found.addTest(test)
    return found


result = Tap()
chosen(unittest.defaultTestLoader.discover(str(HERE)), sys.argv[1:]).run(result)
failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
print(f"# pass {result.testsRun - failed - skipped}\n# fail {failed}\n# skipped {skipped}")
sys.exit(failed > 0 or result.testsRun == 0)
