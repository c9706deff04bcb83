"""A host of the TUF verifier component: the component decides, this package does what it asks for."""

from .client import Client, Session, Target
from .errors import Error, NotFound, SandboxError, StoreError, TransportError, Verdict
from .sandbox import Component, Instance, record
from .source import HttpSource, failed
from .store import FolderStore

__all__ = ["Client", "Component", "Error", "FolderStore", "HttpSource", "Instance", "NotFound", "SandboxError", "Session"]
__all__ += ["StoreError", "Target", "TransportError", "Verdict", "failed", "record"]
