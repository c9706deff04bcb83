//! What holds keys in the tests of signers: SoftHSM with OpenSC, an ssh-agent, and the program of AWS.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::debian;
use super::python;
use crate::{children, workspace};

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
    prepare_aws()
}

/// Installs the pinned packages of `repository/tests/python/awscli.txt`, each checked against its hash.
fn prepare_aws() -> Result<()> {
    let requirements = workspace::root().join("repository/tests/python/awscli.txt");
    let wanted = fs::read_to_string(&requirements)?;
    let environment = workspace::peers().join("awscli");
    let installed = environment.join("installed-requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    python::make_environment(&environment)?;
    eprintln!("setup: installing the AWS CLI");
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]).arg(&requirements);
    children::output(&mut pip)?;
    fs::write(installed, wanted).context("cannot record the installed packages")
}
