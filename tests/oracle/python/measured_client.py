"""python-tuf as `cargo xtask bench` measures it: refresh, look one target up, fetch and verify it.

``measured_client.py ROOT STORE METADATA_URL TARGETS_URL TARGET``
"""

import sys
from pathlib import Path

from tuf.ngclient import Updater


def main(root: str, store: str, metadata_url: str, targets_url: str, target: str) -> None:
    Path(store).mkdir(parents=True, exist_ok=True)
    updater = Updater(
        metadata_dir=store,
        metadata_base_url=metadata_url,
        target_base_url=targets_url,
        bootstrap=Path(root).read_bytes(),
    )
    updater.refresh()
    found = updater.get_targetinfo(target)
    if found is None:
        raise SystemExit(f"{target} was not found")
    updater.download_target(found, filepath=str(Path(store) / "downloaded"))


if __name__ == "__main__":
    main(*sys.argv[1:])
