//! A drop-in for containerd's unit: containerd does not start where the verifier is missing, for it would allow every
//! pull then.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::link::gone;
use super::{InstallationError, at, whole};

const FOLDER: &str = "containerd.service.d";
const FILE: &str = "50-tuf-image-verifier.conf";

/// Writes it, below systemd's folder of units, for this link.
///
/// # Errors
/// It cannot be written.
pub(super) fn write(units: &Path, link: &Path) -> Result<PathBuf, InstallationError> {
    let folder = units.join(FOLDER);
    let file = folder.join(FILE);
    // A percent sign begins a specifier.
    let link = link.display().to_string().replace('%', "%%");
    let text = format!(
        "# containerd allows every pull where its folder of verifiers is missing or empty: it does not start then.\n\
         [Unit]\n\
         AssertFileIsExecutable={link}\n"
    );
    let written = fs::create_dir_all(&folder).and_then(|()| whole::replace(&file, text.as_bytes()));
    written.map_err(|source: io::Error| InstallationError::NoDropIn { path: file.clone(), source })?;
    Ok(file)
}

/// Removes it; says whether it was there.
///
/// # Errors
/// It cannot be removed.
pub(super) fn remove(units: &Path) -> Result<bool, InstallationError> {
    let folder = units.join(FOLDER);
    let file = folder.join(FILE);
    let was_there = file.exists();
    gone(fs::remove_file(&file)).map_err(at(&file))?;
    // Others may have drop-ins there.
    let _ = fs::remove_dir(&folder);
    Ok(was_there)
}
