//! Programs in Python, each in an environment of its own below `target`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::debian;
use crate::{children, workspace};

/// python-tuf's own minimum.
const OLDEST: Version = (3, 10);

/// That of the host in Python.
const OLDEST_OF_HOST: Version = (3, 11);

/// Major and minor version of Python.
type Version = (u32, u32);

/// Installs python-tuf, which the oracle tests compare with.
pub(super) fn prepare() -> Result<()> {
    let (name, modules) = ("python", "tuf.ngclient, securesystemslib.signer");
    Environment { name, requirements: "tests/oracle/python/requirements.txt", modules, oldest: OLDEST }
        .prepare()
}

/// Installs moto, which speaks the APIs of AWS: object stores and keys.
pub(super) fn prepare_moto() -> Result<()> {
    let (name, modules) = ("moto", "moto.server, flask_cors");
    Environment { name, requirements: "tests/oracle/moto/requirements.txt", modules, oldest: OLDEST }
        .prepare()
}

/// Installs the AWS CLI, which signs with keys of AWS KMS.
pub(super) fn prepare_awscli() -> Result<()> {
    let (name, modules) = ("awscli", "awscli");
    Environment { name, requirements: "repository/tests/python/awscli.txt", modules, oldest: OLDEST }
        .prepare()
}

/// Installs wasmtime for the host in Python. The host's own program does the same if it is run without this.
pub(super) fn prepare_host() -> Result<()> {
    let (name, modules) = ("python-host", "wasmtime.component");
    Environment {
        name,
        requirements: "host-examples/python/requirements.txt",
        modules,
        oldest: OLDEST_OF_HOST,
    }
    .prepare()
}

/// Packages of their own, apart from those of the system and of each other.
struct Environment {
    /// Its folder below `target/peers`.
    name: &'static str,
    /// The file of the pinned packages, each with its hash.
    requirements: &'static str,
    /// What it must be able to import.
    modules: &'static str,
    /// The oldest Python that runs it.
    oldest: Version,
}

impl Environment {
    /// Installs the pinned packages, each checked against its hash.
    fn prepare(&self) -> Result<()> {
        let requirements = workspace::root().join(self.requirements);
        let wanted = fs::read_to_string(&requirements)?;
        let environment = workspace::peers().join(self.name);
        let installed = environment.join("installed-requirements.txt");
        if fs::read_to_string(&installed).is_ok_and(|text| text == wanted)
            && self.works(&environment.join("bin/python"))
        {
            return Ok(());
        }
        check_version(self.oldest)?;
        make_environment(&environment)?;
        eprintln!("setup: installing the Python packages of {}", self.name);
        let mut pip = Command::new(environment.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        pip.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]).arg(&requirements);
        children::output(&mut pip)?;
        fs::write(installed, wanted).context("cannot record the installed packages")
    }

    fn works(&self, python: &PathBuf) -> bool {
        let mut import = Command::new(python);
        import.arg("-c").arg(format!("import {}", self.modules));
        children::finished(&mut import).is_ok_and(|finished| finished.status.success())
    }
}

fn check_version(oldest: Version) -> Result<()> {
    const PRINT: &str = "import sys; print(*sys.version_info[:2])";
    let print = || children::output(Command::new("python3").args(["-c", PRINT]));
    let version = match print() {
        Ok(version) => version,
        Err(_) => {
            debian::install("python3")?;
            print()?
        }
    };
    let numbers: Vec<u32> = version.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        &[major, minor] if (major, minor) >= oldest => Ok(()),
        _ => bail!("Python {}.{} or newer is needed, python3 is {}", oldest.0, oldest.1, version.trim()),
    }
}

/// Makes an environment of its own for Python packages.
fn make_environment(environment: &PathBuf) -> Result<()> {
    let make = || {
        let mut venv = Command::new("python3");
        children::output(venv.args(["-m", "venv", "--clear"]).arg(environment)).map(drop)
    };
    make().or_else(|_| {
        debian::install("python3-venv")?;
        make()
    })
}
