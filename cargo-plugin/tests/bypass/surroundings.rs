//! Files and folders of others around the build.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

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

/// A CARGO_HOME in a folder such as `/tmp`: the check finds no settings there, and another user makes them afterwards.
#[test]
fn rejects_a_home_in_a_folder_where_others_can_make_files() {
    let machine = machine();
    let shared = machine.path("shared");
    fs::create_dir_all(shared.join("home")).expect("a folder");
    // The other user can go there.
    fs::set_permissions(machine.path(""), fs::Permissions::from_mode(0o755)).expect("the permissions");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).expect("the permissions");
    let mark = machine.path("mark");
    let wrapper = machine.path("wrapper");
    fs::write(&wrapper, format!("#!/bin/sh\n: > {}\nexec \"$@\"\n", mark.display())).expect("a file");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("the permissions");
    // Between the check and the start of cargo.
    let late = machine.path("cargo");
    let evil = format!(
        "mkdir {0}/.cargo && echo \"build.rustc-wrapper = '{1}'\" > {0}/.cargo/config.toml",
        shared.display(),
        wrapper.display()
    );
    let script = format!("#!/bin/sh\n{} sh -c {evil:?}\nexec {} \"$@\"\n", as_another_user(), env!("CARGO"));
    fs::write(&late, script).expect("a file");
    fs::set_permissions(&late, fs::Permissions::from_mode(0o755)).expect("the permissions");
    let mut command = machine.install(&["greet"]);
    let ended = run(command.env("CARGO_HOME", shared.join("home")).env("CARGO", &late));
    assert!(!mark.exists(), "cargo obeyed the settings of another user");
    let error = "shared can be written by everybody (mode 1777)";
    ended
        .ends_with(2)
        .once()
        .says(error, "set CARGO_HOME to a folder that is not in a temporary or shared folder");
    assert!(!shared.join(".cargo").exists(), "cargo was started");
}

/// What runs a program as another user, if this process may do so: the same user can make the same files.
fn as_another_user() -> &'static str {
    let program = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    let mut words = program.split(' ');
    let tried = Command::new(words.next().expect("a word")).args(words).arg("true").status();
    if tried.is_ok_and(|status| status.success()) {
        return program;
    }
    tuf_tests::skip(
        "a_home_in_a_folder_where_others_can_make_files",
        "the files of another user are made by this one, since only root can start programs as another",
    );
    ""
}

/// The same for a file that a configuration includes if it is there.
#[test]
fn rejects_a_missing_include_that_others_can_make() {
    let machine = machine();
    let shared = machine.path("shared");
    fs::create_dir(&shared).expect("a folder");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).expect("the permissions");
    let file = shared.join("more.toml");
    machine.write_cargo_config(&format!("include = [{{ path = {file:?}, optional = true }}]"));
    let ended = run(&mut machine.install(&["greet"])).ends_with(2).once();
    ended.says(&format!("{} is not used: ", file.display()), "nobody else can write to");
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

/// Programs of rustup start what is in its home, and are all one file.
#[test]
fn rejects_a_home_of_rustup_that_others_can_change() {
    let machine = machine();
    let (folder, home) = (machine.path("bin"), machine.path("rustup"));
    fs::create_dir(&folder).expect("a folder");
    let script = format!("#!/bin/sh\n[ \"$1\" != which ] || exit 1\nexec {} \"$@\"\n", env!("CARGO"));
    fs::write(folder.join("rustup"), script).expect("a file");
    fs::set_permissions(folder.join("rustup"), fs::Permissions::from_mode(0o755)).expect("the permissions");
    fs::hard_link(folder.join("rustup"), folder.join("cargo")).expect("a link");
    fs::create_dir_all(home.join("toolchains/one/bin")).expect("a folder");
    fs::write(home.join("settings.toml"), "").expect("a file");
    fs::write(home.join("toolchains/one/bin/rustc"), "").expect("a file");
    let install = || {
        let mut command = machine.install(&["greet", "--force"]);
        // No rustc of another rustup is on it.
        let compiler = std::path::Path::new(env!("CARGO")).parent().expect("a folder").display().to_string();
        command.env("PATH", format!("{compiler}:/usr/bin:/bin")).env("CARGO", folder.join("cargo"));
        command.env("RUSTUP_HOME", &home);
        run(&mut command)
    };
    install().ends_with(0);
    for name in ["settings.toml", "toolchains", "toolchains/one/bin/rustc"] {
        let path = home.join(name);
        let before = fs::metadata(&path).expect("a file").permissions();
        make_writable(&path);
        let ended = install().ends_with(2).once();
        ended.says(&format!("{} can be written by everybody", path.display()), "nobody else can write to");
        fs::set_permissions(&path, before).expect("the permissions");
    }
}

/// Cargo starts these in the place of the compiler, of the linker and of what was built.
#[test]
fn rejects_programs_of_others_that_settings_and_variables_name() {
    let machine = machine();
    let (program, mark) = (machine.path("wrapper"), machine.path("mark"));
    fs::write(&program, format!("#!/bin/sh\n: > {}\nexec \"$@\"\n", mark.display())).expect("a file");
    make_writable(&program);
    let refused = |command: &mut Command| {
        let ended = run(command).ends_with(2).once();
        ended.says(&format!("{} is not used: ", program.display()), "nobody else can write to");
        assert!(!mark.exists(), "a program of others was started");
    };
    for variable in
        ["RUSTC", "RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER", "CARGO_TARGET_ANY_LINKER"]
    {
        refused(machine.install(&["greet"]).env(variable, &program));
    }
    for key in ["rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc"] {
        machine.write_cargo_config(&format!("build.{key} = {program:?}"));
        refused(&mut machine.install(&["greet"]));
    }
    for setting in [format!("linker = {program:?}"), format!("runner = [{program:?}, '--all']")] {
        machine.write_cargo_config(&format!("[target.'cfg(all())']\n{setting}"));
        refused(&mut machine.install(&["greet"]));
    }
    // The user's own is started.
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("the permissions");
    machine.write_cargo_config(&format!("build.rustc-wrapper = {program:?}"));
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert!(mark.exists(), "the user's wrapper was not started");
}

/// Cargo starts rustc, the linker and git by their names.
#[test]
fn rejects_programs_of_others_on_the_search_path() {
    let machine = machine();
    let (shared, mark) = (machine.path("shared"), machine.path("mark"));
    fs::create_dir(&shared).expect("a folder");
    for name in ["rustc", "cc", "git"] {
        let program = shared.join(name);
        fs::write(&program, format!("#!/bin/sh\n: > {}\nexit 1\n", mark.display())).expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("the permissions");
    }
    let path = std::env::var("PATH").expect("a search path");
    for mode in [0o777, 0o1777] {
        fs::set_permissions(&shared, fs::Permissions::from_mode(mode)).expect("the permissions");
        let path = format!("{}:{path}", shared.display());
        run(machine.install(&["greet", "--force"]).env("PATH", path)).ends_with(0);
        assert!(!mark.exists(), "{mode:o}: a program of others was started");
    }
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
}

/// A custom target is a file by its name: in a folder such as `/tmp`, anybody can make a file with the name of a triple.
#[test]
fn ignores_a_file_with_the_name_of_a_triple() {
    let machine = machine();
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return tuf_tests::skip("a_file_with_the_name_of_a_triple", "the triple is one of Linux");
    }
    fs::write(machine.path("work").join(&triple), "{}").expect("a file");
    run(&mut machine.install(&["greet", "--target", &triple])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
}

/// Cargo runs in another folder, and relative names still start from the user's.
#[test]
fn accepts_relative_names_of_files() {
    let machine = machine();
    let (work, wrapper) = (machine.path("work"), machine.path("work/wrapper"));
    fs::write(&wrapper, "#!/bin/sh\necho wrapped >> \"$(dirname \"$0\")/mark\"\nexec \"$@\"\n")
        .expect("a file");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("the permissions");
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
