//! `cargo xtask deb`: the image verifier as a Debian package.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{children, workspace};

/// Where a file of the project goes in the package, and its mode.
const FILES: [(&str, &str, u32); 6] = [
    ("LICENSE-MIT", "LICENSE-MIT", 0o644),
    ("LICENSE-APACHE", "LICENSE-APACHE", 0o644),
    ("docs/containerd.md", "containerd.md", 0o644),
    ("PACKAGING/debian/copyright", "copyright", 0o644),
    ("PACKAGING/containerd.toml", "examples/containerd.toml", 0o644),
    ("PACKAGING/50-tuf-image-verifier.conf", "examples/50-tuf-image-verifier.conf", 0o644),
];
const DOCUMENTATION: &str = "usr/share/doc/tuf-image-verifier";
const PROGRAM: &str = "usr/bin/tuf-image-verifier";
const SCRIPTS: [&str; 2] = ["prerm", "postrm"];

/// Builds the program for release, and the package of it below `target/debian`. `--program FILE` packs one that was built
/// before, `--output FILE` names the package. `DEBFULLNAME` and `DEBEMAIL` say whose package it is.
///
/// # Errors
/// Where dpkg-deb or dpkg-shlibdeps is missing, or something cannot be built.
pub fn run(options: &[&str]) -> Result<()> {
    let (program, output) = match options {
        [] => (None, None),
        ["--program", program] => (Some(program), None),
        ["--program", program, "--output", output] => (Some(program), Some(output)),
        ["--output", output] => (None, Some(output)),
        other => bail!("unknown options: {}", other.join(" ")),
    };
    let program = program.map_or_else(built, |path| Ok(PathBuf::from(path)))?;
    let package = Package::of(&program)?;
    let output = output.map_or_else(|| package.file(), PathBuf::from);
    package.write(&program, &output)?;
    println!("{}", output.display());
    Ok(())
}

fn built() -> Result<PathBuf> {
    let arguments = ["build", "--release", "--package", "tuf-image-verifier", "--bin", "tuf-image-verifier"];
    children::succeed(&mut workspace::cargo(&arguments))?;
    Ok(workspace::target().join("release/tuf-image-verifier"))
}

/// What the fields of the package say.
struct Package {
    version: String,
    architecture: String,
    maintainer: String,
    /// The libraries that the program is linked to, in the versions that it needs.
    depends: String,
}

impl Package {
    /// By what the program says of itself, and by the machine that it was built on.
    fn of(program: &Path) -> Result<Self> {
        let printed = children::output(Command::new(program).arg("-V"))?;
        let version = printed.split_whitespace().nth(1).with_context(|| format!("no version: {printed}"))?;
        let architecture = children::output(Command::new("dpkg").arg("--print-architecture"))?;
        let variable = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        Ok(Self {
            // What comes before a release sorts before it.
            version: version.replace('-', "~"),
            depends: depends(program)?,
            architecture: architecture.trim().to_owned(),
            maintainer: format!(
                "{} <{}>",
                variable("DEBFULLNAME", "Unknown"),
                variable("DEBEMAIL", "root@localhost")
            ),
        })
    }

    fn file(&self) -> PathBuf {
        let name = format!("tuf-image-verifier_{}_{}.deb", self.version, self.architecture);
        workspace::target().join("debian").join(name)
    }

    fn write(&self, program: &Path, output: &Path) -> Result<()> {
        let tree = TempDir::new()?;
        place(program, &tree.path().join(PROGRAM), 0o755)?;
        let packaging = Path::new("host-examples/containerd-image-verifier/packaging");
        for (from, to, mode) in FILES {
            let from = match from.strip_prefix("PACKAGING/") {
                Some(rest) => packaging.join(rest),
                None => from.into(),
            };
            place(&workspace::root().join(from), &tree.path().join(DOCUMENTATION).join(to), mode)?;
        }
        let debian = workspace::root().join(packaging).join("debian");
        for script in SCRIPTS {
            place(&debian.join(script), &tree.path().join("DEBIAN").join(script), 0o755)?;
        }
        let size = fs::metadata(program)?.len().div_ceil(1_024).to_string();
        let fields = [
            ("@VERSION@", &self.version),
            ("@ARCHITECTURE@", &self.architecture),
            ("@DEPENDS@", &self.depends),
            ("@MAINTAINER@", &self.maintainer),
            ("@SIZE@", &size),
        ];
        let control = fs::read_to_string(debian.join("control"))?;
        let control = fields.into_iter().fold(control, |text, (field, value)| text.replace(field, value));
        fs::write(tree.path().join("DEBIAN/control"), control)?;
        fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755))?;
        if let Some(folder) = output.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut dpkg = Command::new("dpkg-deb");
        dpkg.args(["--root-owner-group", "-Zxz", "--build"]).arg(tree.path()).arg(output);
        children::output(&mut dpkg).map(|_| ())
    }
}

/// What dpkg-shlibdeps finds. It wants a source package, and the program where it will be in the package.
fn depends(program: &Path) -> Result<String> {
    let source = TempDir::new()?;
    let packed = Path::new("debian/tuf-image-verifier").join(PROGRAM);
    place(program, &source.path().join(&packed), 0o755)?;
    fs::create_dir(source.path().join("debian/tuf-image-verifier/DEBIAN"))?;
    let control = "Source: tuf-image-verifier\n\nPackage: tuf-image-verifier\nArchitecture: any\n";
    fs::write(source.path().join("debian/control"), control)?;
    let mut dpkg = Command::new("dpkg-shlibdeps");
    let printed = children::output(dpkg.args(["-O", "-e"]).arg(packed).current_dir(source.path()))?;
    let depends = printed.trim().strip_prefix("shlibs:Depends=");
    Ok(depends.with_context(|| format!("dpkg-shlibdeps printed {printed:?}"))?.to_owned())
}

/// Copies a file, with folders that everybody can read.
fn place(from: &Path, to: &Path, mode: u32) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(fs::set_permissions(to, fs::Permissions::from_mode(mode))?)
}
