//! Bad input to each command line: one clear error, what to do next, and the documented status.

use std::fs;
use std::process::Command;

use crate::world::{CLOSED, Krate, Machine, Published, greeting_packages, run};

fn machine() -> Machine {
    Machine::trusting(&Published::new(&greeting_packages()))
}

/// Every command line, for this machine's repository.
fn commands(machine: &Machine) -> [Command; 3] {
    [machine.install(&["greet"]), machine.tuf(&["install", "greet"]), machine.tuf(&["status"])]
}

#[test]
fn no_arguments() {
    let machine = machine();
    let ended = run(&mut machine.unconfigured_install(&[])).ends_with(2).once();
    assert!(ended.stderr.contains("NAME[@VERSION]"), "{}", ended.stderr);
    let ended = run(&mut machine.command(env!("CARGO_BIN_EXE_cargo-tuf"))).ends_with(2);
    assert!(ended.stderr.contains("Usage: cargo tuf <COMMAND>"), "{}", ended.stderr);
}

#[test]
fn an_unknown_option() {
    let machine = machine();
    let ended = run(&mut machine.install(&["greet", "--no-such-option"])).ends_with(2).once();
    assert!(ended.stderr.contains("unexpected argument '--no-such-option'"), "{}", ended.stderr);
    run(&mut machine.install(&["greet", "--locked", "--unlocked"])).ends_with(2).once();
    run(&mut machine.install(&["greet", "--frozen", "--unlocked"])).ends_with(2).once();
}

#[test]
fn no_name_and_no_version() {
    let machine = machine();
    for (package, words) in [
        ("../etc", "\"../etc\" is no package name"),
        ("", "\"\" is no package name"),
        ("-", "\"-\" is no package name"),
        ("greet@1", "\"1\" is no version"),
        ("greet@", "\"\" is no version"),
    ] {
        run(&mut machine.install(&[package])).ends_with(2).once().says(words, "--help");
    }
    let twice = ["greet@1.0.0", "--version", "1.0.0"];
    run(&mut machine.install(&twice)).ends_with(2).once().says("given both", "--help");
}

#[test]
fn no_repository() {
    let machine = machine();
    let ended = run(&mut machine.unconfigured_install(&["greet"])).ends_with(2).once();
    ended.says("no repository is configured", "pass --metadata-url URL");
    let mut status = machine.command(env!("CARGO_BIN_EXE_cargo-tuf"));
    run(status.args(["tuf", "status"]))
        .ends_with(2)
        .once()
        .says("no repository is configured", "metadata-url");
}

#[test]
fn no_root() {
    let machine = machine();
    let mut command = machine.unconfigured_install(&["greet"]);
    command.arg("--metadata-url").arg(machine.metadata_url());
    run(&mut command).ends_with(2).once().says("no trusted root is configured", "get root.json");

    let mut command = machine.unconfigured_install(&["greet", "--trusted-root", "nowhere.json"]);
    command.arg("--metadata-url").arg(machine.metadata_url());
    run(&mut command).ends_with(2).once().says("cannot read the trusted root", "--trusted-root");
}

#[test]
fn a_wrong_root() {
    let machine = machine();
    let stranger = Published::by_a_stranger(&greeting_packages());
    fs::write(machine.path("root.json"), stranger.root()).expect("a file");
    for mut command in commands(&machine) {
        let ended = run(&mut command).ends_with(40).once();
        ended.says(
            "arbitrary software attack: timestamp has 0 valid signatures",
            "trusted root may be the wrong file",
        );
    }
}

#[test]
fn a_root_that_is_no_metadata() {
    let machine = machine();
    for garbage in ["", "not json", "{}", "{\"signed\":{},\"signatures\":[]}"] {
        fs::write(machine.path("root.json"), garbage).expect("a file");
        for mut command in commands(&machine) {
            run(&mut command).ends_with(40).once().says("malformed metadata", "trusted root file");
        }
    }
}

#[test]
fn an_unreachable_server() {
    let machine = machine();
    let url = format!("http://{CLOSED}/metadata");
    for name in [&["tuf-install", "greet"][..], &["tuf", "status"]] {
        let program = match name[0] {
            "tuf" => env!("CARGO_BIN_EXE_cargo-tuf"),
            _ => env!("CARGO_BIN_EXE_cargo-tuf-install"),
        };
        let mut command = machine.command(program);
        command
            .args(name)
            .args(["--metadata-url", &url])
            .arg("--trusted-root")
            .arg(machine.path("root.json"));
        let ended = run(command.env("CARGO_NET_RETRY", "0")).ends_with(68).once();
        ended.says("cannot reach http://127.0.0.1", "check the URL");
    }
}

#[test]
fn a_url_of_another_kind() {
    let machine = machine();
    let mut command =
        machine.unconfigured_install(&["greet", "--metadata-url", "ftp://user:secret@host/metadata"]);
    command.arg("--trusted-root").arg(machine.path("root.json"));
    let ended = run(&mut command).ends_with(2).once();
    assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    ended.says("ftp://host/metadata: only http, https and file URLs", "correct metadata-url");
}

#[test]
fn a_server_without_a_repository() {
    let machine = machine();
    fs::remove_dir_all(machine.path("published/metadata")).expect("the metadata");
    for mut command in commands(&machine) {
        run(&mut command)
            .ends_with(40)
            .once()
            .says("the repository has no timestamp.json", "check metadata-url");
    }
}

#[test]
fn a_wrong_name() {
    let machine = machine();
    let ended = run(&mut machine.install(&["gretel"])).ends_with(41).once();
    ended.says(
        "the package gretel is not in the repository: index/gr/et/gretel: no trusted role lists it",
        "check the name",
    );
    let ended = run(&mut machine.install(&["greet@2.0.0"])).ends_with(41).once();
    ended.says("greet has no version 2.0.0; the newest one listed is 1.0.0", "choose another version");
    let ended = run(&mut machine.install(&["greet@^0.9"])).ends_with(41).once();
    ended.says("greet has no version that matches ^0.9", "choose another version");
}

#[test]
fn a_yanked_version() {
    let mut yanked = Krate::binary("gone", "1.0.0", "fn main() {}");
    yanked.yanked = true;
    let machine = Machine::trusting(&Published::new(&[yanked]));
    for package in ["gone", "gone@1.0.0"] {
        run(&mut machine.install(&[package])).ends_with(41).once().says("version 1.0.0 is", "choose another");
    }
}

#[test]
fn an_unwritable_store() {
    let machine = machine();
    // A file where the folder should be keeps even the superuser from writing.
    fs::write(machine.cargo_home().join("tuf"), "").expect("a file");
    for mut command in commands(&machine) {
        run(&mut command).ends_with(2).once().says("cannot create", "make the folder usable");
    }
}

#[test]
fn an_unwritable_overlay() {
    let machine = machine();
    fs::create_dir_all(machine.cargo_home().join("tuf")).expect("a folder");
    fs::write(machine.cargo_home().join("tuf/run"), "").expect("a file");
    run(&mut machine.install(&["greet"])).ends_with(2).once().says("cannot create", "make the folder usable");
}

#[test]
fn garbage_configuration() {
    let machine = machine();
    let file = machine.cargo_home().join("tuf.toml");
    for (text, words) in [
        ("metadata-url = ", "line 1:"),
        ("metadata-url = 3", "invalid type: integer"),
        ("trusted-rot = 'root.json'", "unknown field `trusted-rot`"),
        ("\u{0}", "line 1:"),
    ] {
        fs::write(&file, text).expect("a file");
        for mut command in commands(&machine) {
            run(command.arg("--tuf-config").arg(&file)).ends_with(2).once().says(
                words,
                "metadata-url, targets-url and trusted-root, each a text in quotes, mirrors, a list of texts, and fresh-for",
            );
        }
    }
}

#[test]
fn a_configuration_file_that_is_not_there() {
    let machine = machine();
    let ended = run(&mut machine.install(&["greet", "--tuf-config", "nowhere.toml"])).ends_with(2).once();
    ended.says("cannot read", "the settings are");
}

#[test]
fn garbage_cargo_configuration() {
    let machine = machine();
    machine.write_cargo_config("[http");
    for mut command in commands(&machine) {
        run(&mut command).ends_with(2).once().says("is no cargo configuration", "correct the file");
    }
    machine.write_cargo_config("include = 'config.toml'");
    for mut command in commands(&machine) {
        run(&mut command).ends_with(2).once().says("it includes itself", "correct the file");
    }
}

#[test]
fn a_cargo_configuration_that_contradicts() {
    let machine = machine();
    for (config, key, help) in [
        ("source.cargo-tuf.directory = '/nowhere'", "`source.cargo-tuf`", "rename the source"),
        ("source.crates-io.local-registry = '/nowhere'", "`source.crates-io.local-registry`", "replace-with"),
    ] {
        machine.write_cargo_config(config);
        run(&mut machine.install(&["greet"])).ends_with(2).once().says(key, help);
    }
    machine.write_cargo_config("");
    for config in ["http.proxy='http://127.0.0.1:1'", "source.x.directory='/nowhere'", "registry.default='x'"]
    {
        let ended = run(&mut machine.install(&["greet", "--config", config])).ends_with(2).once();
        ended.says("sets itself to keep the build verified", "plain `cargo install`");
    }
    run(&mut machine.install(&["greet", "--config", "no toml"]))
        .ends_with(2)
        .once()
        .says("--config no toml", "correct");
}

#[test]
fn offline_without_anything_stored() {
    let machine = machine();
    for mut command in commands(&machine) {
        run(command.arg("--offline"))
            .ends_with(68)
            .once()
            .says("not in the store: timestamp.json is needed", "run once with the network");
    }
}

#[test]
fn no_lock() {
    let greet = Krate::binary("greet", "1.0.0", "fn main() {}").with_lock(None);
    let machine = Machine::trusting(&Published::new(&[greet]));
    let ended = run(&mut machine.install(&["greet"])).ends_with(1).once();
    ended.says("not covered: greet v1.0.0 has no Cargo.lock", "pass --unlocked");
    run(&mut machine.install(&["greet", "--unlocked"])).ends_with(0);
}

#[test]
fn cargo_is_not_there() {
    let machine = machine();
    let ended = run(machine.install(&["greet"]).env("CARGO", "no-such-cargo")).ends_with(101).once();
    ended.says("cannot start no-such-cargo", "install cargo");
}

/// What the supervisor could not start is said as if the command had tried it.
#[test]
#[cfg(unix)]
fn says_why_a_cargo_does_not_start() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let cargo = machine.path("cargo");
    fs::write(&cargo, "no program").expect("a file");
    let ended = run(machine.install(&["greet"]).env("CARGO", &cargo)).ends_with(101).once();
    ended.says(&format!("cannot start {}: Permission denied", cargo.display()), "install cargo");
}

/// What was verified would be built by whatever somebody else has put there.
#[cfg(unix)]
#[test]
fn rejects_a_cargo_that_others_can_change() {
    use std::os::unix::fs::PermissionsExt;

    let machine = machine();
    let folder = machine.path("shared");
    let mark = machine.path("mark");
    let cargo = folder.join("cargo");
    fs::create_dir(&folder).expect("a folder");
    fs::write(&cargo, format!("#!/bin/sh\ntouch '{}'\n", mark.display())).expect("a file");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("a mode");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("a search path"));
    for named in [cargo.to_str().expect("UTF-8"), "cargo", ""] {
        let ended =
            run(machine.install(&["greet"]).env("CARGO", named).env("PATH", &path)).ends_with(2).once();
        let error =
            format!("{} is not used: {} can be written by everybody", cargo.display(), folder.display());
        ended.says(&error, "set CARGO");
        assert!(!mark.exists(), "CARGO={named}");
    }
}

#[test]
fn code_that_does_not_compile() {
    let broken = Krate::binary("greet", "1.0.0", "fn main() { no }");
    let machine = Machine::trusting(&Published::new(&[broken]));
    let ended = run(&mut machine.install(&["greet"])).ends_with(101);
    ended.says("everything that cargo asked for was verified, but cargo failed", "cargo's own messages");
}
