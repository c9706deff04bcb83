"""Why a refresh, a search or a download did not succeed, divided by blame. Only `Verdict` is a verdict."""

from typing import Any


class Error(Exception):
    """Every error of this package. `code` is stable, `cause` has the contract's typed facts, `advice` says what to do next."""

    def __init__(self, code: str, message: str, cause: Any = None, advice: str = "") -> None:
        super().__init__(message)
        self.code, self.cause, self.advice = code, cause, advice


class Verdict(Error):
    """The component did not accept something."""


class NotFound(Error):
    """The search ended without the target, and nothing was wrong."""


class TransportError(Error):
    """No mirror gave an answer, or none has the file."""

    retry_after: int | None = None


class StoreError(Error):
    """The trusted store did not work."""


class SandboxError(Error):
    """The component broke off, such as at a limit. There is no verdict, and its session has ended."""
