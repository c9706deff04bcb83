//! Unpacked sources that a run leaves to the next one, and what somebody may have made of them in between.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::world::{Krate, Machine, Published, Run, evil_words, greeting_packages, run};

const HONEST: Option<&str> = Some("hello from greet\n");
const HELLO: &str = "pub fn word() -> &'static str { \"hello\" }";
const OWNED: &str = "pub fn word() -> String { String::from(\"owned\") }";
const NOT_USED: &str = "warning: the kept sources of words v1.0.0 were not used, but unpacked again: ";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The kept sources of a package.
fn kept(machine: &Machine, package: &Krate) -> PathBuf {
    machine.cargo_home().join("tuf/sources").join(package.checksum())
}

/// A machine on which `greet` is installed.
fn installed() -> Machine {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    reinstall(&machine);
    machine
}

/// Installs `greet` once more.
fn reinstall(machine: &Machine) -> Run {
    let ended = run(&mut machine.install(&["greet", "--force"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), HONEST);
    ended
}

/// Everything below a folder: mode, bytes of files and targets of links.
fn content(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    walk(folder, &|path, found| {
        let bytes = if found.is_file() { fs::read(path).expect("a file") } else { Vec::new() };
        (found.mode(), bytes)
    })
}

/// What tells each file and folder from every other one: its number on the disk, which one that is made later may get again, and
/// the time when it was made.
fn inodes(folder: &Path) -> BTreeMap<PathBuf, (u64, Option<SystemTime>)> {
    walk(folder, &|_, found| (found.ino(), found.created().ok()))
}

fn walk<T>(folder: &Path, look: &impl Fn(&Path, &fs::Metadata) -> T) -> BTreeMap<PathBuf, T> {
    let found = fs::symlink_metadata(folder).expect("a file or folder");
    let mut all = BTreeMap::from([(folder.to_owned(), look(folder, &found))]);
    if found.is_dir() {
        for entry in fs::read_dir(folder).expect("a folder") {
            all.append(&mut walk(&entry.expect("an entry").path(), look));
        }
    }
    all
}

/// After the attack on the kept sources of `words`, they are not built: cargo unpacks the crate file, and the next run gets that.
/// The sources of other packages stay in use.
#[track_caller]
fn rejects(attack: impl Fn(&Machine, &Path)) {
    let machine = installed();
    let [letters, words, _] = greeting_packages().try_into().expect("three packages");
    let (folder, others) = (kept(&machine, &words), kept(&machine, &letters));
    let (honest, before, others_before) = (content(&folder), inodes(&folder), inodes(&others));
    attack(&machine, &folder);

    let ended = reinstall(&machine);
    assert!(ended.stderr.contains(NOT_USED), "{}", ended.stderr);
    assert!(!machine.path("ran").exists(), "a file of the attack was run");
    assert_eq!(content(&folder), honest);
    let after = inodes(&folder);
    assert!(before.iter().all(|(path, inode)| after.get(path) != Some(inode)), "a file is still in use");
    assert_eq!(inodes(&others), others_before);
    assert_eq!(machine.runs(), 0);
}

/// Moves a file or folder out of the kept sources, and makes a link to it in its place: what it leads to has the right
/// bytes, until somebody changes them.
fn replace_by_link(machine: &Machine, path: &Path) {
    let elsewhere = machine.path("elsewhere");
    fs::rename(path, &elsewhere).expect("a file or folder");
    symlink(&elsewhere, path).expect("a link");
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a file or folder");
}

#[test]
fn the_next_run_unpacks_nothing() {
    let machine = installed();
    let sources = machine.cargo_home().join("tuf/sources");
    let unpacked = inodes(&sources);
    for package in greeting_packages() {
        assert!(unpacked.contains_key(&kept(&machine, &package).join(".cargo-ok")));
    }
    let ended = reinstall(&machine);
    assert_eq!(inodes(&sources), unpacked);
    assert!(!ended.stderr.contains("the kept sources"), "{}", ended.stderr);
}

#[test]
fn rejects_a_poisoned_file() {
    rejects(|_, words| fs::write(words.join("src/lib.rs"), OWNED).expect("a file"));
}

#[test]
fn rejects_other_bytes_of_the_same_length() {
    rejects(|_, words| {
        let path = words.join("src/lib.rs");
        let text = fs::read_to_string(&path).expect("a file").replace("ello", "owned");
        fs::write(path, text.replacen("  ", " ", 1)).expect("a file");
    });
}

#[test]
fn rejects_a_file_that_was_cut_off() {
    rejects(|_, words| fs::write(words.join("src/lib.rs"), "").expect("a file"));
}

#[test]
fn rejects_a_file_that_was_continued() {
    rejects(|_, words| {
        let path = words.join("src/lib.rs");
        let text = fs::read_to_string(&path).expect("a file");
        fs::write(path, text + "// more").expect("a file");
    });
}

#[test]
fn rejects_a_build_script_that_was_added() {
    rejects(|machine, words| {
        let script = format!("fn main() {{ std::fs::write({:?}, \"\").unwrap(); }}", machine.path("ran"));
        fs::write(words.join("build.rs"), script).expect("a file");
    });
}

#[test]
fn rejects_a_configuration_that_was_added() {
    rejects(|_, words| {
        fs::create_dir(words.join(".cargo")).expect("a folder");
        fs::write(words.join(".cargo/config.toml"), "build.rustc = \"evil\"").expect("a file");
    });
}

#[test]
fn rejects_a_module_that_was_added_below() {
    rejects(|_, words| fs::write(words.join("src/main.rs"), "fn main() {}").expect("a file"));
}

#[test]
fn rejects_a_link_in_the_place_of_a_file() {
    rejects(|machine, words| replace_by_link(machine, &words.join("src/lib.rs")));
}

#[test]
fn rejects_a_link_in_the_place_of_a_folder() {
    rejects(|machine, words| replace_by_link(machine, &words.join("src")));
}

#[test]
fn rejects_a_link_in_the_place_of_the_package() {
    rejects(replace_by_link);
}

#[test]
fn rejects_a_link_in_the_place_of_cargos_mark() {
    rejects(|machine, words| replace_by_link(machine, &words.join(".cargo-ok")));
}

#[test]
fn rejects_a_second_name_of_a_file() {
    rejects(|machine, words| {
        fs::hard_link(words.join("src/lib.rs"), machine.path("second")).expect("a link");
    });
}

#[test]
fn rejects_a_file_that_can_be_run() {
    rejects(|_, words| set_mode(&words.join("src/lib.rs"), 0o755));
}

#[test]
fn rejects_a_file_that_others_can_write() {
    rejects(|_, words| set_mode(&words.join("Cargo.toml"), 0o666));
}

#[test]
fn rejects_a_folder_that_others_can_write() {
    rejects(|_, words| set_mode(&words.join("src"), 0o777));
}

#[test]
fn rejects_a_file_that_is_gone() {
    rejects(|_, words| fs::remove_file(words.join("src/lib.rs")).expect("a file"));
}

#[test]
fn rejects_a_folder_that_is_gone() {
    rejects(|_, words| fs::remove_dir_all(words.join("src")).expect("a folder"));
}

#[test]
fn rejects_sources_without_cargos_mark() {
    rejects(|_, words| fs::remove_file(words.join(".cargo-ok")).expect("a file"));
}

#[test]
fn rejects_a_mark_that_cargo_cannot_read() {
    rejects(|_, words| fs::write(words.join(".cargo-ok"), b"\xff").expect("a file"));
}

#[test]
fn rejects_a_folder_in_the_place_of_a_file() {
    rejects(|_, words| {
        fs::remove_file(words.join("src/lib.rs")).expect("a file");
        fs::create_dir(words.join("src/lib.rs")).expect("a folder");
    });
}

#[test]
fn rejects_a_file_in_the_place_of_the_package() {
    rejects(|_, words| {
        fs::remove_dir_all(words).expect("a folder");
        fs::write(words, "").expect("a file");
    });
}

/// Whoever runs the tests may be unable to give a file away.
#[test]
fn rejects_a_file_of_another_user() {
    let probe = tempfile::NamedTempFile::new().expect("a file");
    if chown(probe.path(), Some(1), None).is_ok() {
        rejects(|_, words| chown(words.join("src/lib.rs"), Some(1), None).expect("a file"));
    }
}

/// Cargo never hashes it again. It is the verified one whatever was kept.
#[test]
fn rejects_a_poisoned_crate_file_beside_good_sources() {
    let machine = installed();
    let [_, words, _] = greeting_packages().try_into().expect("three packages");
    let file = kept(&machine, &words).with_extension("crate");
    let poison: [&dyn Fn(); 3] = [
        &|| fs::write(&file, evil_words().bytes()).expect("a file"),
        &|| replace_by_link(&machine, &file),
        &|| fs::hard_link(&file, machine.path("second")).expect("a link"),
    ];
    for poison in poison {
        let before = fs::symlink_metadata(&file).expect("a file").ino();
        poison();
        reinstall(&machine);
        let found = fs::symlink_metadata(&file).expect("a file");
        assert!(found.is_file() && found.nlink() == 1 && found.ino() != before);
        assert_eq!(fs::read(&file).expect("a file"), words.bytes());
    }
}

#[test]
fn rejects_a_pipe_and_does_not_wait_for_it() {
    rejects(|_, words| {
        fs::remove_file(words.join("src/lib.rs")).expect("a file");
        let made = Command::new("mkfifo").arg(words.join("src/lib.rs")).status().expect("mkfifo");
        assert!(made.success());
    });
}

/// The sources that a repository with other keys has under the same name and version.
#[test]
fn rejects_the_sources_of_another_package() {
    rejects(|_, words| {
        fs::remove_dir_all(words).expect("a folder");
        let evil = evil_words().bytes();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(evil.as_slice()));
        let folder = words.with_file_name("unpacked");
        archive.unpack(&folder).expect("an archive");
        fs::rename(folder.join("words-1.0.0"), words).expect("a folder");
        fs::remove_dir(folder).expect("a folder");
        fs::write(words.join(".cargo-ok"), r#"{"v":1}"#).expect("a file");
    });
}

#[test]
fn rejects_the_kept_sources_of_a_package_that_the_repository_no_longer_has() {
    let machine = installed();
    let [letters, words, greet] = greeting_packages().try_into().expect("three packages");
    machine.serve(&Published::new(&[letters.clone(), greet]));
    fs::remove_dir_all(machine.cargo_home().join("tuf/repositories")).expect("the trusted store");
    let before = (inodes(&kept(&machine, &words)), inodes(&kept(&machine, &letters)));
    run(&mut machine.install(&["greet", "--force"])).ends_with(41);
    assert_eq!((inodes(&kept(&machine, &words)), inodes(&kept(&machine, &letters))), before);
}

/// `words`, without anything out of the ordinary.
fn plain_words() -> Krate {
    Krate::library("words", "1.0.0", HELLO)
}

/// A machine that has `greet` of these `words` in its reach.
fn machine_with(words: &Krate) -> Machine {
    let greet = Krate::binary("greet", "1.0.0", "fn main() { println!(\"{} from greet\", words::word()); }");
    let greet = greet.depending_on(words).locking(&[words]);
    Machine::trusting(&Published::new(&[words.clone(), greet]))
}

/// It is left to cargo what becomes of such a crate file, in every run. Nobody is warned of what nobody has changed.
#[track_caller]
fn is_left_to_cargo(words: &Krate) {
    let machine = machine_with(words);
    reinstall(&machine);
    let before = inodes(&kept(&machine, words));
    let ended = reinstall(&machine);
    assert!(!ended.stderr.contains("the kept sources"), "{}", ended.stderr);
    assert_ne!(inodes(&kept(&machine, words)), before);
}

#[test]
fn a_crate_file_with_a_link_is_unpacked_in_every_run() {
    let words = Krate::library("words", "1.0.0", "#[path = \"../other.rs\"] mod other; pub use other::*;");
    is_left_to_cargo(&words.with_file("real.rs", HELLO).with_link("other.rs", "real.rs"));
}

#[test]
fn a_crate_file_with_a_name_twice_is_unpacked_in_every_run() {
    let first = Krate::library("words", "1.0.0", "pub fn word() -> &'static str { \"other\" }");
    is_left_to_cargo(&first.with_entry("src/lib.rs", 0o644, HELLO));
}

#[test]
fn a_crate_file_with_folders_of_other_modes_is_unpacked_in_every_run() {
    for mode in [0o700, 0o500] {
        is_left_to_cargo(&plain_words().with_entry("data/", mode, ""));
    }
}

#[test]
fn a_crate_file_with_a_file_that_cargo_makes_a_folder_of_is_unpacked_in_every_run() {
    is_left_to_cargo(&plain_words().with_entry("file/", 0o644, "content"));
}

#[test]
fn a_crate_file_with_a_file_that_nobody_can_read_is_unpacked_in_every_run() {
    is_left_to_cargo(&plain_words().with_entry("file", 0, "content"));
}

#[test]
fn a_crate_file_with_usual_folders_is_kept() {
    let words = plain_words().with_entry("data/", 0o777, "").with_entry("data/file", 0o644, "content");
    let machine = machine_with(&words);
    reinstall(&machine);
    let before = inodes(&kept(&machine, &words));
    reinstall(&machine);
    assert_eq!(inodes(&kept(&machine, &words)), before);
}

/// Runs a command that not every machine has, or not every user may give. Says so if it fails.
fn can(test: &str, program: &str, arguments: &[&str], path: &Path) -> bool {
    let done = Command::new(program).args(arguments).arg(path).stderr(Stdio::null()).status();
    let can = done.is_ok_and(|status| status.success());
    if !can {
        eprintln!("SKIPPED {test}: {program} fails");
    }
    can
}

/// The default ACL of a folder takes the place of the umask in all that is made below.
#[test]
fn sources_below_a_folder_with_a_default_acl_are_kept() {
    let machine = machine_with(&plain_words());
    let set = "import os, struct, sys\n\
        entries = b''.join(struct.pack('<HHI', kind, may, 0xffffffff) for kind, may in ((1, 7), (4, 7), (32, 0)))\n\
        os.setxattr(sys.argv[1], 'system.posix_acl_default', struct.pack('<I', 2) + entries)";
    let test = "sources_below_a_folder_with_a_default_acl_are_kept";
    if can(test, "python3", &["-c", set], &machine.cargo_home()) {
        reinstall(&machine);
        let before = inodes(&kept(&machine, &plain_words()));
        let ended = reinstall(&machine);
        assert!(!ended.stderr.contains("the kept sources"), "{}", ended.stderr);
        assert_eq!(inodes(&kept(&machine, &plain_words())), before);
    }
}

/// Nobody has changed the content, and nobody is told so.
#[test]
fn names_access_rights_that_another_umask_would_give() {
    let machine = machine_with(&plain_words());
    let folder = kept(&machine, &plain_words());
    reinstall(&machine);
    // As with the umask 077.
    for (path, (mode, _)) in content(&folder) {
        set_mode(&path, mode & 0o700);
    }
    let ended = reinstall(&machine);
    let words = format!("{NOT_USED}Cargo.toml has other access rights than cargo would give it now");
    assert!(ended.stderr.contains(&words), "{}", ended.stderr);
}

/// Whoever can mount a file system there can change it while it is used.
#[test]
fn rejects_a_file_system_that_is_mounted_in_the_place_of_a_folder() {
    let machine = installed();
    let [_, words, _] = greeting_packages().try_into().expect("three packages");
    let source = kept(&machine, &words).join("src");
    let file = source.join("lib.rs");
    let bytes = fs::read(&file).expect("a file");
    let test = "rejects_a_file_system_that_is_mounted_in_the_place_of_a_folder";
    if can(test, "mount", &["-t", "tmpfs", "-o", "mode=755", "none"], &source) {
        fs::write(&file, bytes).expect("a file");
        let ended = run(&mut machine.install(&["greet", "--force"]));
        // It went into the folder of the run.
        let mounts = fs::read_to_string("/proc/self/mounts").expect("mounts");
        let own = |path: &&str| Path::new(path).starts_with(machine.cargo_home());
        for path in mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(own) {
            assert!(can(test, "umount", &[], Path::new(path)));
        }
        let ended = ended.ends_with(0);
        let words = format!("{NOT_USED}src is on another file system");
        let files = format!("{NOT_USED}src/lib.rs is on another file system");
        assert!(ended.stderr.contains(&words) || ended.stderr.contains(&files), "{}", ended.stderr);
        assert_eq!(machine.installed("greet").as_deref(), HONEST);
    }
}

#[test]
fn names_a_second_name_of_a_file() {
    let machine = machine_with(&plain_words());
    reinstall(&machine);
    let file = kept(&machine, &plain_words()).join("src/lib.rs");
    fs::hard_link(file, machine.path("second")).expect("a link");
    let ended = reinstall(&machine);
    assert!(ended.stderr.contains(&format!("{NOT_USED}src/lib.rs has a second name")), "{}", ended.stderr);
}

#[test]
fn keeps_the_sources_when_cargo_is_not_started() {
    let machine = installed();
    let sources = machine.cargo_home().join("tuf/sources");
    let before = inodes(&sources);
    let wrapper = machine.path("work/wrapper");
    fs::write(&wrapper, "#!/bin/sh\nexec \"$@\"\n").expect("a file");
    set_mode(&wrapper, 0o777);
    let ended = run(machine.install(&["greet", "--force"]).env("RUSTC_WRAPPER", &wrapper));
    assert_ne!(ended.status, 0);
    assert!(ended.stderr.contains("wrapper"), "{}", ended.stderr);
    assert_eq!(inodes(&sources), before);
}

/// It then makes no folder whose name would tell where it looks for sources.
#[test]
fn keeps_the_sources_when_cargo_asks_for_nothing() {
    let machine = installed();
    let sources = machine.cargo_home().join("tuf/sources");
    let before = inodes(&sources);
    let ended = run(machine.install(&["greet", "--force"]).env("CARGO_BUILD_JOBS", "none"));
    assert_ne!(ended.status, 0);
    assert!(ended.stderr.contains("jobs"), "{}", ended.stderr);
    assert_eq!(inodes(&sources), before);
}

#[test]
fn keeps_the_sources_when_cargo_has_nothing_to_do() {
    let machine = installed();
    let sources = machine.cargo_home().join("tuf/sources");
    let before = inodes(&sources);
    run(&mut machine.install(&["greet"])).ends_with(0);
    assert_eq!(inodes(&sources), before);
}

#[test]
fn sources_that_no_run_has_used_for_a_month_are_thrown_away() {
    let machine = installed();
    let unused = |name: &str, days: u32| {
        let folder = machine.cargo_home().join("tuf/sources").join(name);
        fs::create_dir(&folder).expect("a folder");
        let opened = File::open(&folder).expect("a folder");
        opened.set_modified(SystemTime::now() - DAY * days).expect("a time");
        folder
    };
    let (old, young) = (unused("old", 31), unused("young", 29));
    reinstall(&machine);
    assert!(!old.exists());
    assert!(young.exists());
}

/// `slow`, whose build script waits as long as somebody holds its connection.
struct Slow {
    machine: Machine,
    package: Krate,
    listener: TcpListener,
}

impl Slow {
    fn published() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let script = format!(
            r#"fn main() {{
                if let Ok(mut stream) = std::net::TcpStream::connect("{address}") {{
                    let _ = std::io::Read::read(&mut stream, &mut [0]);
                }}
            }}"#
        );
        let package = Krate::binary("slow", "1.0.0", "fn main() { println!(\"slow\"); }");
        let package = package.with_file("build.rs", &script);
        let machine = Machine::trusting(&Published::new(std::slice::from_ref(&package)));
        Self { machine, package, listener }
    }

    /// Starts an installation into this folder. Its build script holds the other end of the connection.
    fn building(&self, root: &str) -> (Child, TcpStream) {
        let root = self.machine.path(root);
        let mut command = self.machine.install(&["slow", "--force"]);
        command.arg("--root").arg(root).stdout(Stdio::null()).stderr(Stdio::null());
        let command = command.spawn().expect("a process");
        (command, self.listener.accept().expect("the build script").0)
    }

    #[track_caller]
    fn ends(&self, root: &str, mut command: Child) {
        assert!(command.wait().expect("the end").success());
        let program = self.machine.path(root).join("bin/slow");
        assert_eq!(self.machine.program(&program).as_deref(), Some("slow\n"));
    }

    /// An installation that nobody stops.
    fn install(&self) -> PathBuf {
        let (command, script) = self.building("one");
        drop(script);
        self.ends("one", command);
        kept(&self.machine, &self.package)
    }
}

#[test]
fn two_runs_at_once_have_sources_of_their_own() {
    let slow = Slow::published();
    let folder = slow.install();
    let before = inodes(&folder);
    let (one, script_of_one) = slow.building("one");
    assert!(!folder.exists(), "the first run has taken them");
    let (other, script_of_other) = slow.building("other");
    // The second run unpacked its own, and leaves them.
    drop(script_of_other);
    slow.ends("other", other);
    let of_other = inodes(&folder);
    assert_ne!(of_other, before);
    // The first one finds these in its place, and throws its own away.
    drop(script_of_one);
    slow.ends("one", one);
    assert_eq!(inodes(&folder), of_other);
    assert_eq!(slow.machine.runs(), 0);
}

#[test]
fn recovers_from_a_run_that_was_killed() {
    let slow = Slow::published();
    let folder = slow.install();
    let before = inodes(&folder);
    let (mut command, script) = slow.building("one");
    command.kill().expect("a signal");
    command.wait().expect("the end");
    drop(script);
    assert!(!folder.exists(), "they went with the run");
    assert_ne!(inodes(&slow.install()), before);
    assert_eq!(slow.machine.runs(), 0);
}

/// The system went down while cargo unpacked, and the disk has some of it.
#[test]
fn takes_nothing_from_the_folder_of_a_run_that_is_gone() {
    let slow = Slow::published();
    let folder = slow.install();
    let registry =
        slow.machine.cargo_home().join("tuf/run/gone/.cargo/registry/src/tuf.invalid-0000000000000000");
    fs::create_dir_all(&registry).expect("a folder");
    fs::write(slow.machine.cargo_home().join("tuf/run/gone/lock"), "").expect("a file");
    fs::rename(&folder, registry.join("slow-1.0.0")).expect("a folder");
    fs::write(registry.join("slow-1.0.0/src/main.rs"), "").expect("a file");
    slow.install();
    assert_eq!(slow.machine.runs(), 0);
}
