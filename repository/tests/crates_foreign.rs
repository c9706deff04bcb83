//! `tufrepo crates add` beside another user, who can write to a folder above the publisher's, as in `/tmp`.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Desk;
use crate::registry::{Package, Registry};
use crate::world::skip;
use tempfile::TempDir;

/// A user who is neither root nor this process's.
const THIEF: u32 = 65_534;

const TOOL: Package<'_> =
    Package { name: "tool", version: "1.0.0", dependencies: &[("leaf", "1", "normal", None)], locked: true };

/// A folder that everybody can write to, as `/tmp`; the publisher's CARGO_HOME and a project of theirs in it, and what a
/// thief without rights has put beside them.
struct Shared {
    folder: TempDir,
    desk: Desk,
    /// The thief's.
    registry: Registry,
    publishers: Registry,
}

impl Shared {
    /// None where this process cannot become another user.
    fn open(test: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        if chown(folder.path(), None, Some(THIEF)).is_err() {
            skip(&format!("crates_foreign::{test}"), "a second user is needed, which root alone can become");
            return None;
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).expect("a mode");
        let publishers = Registry::start();
        publishers.publish(&Package { name: "leaf", version: "1.0.0", dependencies: &[], locked: false });
        publishers.publish(&TOOL);
        let registry = Registry::start();
        registry.publish(&Package { dependencies: &[], ..TOOL });
        let desk = Desk::with_repository();
        let mut shared = Self { folder, desk, registry, publishers };
        let home = shared.path("publisher/cargo");
        fs::create_dir_all(&home).expect("a folder");
        fs::copy(shared.publishers.home().join("config.toml"), home.join("config.toml")).expect("a copy");
        shared.desk.set("CARGO_HOME", home.to_str().expect("UTF-8"));
        shared.desk.set("TMPDIR", shared.folder.path().to_str().expect("UTF-8"));
        shared.desk.ok(&["crates", "delegate", "--index-key=online", "--crates-key=targets"]);
        Some(shared)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A project of the publisher that depends on `leaf`. Gives its lock file.
    fn project(&self, dependencies: &str) -> String {
        let project = self.path("publisher/project");
        fs::create_dir_all(project.join("src")).expect("a folder");
        fs::write(project.join("src/lib.rs"), "").expect("a file");
        let manifest = format!(
            "[package]\nname = \"project\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\nleaf = \"1\"\n\
             {dependencies}"
        );
        fs::write(project.join("Cargo.toml"), manifest).expect("a file");
        self.publishers.cargo("generate-lockfile", &project);
        project.join("Cargo.lock").to_str().expect("UTF-8").to_owned()
    }

    /// The thief writes a file.
    fn steal(&self, name: &str, mode: &str, text: &str) {
        let line = r#"umask 022; mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"; chmod "$3" "$1""#;
        let mut shell = Command::new("sh");
        shell.args(["-ec", line, "sh"]).arg(self.path(name)).arg(text).arg(mode);
        assert!(shell.uid(THIEF).gid(THIEF).status().expect("a shell").success(), "{name}");
    }

    /// A configuration with the thief's registry and the thief's compiler, which leaves a mark.
    fn theirs(&self) -> String {
        self.steal("rustc", "755", &format!("#!/bin/sh\nenv >'{}'\n", self.path("mark").display()));
        let settings = fs::read_to_string(self.registry.home().join("config.toml")).expect("settings");
        format!("{settings}\n[build]\nrustc = {:?}\n", self.path("rustc"))
    }

    /// Nothing of the thief's was run.
    fn is_untouched(&self) {
        assert!(!self.path("mark").exists(), "the thief's compiler was run");
    }
}

#[test]
fn rejects_the_configuration_of_another_user_above() {
    let Some(shared) = Shared::open("rejects_the_configuration_of_another_user_above") else { return };
    let theirs = shared.theirs();
    shared.steal(".cargo/config.toml", "644", &theirs);
    shared.steal("Cargo.toml", "644", "[workspace]\nmembers = [\"*/*\", \"*/*/*/*/*/*\"]\n");
    assert_eq!(shared.desk.ok(&["crates", "add", "tool@1.0.0"]), "tool 1.0.0\nleaf 1.0.0\n");
    shared.is_untouched();
    // What cargo worked in is gone, and the next run finds the same.
    let left = fs::read_dir(shared.path("publisher/cargo/tuf/publish")).expect("a folder");
    let left: Vec<_> = left.flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["lock"]);
}

/// The cargo that rustup chooses a toolchain for. None where there is no rustup.
fn cargo_of_rustup(test: &str) -> Option<PathBuf> {
    let found = Command::new("sh").args(["-c", "command -v rustup"]).output().expect("a shell").stdout;
    let found = String::from_utf8(found).expect("UTF-8");
    if found.is_empty() {
        skip(&format!("crates_foreign::{test}"), "rustup is not on PATH");
        return None;
    }
    Some(Path::new(found.trim()).with_file_name("cargo"))
}

#[test]
fn rejects_the_toolchain_of_another_user_above() {
    let test = "rejects_the_toolchain_of_another_user_above";
    let Some(mut shared) = Shared::open(test) else { return };
    let Some(proxy) = cargo_of_rustup(test) else { return };
    // The tests run in a toolchain that is chosen already.
    let wrapper = shared.path("publisher/cargo-of-rustup");
    let text = format!("#!/bin/sh\nunset RUSTUP_TOOLCHAIN\nexec '{}' \"$@\"\n", proxy.display());
    fs::write(&wrapper, text).expect("a file");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("a mode");
    shared.desk.set("CARGO", wrapper.to_str().expect("UTF-8"));
    let mark = format!("#!/bin/sh\nenv >'{}'\nexit 1\n", shared.path("mark").display());
    for program in ["cargo", "rustc"] {
        shared.steal(&format!("toolchain/bin/{program}"), "755", &mark);
    }
    let chosen = format!("[toolchain]\npath = {:?}\n", shared.path("toolchain"));
    let lock = shared.project("");
    shared.steal("rust-toolchain.toml", "644", &chosen);
    shared.desk.ok(&["crates", "add", "tool@1.0.0"]);
    shared.desk.ok(&["crates", "add", "--lock", &lock]);
    shared.is_untouched();
}

/// The programs of rustup are nobody else's, and start what is in its home.
#[test]
fn rejects_the_toolchain_of_another_user_in_the_home_of_rustup() {
    let test = "rejects_the_toolchain_of_another_user_in_the_home_of_rustup";
    let Some(mut shared) = Shared::open(test) else { return };
    let Some(proxy) = cargo_of_rustup(test) else { return };
    let mark = format!("#!/bin/sh\nenv >'{}'\nexit 1\n", shared.path("mark").display());
    for program in ["cargo", "rustc"] {
        shared.steal(&format!("rustup/toolchains/theirs/bin/{program}"), "755", &mark);
    }
    let settings = "version = \"12\"\ndefault_toolchain = \"theirs\"\n";
    shared.steal("rustup/settings.toml", "644", settings);
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let refused = |shared: &Shared, path: &Path| {
        let words = format!("{} belongs to user {THIEF}", path.display());
        shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
        shared.is_untouched();
    };
    let toolchains = PathBuf::from("toolchains/theirs");
    // By the cargo of rustup, and by the cargo of a toolchain, which starts the rustc of rustup.
    let own = std::env::var("CARGO").expect("a cargo");
    let path = std::env::var("PATH").expect("a search path");
    shared.desk.set("PATH", &format!("{}:{path}", text(proxy.parent().expect("a folder"))));
    shared.desk.set("RUSTUP_TOOLCHAIN", "theirs");
    for cargo in [text(&proxy), own] {
        shared.desk.set("CARGO", &cargo);
        shared.desk.set("RUSTUP_HOME", &text(&shared.path("rustup")));
        refused(&shared, &shared.path("rustup/settings.toml"));
        // The home is the user's, and the toolchain a link to theirs.
        let home = shared.path("publisher/rustup");
        fs::create_dir_all(home.join("toolchains")).expect("a folder");
        fs::write(home.join("settings.toml"), settings).expect("a file");
        let link = home.join(&toolchains);
        if !link.exists() {
            std::os::unix::fs::symlink(shared.path("rustup").join(&toolchains), &link).expect("a link");
        }
        shared.desk.set("RUSTUP_HOME", &text(&home));
        refused(&shared, &shared.path("rustup").join(&toolchains).join("bin/cargo"));
        // The settings choose the toolchain.
        chown(home.join("settings.toml"), Some(THIEF), None).expect("an owner");
        refused(&shared, &home.join("settings.toml"));
        chown(home.join("settings.toml"), Some(0), None).expect("an owner");
    }
}

/// As tools that link the programs of rustup to one file, under other names than the links of rustup.
#[test]
fn rejects_the_home_of_rustup_of_another_user_by_a_hard_link() {
    let test = "rejects_the_home_of_rustup_of_another_user_by_a_hard_link";
    let Some(mut shared) = Shared::open(test) else { return };
    let folder = shared.path("publisher/bin");
    fs::create_dir_all(&folder).expect("a folder");
    // No rustup has to be started to refuse what it would read.
    fs::write(folder.join("rustup"), "#!/bin/sh\nexit 1\n").expect("a file");
    fs::set_permissions(folder.join("rustup"), fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::hard_link(folder.join("rustup"), folder.join("cargo")).expect("a link");
    shared.steal("rustup/settings.toml", "644", "");
    shared.desk.set("CARGO", folder.join("cargo").to_str().expect("UTF-8"));
    // There is no rustc of rustup's on it.
    shared.desk.set("PATH", "/usr/bin:/bin");
    shared.desk.set("RUSTUP_HOME", shared.path("rustup").to_str().expect("UTF-8"));
    let words = format!("{} belongs to user {THIEF}", shared.path("rustup/settings.toml").display());
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
    // Where rustup does not tell which toolchain it takes, it may be any of them.
    let home = shared.path("publisher/rustup");
    fs::create_dir_all(home.join("toolchains")).expect("a folder");
    std::os::unix::fs::symlink(shared.path("toolchain"), home.join("toolchains/linked")).expect("a link");
    shared.steal("toolchain/bin/rustc", "755", "");
    shared.desk.set("RUSTUP_HOME", home.to_str().expect("UTF-8"));
    let words = format!("belongs to user {THIEF}, and it decides what is signed");
    let told = shared.path("toolchain").display().to_string();
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], &told);
}

#[test]
fn rejects_the_configuration_of_another_user_above_a_project() {
    let test = "rejects_the_configuration_of_another_user_above_a_project";
    let Some(shared) = Shared::open(test) else { return };
    let lock = shared.project("");
    let theirs = shared.theirs();
    shared.steal(".cargo/config.toml", "644", &theirs);
    let words = format!("{} belongs to user {THIEF}", shared.path(".cargo/config.toml").display());
    let help = shared.desk.refused(&["crates", "add", "--lock", &lock], &words);
    assert!(help.starts_with("make it yours alone"), "{help}");
    shared.is_untouched();
}

#[test]
fn rejects_the_workspace_of_another_user_above_a_project() {
    let test = "rejects_the_workspace_of_another_user_above_a_project";
    let Some(shared) = Shared::open(test) else { return };
    let lock = shared.project("");
    shared.steal("Cargo.toml", "644", "[workspace]\nmembers = [\"publisher/project\"]\n");
    let words = format!("it belongs to the workspace in {}", shared.folder.path().display());
    shared.desk.refused(&["crates", "add", "--lock", &lock], &words);
}

/// The folder that cargo works in is in this one, and whoever can write there can put another in its place.
#[test]
fn rejects_a_cargo_home_that_others_can_change() {
    let Some(shared) = Shared::open("rejects_a_cargo_home_that_others_can_change") else { return };
    let home = shared.path("publisher/cargo");
    let settings = home.join("config.toml");
    let refused = |path: &Path, words: &str| {
        let words = format!("{} {words}, and it decides what is signed", path.display());
        shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
    };
    fs::set_permissions(&home, fs::Permissions::from_mode(0o777)).expect("a mode");
    refused(&home, "can be written by everybody (mode 0777)");
    // A group whose only member is the user would do.
    chown(&home, None, Some(THIEF)).expect("a group");
    fs::set_permissions(&home, fs::Permissions::from_mode(0o770)).expect("a mode");
    refused(&home, &format!("can be written by group {THIEF} (mode 0770)"));
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).expect("a mode");
    chown(&settings, Some(THIEF), None).expect("an owner");
    refused(&settings, &format!("belongs to user {THIEF}"));
    chown(&settings, Some(0), None).expect("an owner");
    shared.desk.ok(&["crates", "add", "tool@1.0.0"]);
}

/// The user's own configuration leads to other files, which decide as much.
#[test]
fn rejects_what_the_users_configuration_includes_from_another_user() {
    let test = "rejects_what_the_users_configuration_includes_from_another_user";
    let Some(shared) = Shared::open(test) else { return };
    let theirs = shared.theirs();
    shared.steal("team.toml", "644", &theirs);
    let home = shared.path("publisher/cargo");
    let own = fs::read_to_string(home.join("config.toml")).expect("settings");
    let write = |name: &str, text: &str| fs::write(home.join(name), text).expect("a file");
    let theirs = format!("{} belongs to user {THIEF}", shared.path("team.toml").display());
    write("config.toml", &format!("include = [{:?}]\n", shared.path("team.toml")));
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], &theirs);
    shared.is_untouched();
    // By way of a file of the user's.
    write("config.toml", &format!("include = [\"more.toml\"]\n{own}"));
    write("more.toml", "include = [{ path = \"../../team.toml\", optional = true }]\n");
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], &theirs);
    shared.is_untouched();
    // What is not there yet, anybody can make.
    let missing = shared.path("missing.toml");
    write("more.toml", &format!("include = [{{ path = {missing:?}, optional = true }}]\n"));
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], "can be written by everybody (mode 1777)");
    // A circle has no end.
    write("more.toml", "include = [\"config.toml\"]\n");
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], "it includes itself");
    // Files of the user's are used: they lead to the registry.
    write("config.toml", "include = [\"more.toml\"]\n");
    write("more.toml", &own);
    assert_eq!(shared.desk.ok(&["crates", "add", "tool@1.0.0"]), "tool 1.0.0\nleaf 1.0.0\n");
}

#[test]
fn rejects_a_program_of_another_user_that_the_users_configuration_names() {
    let test = "rejects_a_program_of_another_user_that_the_users_configuration_names";
    let Some(mut shared) = Shared::open(test) else { return };
    // Makes their program.
    shared.theirs();
    let theirs = shared.path("rustc");
    let settings = shared.path("publisher/cargo/config.toml");
    let own = fs::read_to_string(&settings).expect("settings");
    let words = format!("{} belongs to user {THIEF}", theirs.display());
    let path = format!("{:?}", theirs.to_str().expect("UTF-8"));
    for setting in [
        format!("[build]\nrustc = {path}\n"),
        format!("[build]\nrustc-wrapper = {path}\n"),
        format!("[build]\nrustc-workspace-wrapper = {path}\n"),
        format!(
            "[registry]\nglobal-credential-providers = [\"cargo:token-from-stdout {}\"]\n",
            theirs.display()
        ),
        format!("[registries.other]\ncredential-provider = [{path}, \"--all\"]\n"),
        format!("[credential-alias]\nkeys = {path}\n"),
        format!("[http]\ncainfo = {path}\n"),
    ] {
        fs::write(&settings, format!("{own}\n{setting}")).expect("a file");
        shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
        shared.is_untouched();
    }
    fs::write(&settings, &own).expect("a file");
    for variable in ["CARGO_BUILD_RUSTC", "RUSTC_WRAPPER", "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS"] {
        shared.desk.set(variable, theirs.to_str().expect("UTF-8"));
        shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
        shared.is_untouched();
        shared.desk.set(variable, "");
    }
}

/// Of what a project configures, the places of its registries count, and neither its sources nor its programs.
#[test]
fn accepts_the_registries_of_a_project_and_nothing_else() {
    let Some(shared) = Shared::open("accepts_the_registries_of_a_project_and_nothing_else") else { return };
    let other = Registry::start();
    other.publish(&Package { name: "elsewhere", version: "1.0.0", dependencies: &[], locked: false });
    let settings = fs::read_to_string(other.home().join("config.toml")).expect("settings");
    let index = settings.lines().find_map(|line| line.strip_prefix("registry = ")).expect("an index");
    let registries = format!("[registries.other]\nindex = {index}\n");
    let configuration = shared.path("publisher/project/.cargo/config.toml");
    fs::create_dir_all(configuration.parent().expect("a folder")).expect("a folder");
    fs::write(&configuration, &registries).expect("a file");
    let lock = shared.project("elsewhere = { version = \"1\", registry = \"other\" }\n");
    fs::write(&configuration, format!("{}{registries}", shared.theirs())).expect("a file");
    let arguments = ["crates", "add", "--lock", &lock];
    shared.desk.refused(&arguments, "not covered, because they come from no registry index: elsewhere 1.0.0");
    assert_eq!(shared.desk.ok(&[&arguments[..], &["--allow-uncovered"]].concat()), "leaf 1.0.0\n");
    shared.is_untouched();
}

/// What a program that is started sees of this one's secrets: nothing.
#[test]
fn rejects_to_hand_the_passphrase_on() {
    let Some(mut shared) = Shared::open("rejects_to_hand_the_passphrase_on") else { return };
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let (wrapper, seen) = (shared.path("publisher/wrapper"), shared.path("publisher/seen"));
    let text = format!("#!/bin/sh\nenv >>'{}'\nexec '{cargo}' \"$@\"\n", seen.display());
    fs::write(&wrapper, text).expect("a file");
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("a mode");
    shared.desk.set("CARGO", wrapper.to_str().expect("UTF-8"));
    shared.desk.set("TUFREPO_PASSPHRASE", "correct horse");
    shared.desk.ok(&["crates", "add", "tool@1.0.0"]);
    let seen = fs::read_to_string(&seen).expect("what cargo saw");
    assert!(seen.contains("CARGO_HOME="), "{seen}");
    assert!(!seen.contains("TUFREPO_") && !seen.contains("correct horse"), "{seen}");
}

/// Cargo is taken from CARGO, or from the first folder of PATH that has one; neither may be what somebody else can change.
#[test]
fn rejects_the_cargo_of_another_user() {
    let Some(mut shared) = Shared::open("rejects_the_cargo_of_another_user") else { return };
    let mark = format!("#!/bin/sh\nenv >'{}'\nexit 1\n", shared.path("mark").display());
    shared.steal("bin/cargo", "755", &mark);
    let theirs = shared.path("bin/cargo");
    let refused = |shared: &Shared, path: &Path, words: &str| {
        let words = format!("{} {words}, and it decides what is signed", path.display());
        shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
        shared.is_untouched();
    };
    shared.desk.set("CARGO", theirs.to_str().expect("UTF-8"));
    refused(&shared, &theirs, &format!("belongs to user {THIEF}"));
    // By its name, the search path decides.
    let path = std::env::var("PATH").expect("a search path");
    shared.desk.set("CARGO", "cargo");
    shared.desk.set("PATH", &format!("{}:{path}", theirs.parent().expect("a folder").display()));
    refused(&shared, &theirs, &format!("belongs to user {THIEF}"));
    // The program is the user's, and anybody could put another one in its place.
    let own = shared.path("publisher/bin");
    fs::create_dir(&own).expect("a folder");
    fs::copy(&theirs, own.join("cargo")).expect("a copy");
    fs::set_permissions(&own, fs::Permissions::from_mode(0o777)).expect("a mode");
    shared.desk.set("PATH", &format!("{}:{path}", own.display()));
    refused(&shared, &own, "can be written by everybody (mode 0777)");
}

/// Cargo starts rustc by its name, and a project's folder may be in the search path as `.`.
#[test]
fn rejects_the_compiler_of_another_user_on_the_search_path() {
    let Some(mut shared) = Shared::open("rejects_the_compiler_of_another_user_on_the_search_path") else {
        return;
    };
    let mark = format!("#!/bin/sh\nenv >'{}'\nexit 1\n", shared.path("mark").display());
    shared.steal("rustc", "755", &mark);
    let path = std::env::var("PATH").expect("a search path");
    // Everybody can make files in the first, as in `/tmp`.
    shared.desk.set("PATH", &format!("{}::.:{path}", shared.folder.path().display()));
    // Without these cargo is no toolchain's, and takes the first rustc of the search path.
    for variable in ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUSTC"] {
        shared.desk.set(variable, "");
    }
    shared.desk.run(&["crates", "add", "tool@1.0.0"]);
    shared.is_untouched();
    shared.desk.set("RUSTC", shared.path("rustc").to_str().expect("UTF-8"));
    let words = format!("{} belongs to user {THIEF}", shared.path("rustc").display());
    shared.desk.refused(&["crates", "add", "tool@1.0.0"], &words);
    shared.is_untouched();
}
