//! containerd and the programs that its tests need beside it: a registry, and tools that make, copy and run images.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::debian::Archive;
use crate::{children, workspace};

/// Older releases know no image verifiers in their transfer service, or do not ask them for every pull.
const OLDEST: (u32, u32) = (2, 1);

/// The suite that has it.
const SUITE: &str = "sid";

/// Of the machine's own suite, with the libraries that they need.
const BESIDE: [&str; 5] = ["docker-registry", "skopeo", "umoci", "runc", "busybox-static"];

/// Where the machine's own containerd is, which most suites have from before image verifiers.
const OLDER: &str = "older";

/// Says what was unpacked.
const RECORD: &str = "unpacked";

/// Unpacks everything below `target/peers/containerd`. The system is left as it is; programs that it has already
/// are not unpacked again and are found by the search path.
pub(super) fn prepare() -> Result<()> {
    let folder = workspace::peers().join("containerd");
    let record = folder.join(RECORD);
    let wanted = format!("containerd of {SUITE}\ncontainerd of the machine\n{}\n", BESIDE.join("\n"));
    if fs::read_to_string(&record).is_ok_and(|text| text == wanted) && check_version(&folder).is_ok() {
        return Ok(());
    }
    eprintln!("setup: unpacking containerd and the programs that its tests need");
    let workbench = workspace::peers().join("containerd-unfinished");
    remove(&workbench)?;
    let unpacked = unpack(&workbench, &wanted).and_then(|unpacked| {
        remove(&folder)?;
        fs::rename(&unpacked, &folder).with_context(|| format!("cannot write {}", folder.display()))
    });
    remove(&workbench)?;
    unpacked
}

/// Unpacks everything below a folder that is not in use yet; gives the folder in it that is to be kept.
fn unpack(workbench: &Path, wanted: &str) -> Result<PathBuf> {
    let folder = workbench.join("unpacked");
    // containerd needs nothing but the C library, which the machine has.
    Archive::of_suite(&workbench.join("unstable"), SUITE)?.unpack_alone("containerd", &folder)?;
    check_version(&folder)?;
    Archive::of_machine(&workbench.join("machine"))?.unpack(&BESIDE, &folder)?;
    Archive::of_machine(&workbench.join(OLDER))?.unpack_alone("containerd", &folder.join(OLDER))?;
    fs::write(folder.join(RECORD), wanted)?;
    Ok(folder)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// `containerd github.com/containerd/containerd/v2 2.1.9 …`
fn check_version(folder: &Path) -> Result<()> {
    let printed = children::output(Command::new(folder.join("usr/bin/containerd")).arg("--version"))?;
    let version = printed.split_whitespace().nth(2).with_context(|| format!("no version: {printed}"))?;
    let mut numbers = version.split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST => Ok(()),
        _ => bail!("containerd {}.{} or newer is needed, {SUITE} has {version}", OLDEST.0, OLDEST.1),
    }
}
