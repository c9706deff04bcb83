//! The units for systemd are understood by systemd, and start what is there.

use crate::world;

use std::fs;
use std::path::Path;
use std::process::Command;

const UNITS: [&str; 2] = ["tufrepo-refresh.service", "tufrepo-refresh.timer"];

fn unit(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name);
    fs::read_to_string(path).expect("a unit")
}

#[test]
fn systemd_understands_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        world::skip("systemd_understands_the_units", "systemd-analyze is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in UNITS {
        // Which program is started is looked at too.
        let text = unit(name).replace("/usr/local/bin/tufrepo", env!("CARGO_BIN_EXE_tufrepo"));
        fs::write(folder.path().join(name), text).expect("a unit");
    }
    let mut verify = Command::new("systemd-analyze");
    let output =
        verify.args(["verify", "--man=no"]).args(UNITS.map(|name| folder.path().join(name))).output();
    let output = output.expect("systemd-analyze starts");
    let said = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("tufrepo")).collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}

#[test]
fn the_command_of_the_unit_is_one_that_tufrepo_understands() {
    let service = unit("tufrepo-refresh.service");
    let line = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let mut words = line.split(' ');
    assert_eq!(words.next(), Some("/usr/local/bin/tufrepo"));
    let missing = tempfile::tempdir().expect("a temporary folder");
    let args = words.map(|word| match word {
        "/srv/tuf" => missing.path().join("repository").into_os_string(),
        "/var/lib/tufrepo" => missing.path().join("state").into_os_string(),
        word => word.into(),
    });
    let output = Command::new(env!("CARGO_BIN_EXE_tufrepo")).args(args).output().expect("tufrepo starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("is no repository"), "{said}");
}

#[test]
fn the_passphrase_is_in_no_argument_and_no_environment() {
    let service = unit("tufrepo-refresh.service");
    assert!(service.contains("LoadCredential=passphrase:"));
    assert!(!service.contains("Environment"), "{service}");
    for hardened in
        ["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "CapabilityBoundingSet=\n"]
    {
        assert!(service.contains(hardened), "{hardened}");
    }
}
