//! The system's log, for those who do not see what containerd shows.

use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// Facility "authpriv" (10), severity "warning" (4).
const PRIORITY: u8 = 10 * 8 + 4;

/// Writes one line, where something listens. A log that is full or absent changes no verdict and delays none.
pub(crate) fn warn(socket: &Path, line: &str) {
    let sent = UnixDatagram::unbound().and_then(|datagrams| {
        datagrams.set_nonblocking(true)?;
        let message = format!("<{PRIORITY}>tuf-image-verifier[{}]: {line}", std::process::id());
        datagrams.send_to(message.as_bytes(), socket)
    });
    if let Err(error) = sent {
        eprintln!("cannot write to {}: {error}", socket.display());
    }
}
