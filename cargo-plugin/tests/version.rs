//! `--version`.

use tuf_verifier_host::{component_digest, verifier_digest};

use crate::world::{Machine, Published, greeting_packages, run};

#[test]
fn names_the_verifier() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let version = env!("CARGO_PKG_VERSION");
    let (component, core) = (component_digest(), verifier_digest());
    let whole =
        |name: &str| format!("{name} {version}\ncomponent sha256:{component}\nverifier sha256:{core}\n");
    let mut tuf = machine.command(env!("CARGO_BIN_EXE_cargo-tuf"));
    assert_eq!(run(tuf.args(["tuf", "--version"])).ends_with(0).stdout, whole("cargo-tuf"));
    let mut tuf = machine.command(env!("CARGO_BIN_EXE_cargo-tuf"));
    assert_eq!(run(tuf.args(["tuf", "-V"])).ends_with(0).stdout, format!("cargo-tuf {version}\n"));
    // Its `--version` is the package's, as that of `cargo install` is.
    let mut install = machine.unconfigured_install(&["-V"]);
    assert_eq!(run(&mut install).ends_with(0).stdout, whole("cargo-tuf-install"));
}
