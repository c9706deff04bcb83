//! What holds keys in the tests of signers: SoftHSM with OpenSC, an ssh-agent, and the program of AWS.

use std::process::Command;

use anyhow::Result;

use super::debian;
use super::python;
use crate::children;

/// Programs, each with an option that it ends at once for, and the Debian package that has it.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("softhsm2-util", "--version", "softhsm2"),
    ("pkcs11-tool", "--help", "opensc"),
    ("ssh-add", "-?", "openssh-client"),
];

/// Installs what is missing.
pub(super) fn prepare() -> Result<()> {
    for (program, option, package) in PROGRAMS {
        // Whether it starts: some end with an error after they have said how they are used.
        if children::finished(Command::new(program).arg(option)).is_err() {
            debian::install(package)?;
        }
    }
    python::prepare_awscli()
}
