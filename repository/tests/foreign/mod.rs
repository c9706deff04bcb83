//! Other programs that tests compare with: the Python environment of `cargo xtask setup`, and OpenSSL.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python of the oracles, which has python-tuf, securesystemslib and pyca/cryptography, if it is there.
pub(crate) fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/python/bin/python");
    python.exists().then_some(python)
}

/// The version that OpenSSL's command line says, if it is there.
pub(crate) fn openssl() -> Option<String> {
    let output = Command::new("openssl").arg("version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs what must succeed. Gives its standard output.
pub(crate) fn ok(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}
