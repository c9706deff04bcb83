//! Files to read, of which nobody knows yet what they are.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a regular file to read it. Links are followed, because the caller chose the path. It does not wait for a pipe, to
/// which nobody may ever write, and does not read a device, which may have no end.
///
/// # Errors
/// The operating system's; an error for anything but a regular file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, nix::libc::O_NONBLOCK);
    let file = options.open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// Reads a regular file of at most `most` bytes, as [`open_regular`] opens it.
///
/// # Errors
/// As for [`open_regular`]; an error of the kind [`FileTooLarge`](io::ErrorKind::FileTooLarge) for a longer file.
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        true => Ok(bytes),
        false => {
            let reason = format!("it is longer than {most} bytes");
            Err(io::Error::new(io::ErrorKind::FileTooLarge, reason))
        }
    }
}
