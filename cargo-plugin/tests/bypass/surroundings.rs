//! Files and folders of others around the build.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::world::{Machine, Published, greeting_packages, run};

const HONEST: Option<&str> = Some("hello from greet\n");

fn machine() -> Machine {
    Machine::trusting(&Published::new(&greeting_packages()))
}

fn make_writable(path: &std::path::Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("the permissions");
}

#[test]
fn rejects_state_folders_that_others_can_change() {
    for name in ["tuf", "tuf/repositories", "tuf/cache", "tuf/installed", "tuf/run"] {
        let machine = machine();
        let folder = machine.cargo_home().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        make_writable(&folder);
        let path = folder.display();
        for mut command in [machine.install(&["greet"]), machine.tuf(&["status"])] {
            let ended = run(&mut command).ends_with(2).once();
            ended.says(&format!("{path} can be written by everybody (mode 0777)"), "only you can write to");
        }
        assert_eq!(machine.installed("greet"), None, "{name}");
    }
}

#[test]
fn makes_its_folders_private() {
    let machine = machine();
    run(&mut machine.install(&["greet"])).ends_with(0);
    for name in ["tuf", "tuf/repositories", "tuf/cache", "tuf/installed", "tuf/run"] {
        let mode = fs::metadata(machine.cargo_home().join(name)).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{name}");
    }
}

/// Cargo reads the configuration of every folder above its home, and its home is the folder of the run.
#[test]
fn rejects_a_cargo_configuration_between_the_users_and_the_build() {
    for name in ["tuf/.cargo/config.toml", "tuf/run/.cargo/config.toml", "tuf/run/.cargo/config"] {
        let machine = machine();
        let file = machine.cargo_home().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, "build.rustc-wrapper = '/nowhere/evil'").expect("a file");
        let ended = run(&mut machine.install(&["greet"])).ends_with(2).once();
        ended
            .says(&format!("{} is not part of your cargo configuration", file.display()), "who put it there");
    }
}

/// In a shared folder somebody else's file chooses the cargo that rustup starts.
#[test]
fn ignores_the_toolchain_of_the_current_folder() {
    let machine = machine();
    let toolchain = machine.path("evil/bin");
    fs::create_dir_all(&toolchain).expect("a folder");
    fs::write(toolchain.join("cargo"), "#!/bin/sh\necho owned >&2\n").expect("a file");
    make_writable(&toolchain.join("cargo"));
    let text = format!("[toolchain]\npath = {:?}\n", machine.path("evil"));
    fs::write(machine.path("work/rust-toolchain.toml"), text).expect("a file");
    // As rustup's proxy does, this cargo takes the toolchain that the current folder leads to.
    let proxy = machine.path("cargo");
    let script = format!(
        "#!/bin/sh\nif [ -e rust-toolchain.toml ]; then exec {} \"$@\"; fi\nexec {} \"$@\"\n",
        toolchain.join("cargo").display(),
        env!("CARGO")
    );
    fs::write(&proxy, script).expect("a file");
    fs::set_permissions(&proxy, fs::Permissions::from_mode(0o755)).expect("the permissions");
    for cargo in [proxy.clone(), "../cargo".into()] {
        let ended = run(machine.install(&["greet", "--force"]).env("CARGO", cargo)).ends_with(0);
        assert!(!ended.stderr.contains("owned"), "{}", ended.stderr);
        assert_eq!(machine.installed("greet").as_deref(), HONEST);
    }
}

#[test]
fn rejects_a_toolchain_file_above_the_build_that_others_can_change() {
    for name in ["rust-toolchain", "rust-toolchain.toml"] {
        let machine = machine();
        let file = machine.cargo_home().join(name);
        fs::write(&file, "[toolchain]\npath = '/nowhere'\n").expect("a file");
        make_writable(&file);
        let ended = run(&mut machine.install(&["greet"])).ends_with(2).once();
        ended.says(&format!("{} is not used: ", file.display()), "only you can write to");
    }
}

/// Cargo runs in another folder, and relative names still start from the user's.
#[test]
fn accepts_relative_names_of_files() {
    let machine = machine();
    let (work, wrapper) = (machine.path("work"), machine.path("work/wrapper"));
    fs::write(&wrapper, "#!/bin/sh\necho wrapped >> \"$(dirname \"$0\")/mark\"\nexec \"$@\"\n")
        .expect("a file");
    make_writable(&wrapper);
    fs::write(work.join("more.toml"), "build.rustc-wrapper = 'work/wrapper'").expect("a file");
    let arguments: [&[&str]; 2] =
        [&["--config", "more.toml"], &["--config", "build.rustc-wrapper='./wrapper'"]];
    for arguments in arguments {
        run(machine.install(&["greet", "--force", "--root", "here"]).args(arguments)).ends_with(0);
        assert!(work.join("here/bin/greet").is_file());
        fs::remove_file(work.join("mark"))
            .unwrap_or_else(|_| panic!("{arguments:?}: the wrapper did not run"));
    }
    run(machine.install(&["greet", "--force"]).env("RUSTC_WRAPPER", "./wrapper")).ends_with(0);
    fs::remove_file(work.join("mark")).expect("the wrapper ran");
}

/// The state may be kept elsewhere, behind a link of the user's own.
#[test]
fn accepts_a_link_to_a_private_folder() {
    let machine = machine();
    fs::create_dir(machine.path("state")).expect("a folder");
    symlink(machine.path("state"), machine.cargo_home().join("tuf")).expect("a link");
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
}
