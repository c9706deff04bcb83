"""Follows a journey through published repositories, with tuf.ngclient's Updater."""

import hashlib
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from tuf.ngclient import Updater


def read(journey: dict) -> dict:
    """Refreshes from each stop in turn with one store, and looks for every target there."""
    root = Path(journey["root"]).read_bytes()
    return {"stops": [visit(journey, root, stop) for stop in journey["stops"]]}


def visit(journey: dict, root: bytes, stop: dict) -> dict:
    with tempfile.TemporaryDirectory() as downloads:
        try:
            updater = Updater(
                metadata_dir=journey["store"],
                metadata_base_url=stop["metadata_url"],
                target_dir=downloads,
                target_base_url=stop["targets_url"],
                bootstrap=root,
            )
            if journey.get("reference_time") is not None:
                # ngclient has no public setting for its clock.
                now = datetime.fromtimestamp(journey["reference_time"], timezone.utc)
                updater._trusted_set.reference_time = now
            updater.refresh()
        except Exception as error:  # every way not to accept is a refusal, whatever its type
            return {"refresh": refused(error), "targets": {}}
        targets = {path: look_up(updater, path) for path in journey["targets"]}
        return {"refresh": {"outcome": "accepted"}, "targets": targets}


def look_up(updater: Updater, path: str) -> dict:
    try:
        found = updater.get_targetinfo(path)
        if found is None:
            return {"outcome": "absent"}
        content = Path(updater.download_target(found)).read_bytes()
    except Exception as error:
        return refused(error)
    return {"outcome": "verified", "sha256": hashlib.sha256(content).hexdigest()}


def refused(error: Exception) -> dict:
    return {"outcome": "refused", "reason": f"{type(error).__name__}: {error}"}
