//! Whoever listens where containerd is expected: a process of another user, or one of root's whose program is not root's.
//!
//! This test's own program plays it. It listens, and leaves a mark where it is asked for its configuration.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, stdin};
use std::mem::forget;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown, chroot, lchown, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use nix::unistd::{Uid, seteuid};

use crate::machine::Machine;

/// A user who is not root.
const THIEF: u32 = 65_534;

/// Plays a containerd, where this process was started as one.
pub(super) fn play() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [way, socket] if way.starts_with("listen") => {
            listen_by(way, socket);
            println!("listening");
            // Until the test ends.
            stdin().read_to_end(&mut Vec::new()).expect("an end");
        }
        [.., "config", "dump"] => {
            let folder = env::current_exe().expect("this program").with_file_name("");
            // Another listener takes its place, as soon as the first one was checked.
            if folder.join("swap").exists() {
                let run = folder.with_file_name("run");
                fs::rename(run.join("other.sock"), run.join("containerd.sock")).expect("a socket");
            }
            fs::write(folder.join("mark"), env::vars().map(|(name, _)| name + "\n").collect::<String>())
                .expect("a mark");
            let verifiers = folder.join("verifiers");
            println!("[plugins.\"io.containerd.image-verifier.v1.bindir\"]\nbin_dir = {verifiers:?}");
        }
        ["inherited", _] => {
            println!("listening");
            stdin().read_to_end(&mut Vec::new()).expect("an end");
        }
        _ => return None,
    }
    Some(ExitCode::SUCCESS)
}

/// Listens for as long as this process runs.
fn listen_by(way: &str, socket: &str) {
    let listener = match way {
        // The kernel names who listened first, also where somebody else has the process by now.
        OF_ANOTHER => {
            seteuid(Uid::from_raw(THIEF)).expect("another user");
            let listener = UnixListener::bind(socket).expect("a socket");
            seteuid(Uid::from_raw(0)).expect("root again");
            listener
        }
        HANDED_ON => {
            let listener = OwnedFd::from(UnixListener::bind(socket).expect("a socket"));
            let mut heir = Command::new(env::current_exe().expect("this program"));
            let failure = heir.args(["inherited", socket]).stderr(listener).uid(THIEF).gid(THIEF).exec();
            panic!("{failure}");
        }
        _ => UnixListener::bind(socket).expect("a socket"),
    };
    if way == IN_ANOTHER_ROOT {
        chroot(Path::new(socket).with_file_name("")).expect("another root folder");
    }
    forget(listener);
}

/// A process of root's listens as another user.
const OF_ANOTHER: &str = "listen-as-another";

/// Root listens, and hands the socket on to a process of another user.
const HANDED_ON: &str = "listen-and-hand-on";

/// A process of root's sees the socket's folder as the root folder.
const IN_ANOTHER_ROOT: &str = "listen-in-another-root";

/// A listener; dropping it ends it.
struct Listener(Child);

impl Drop for Listener {
    fn drop(&mut self) {
        // It ends by itself where it cannot be ended.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A machine with a folder that everybody can write to, in which a user's `containerd` listens.
fn listening(user: u32) -> (Machine, Listener) {
    let machine = unheard(user);
    let listener = listen(&machine, user, "run/containerd.sock", &[]);
    (machine, listener)
}

/// The same, before anybody listens.
fn unheard(user: u32) -> Machine {
    let machine = Machine::new();
    let line = r#"chmod 711 "$1"; mkdir -m 1777 "$1/run"; mkdir "$1/theirs"; cp "$2" "$1/theirs/containerd""#;
    let this = env::current_exe().expect("this program");
    Machine::shell(line, &[&machine.text(""), this.to_str().expect("UTF-8")]);
    chown(machine.path("theirs"), Some(user), Some(user)).expect("an owner");
    chown(machine.path("theirs/containerd"), Some(user), Some(user)).expect("an owner");
    machine
}

/// Starts a user's `containerd`, by another program where these are words.
fn listen(machine: &Machine, user: u32, socket: &str, by: &[&str]) -> Listener {
    listen_so(machine, user, "listen", socket, by)
}

fn listen_so(machine: &Machine, user: u32, way: &str, socket: &str, by: &[&str]) -> Listener {
    let program = machine.text("theirs/containerd");
    let socket = machine.text(socket);
    let words = [by, &[&program, way, &socket]].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).uid(user).gid(user);
    command.env("TUF_IMAGE_VERIFIER_POLICY", machine.path("theirs/policy.toml"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a program that starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    assert_eq!(line, "listening\n");
    Listener(child)
}

/// A link of the thief's.
fn their_link(to: &Path, at: &Path) {
    symlink(to, at).expect("a link");
    lchown(at, Some(THIEF), Some(THIEF)).expect("an owner");
}

/// What `doctor`, `uninstall` and `init` say of that containerd.
fn asked(machine: &Machine) -> [(Vec<String>, i32); 3] {
    asked_at(machine, "run/containerd.sock")
}

fn asked_at(machine: &Machine, socket: &str) -> [(Vec<String>, i32); 3] {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(machine.path("bin/tuf-image-verifier"));
        command.args(arguments).arg("--address").arg(machine.path(socket));
        if arguments != ["doctor"] {
            command.arg("--policy").arg(machine.path("etc/policy.toml")).arg("--no-systemd");
        }
        command.env("PATH", machine.path("programs")).env("TUFREPO_PASSPHRASE", "correct horse");
        let output = command.stdin(Stdio::null()).output().expect("a program that starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        (text.lines().map(String::from).collect(), output.status.code().expect("a status"))
    };
    [run(&["doctor"]), run(&["uninstall", "--allow-unverified-pulls"]), run(&["init"])]
}

fn mark(machine: &Machine) -> PathBuf {
    machine.path("theirs/mark")
}

/// Whose the socket is, who listened, and whose the process is: each of the three by itself.
pub(super) fn process() {
    for (socket, user, way) in [
        (THIEF, THIEF, "listen"),
        (THIEF, 0, "listen"),
        (0, THIEF, "listen"),
        (0, 0, OF_ANOTHER),
        (0, 0, HANDED_ON),
    ] {
        let machine = unheard(THIEF);
        let _listener = listen_so(&machine, user, way, "run/containerd.sock", &[]);
        chown(machine.path("run/containerd.sock"), Some(socket), None).expect("an owner");
        refuses_the_process(&machine);
    }
}

fn refuses_the_process(machine: &Machine) {
    let socket = machine.text("run/containerd.sock");
    let words = format!(
        "the process behind {socket} belongs to user {THIEF}, not to root: nothing of it is run or believed"
    );
    let no_folder = format!("no-folder: {words}; name containerd's folder of verifiers with --bin-dir");
    let [(doctor, status), uninstall, init] = asked(machine);
    assert_eq!((doctor[0].as_str(), status), (format!("untried  containerd: {words}").as_str(), 1));
    assert_eq!(doctor.last().map(String::as_str), Some("not sound: 0 open, 0 blocked, 1 untried"));
    assert_eq!((uninstall, init), ((vec![no_folder.clone()], 1), (vec![no_folder], 1)));
    assert!(!mark(machine).exists(), "their program was run");
}

/// The process is root's, and others can change what it runs, or its folder.
pub(super) fn program() {
    let (machine, _listener) = listening(0);
    let program = machine.text("theirs/containerd");
    let refused = |words: &str| {
        let no_folder = format!("no-folder: {words}; name containerd's folder of verifiers with --bin-dir");
        let [(doctor, status), uninstall, _] = asked(&machine);
        assert_eq!((doctor[0].as_str(), status), (format!("open     permissions: {words}").as_str(), 1));
        assert_eq!(uninstall, (vec![no_folder], 1));
        assert!(!mark(&machine).exists(), "their program was run");
    };
    chown(&program, Some(THIEF), None).expect("an owner");
    refused(&format!("{program} belongs to user {THIEF}, not root's alone"));
    chown(&program, Some(0), None).expect("an owner");
    fs::set_permissions(machine.path("theirs"), fs::Permissions::from_mode(0o777)).expect("a mode");
    refused(&format!("{} can be written by everybody (mode 0777), not root's alone", machine.text("theirs")));
    // What has its path now is another file, and the one that runs is still not root's.
    fs::set_permissions(machine.path("theirs"), fs::Permissions::from_mode(0o755)).expect("a mode");
    chown(&program, Some(THIEF), None).expect("an owner");
    Machine::shell(r#"mv "$1" "$2"; cp "$2" "$1""#, &[&program, &machine.text("theirs/moved")]);
    let moved = machine.text("theirs/moved");
    let words = format!("{moved} belongs to user {THIEF}, not root's alone");
    refused(&words);
    // Nothing has its path any more, or another file of root's: the one that runs is the thief's as before.
    Machine::shell(r#"rm "$1""#, &[&moved]);
    refused(&words);
    Machine::shell(r#"cp "$1" "$2""#, &[&program, &moved]);
    refused(&words);
}

/// No containerd answers, and the one on the search path is not root's; nor is a folder that is relative looked into.
pub(super) fn search_path() {
    let (machine, listener) = listening(0);
    drop(listener);
    Machine::shell(
        r#"mkdir "$1"; cp "$2" "$1/containerd""#,
        &[&machine.text("programs"), &machine.text("theirs/containerd")],
    );
    let program = machine.text("programs/containerd");
    chown(&program, Some(THIEF), None).expect("an owner");
    let [_, uninstall, _] = asked(&machine);
    let words = format!(
        "no-folder: {program} belongs to user {THIEF}, not root's alone; name containerd's folder of verifiers with --bin-dir"
    );
    assert_eq!(uninstall, (vec![words], 1));
    assert!(!machine.path("programs/mark").exists(), "their program was run");
    let mut command = Command::new(machine.path("bin/tuf-image-verifier"));
    command.args(["uninstall", "--no-systemd", "--address", "nobody.sock", "--policy"]);
    command.arg(machine.path("etc/policy.toml")).current_dir(machine.path("theirs")).env("PATH", ".:");
    assert!(command.stdin(Stdio::null()).output().expect("a program that starts").status.success());
    assert!(!mark(&machine).exists(), "a program of the current folder was run");
}

/// The program that runs is asked, without the secrets of the environment; what was put in its place is not.
pub(super) fn replaced() {
    let (machine, _listener) = listening(0);
    let line = r#"rm "$1"; printf '#!/bin/sh\necho >"%s"\n' "$2" >"$1"; chmod 755 "$1""#;
    Machine::shell(line, &[&machine.text("theirs/containerd"), &machine.text("another")]);
    let [_, uninstall, _] = asked(&machine);
    let words = format!("verifier  it is not in {}", machine.text("theirs/verifiers"));
    assert_eq!(uninstall, (vec![words], 0));
    assert!(!machine.path("another").exists(), "what has its path now was run");
    let seen = fs::read_to_string(mark(&machine)).expect("a mark");
    assert!(seen.lines().any(|name| name == "PATH") && !seen.contains("TUFREPO_"), "{seen}");
}

/// A link that the thief made, in the middle of what leads to a program on the search path: to one of root's today.
pub(super) fn link() {
    let machine = Machine::new();
    let line = r#"mkdir "$1"; printf '#!/bin/sh\ntouch "%s"\n' "$2" >"$3"; chmod 755 "$3""#;
    let (mark, program) = (machine.text("mark"), machine.text("program"));
    Machine::shell(line, &[&machine.text("theirs"), &mark, &program]);
    chown(machine.path("theirs"), Some(THIEF), None).expect("an owner");
    let theirs = machine.path("theirs/containerd");
    their_link(Path::new(&program), &theirs);
    fs::create_dir(machine.path("programs")).expect("a folder");
    // The first link is root's, and the one in the middle of the chain is not.
    symlink(&theirs, machine.path("programs/containerd")).expect("a link");
    let words = format!(
        "no-folder: {} belongs to user {THIEF}, not root's alone; name containerd's folder of verifiers with --bin-dir",
        theirs.display()
    );
    assert_eq!(machine.run(&["uninstall", "--allow-unverified-pulls"]), (vec![words], 1));
    assert!(!Path::new(&mark).exists(), "what their link leads to was run");
}

/// A script of root's is run by the file that was opened, and not by its path.
pub(super) fn descriptor() {
    let machine = Machine::new();
    let verifiers = r#"[plugins.\"io.containerd.image-verifier.v1.bindir\"]\nbin_dir = \"/as/%s\"\n"#;
    let script = format!("#!/bin/sh\nprintf '{}' \"${{0#/proc/}}\"\n", verifiers.replace("\\\"", "\""));
    fs::create_dir(machine.path("programs")).expect("a folder");
    let write = r#"printf %s "$1" >"$2"; chmod 755 "$2""#;
    Machine::shell(write, &[&script, &machine.text("programs/containerd")]);
    let (lines, status) = machine.run(&["uninstall", "--allow-unverified-pulls"]);
    let process = lines[0].strip_prefix("verifier  it is not in /as/").expect("a folder");
    assert!(status == 0 && process.contains("/fd/"), "{lines:?}");
}

/// The socket is root's, and so is its process; a link of the thief's leads there, or its real folder is theirs.
pub(super) fn socket_link() {
    let machine = unheard(0);
    fs::create_dir(machine.path("root")).expect("a folder");
    let _listener = listen(&machine, 0, "root/containerd.sock", &[]);
    let refused = |link: &str, words: &str| {
        let [(doctor, status), uninstall, init] = asked_at(&machine, link);
        assert_eq!((doctor[0].as_str(), status), (format!("open     permissions: {words}").as_str(), 1));
        let no_folder = format!("no-folder: {words}; name containerd's folder of verifiers with --bin-dir");
        assert_eq!((uninstall, init), ((vec![no_folder.clone()], 1), (vec![no_folder], 1)));
        assert!(!mark(&machine).exists(), "what their link leads to was run");
    };
    let theirs = machine.path("run/link.sock");
    their_link(&machine.path("root/containerd.sock"), &theirs);
    let words = format!("{} belongs to user {THIEF}, not root's alone", theirs.display());
    refused("run/link.sock", &words);
    symlink(&theirs, machine.path("own.sock")).expect("a link");
    refused("own.sock", &words);
    fs::remove_file(machine.path("own.sock")).expect("removed");
    symlink(machine.path("root/containerd.sock"), machine.path("own.sock")).expect("a link");
    assert_eq!(asked_at(&machine, "own.sock")[1].1, 0);
    fs::remove_file(mark(&machine)).expect("the program of root's was run");
    chown(machine.path("root"), Some(THIEF), None).expect("an owner");
    refused("own.sock", &format!("{} belongs to user {THIEF}, not root's alone", machine.text("root")));
}

/// The process that was checked goes away, and another one answers the questions: another user's, or root's that nobody has
/// checked.
pub(super) fn api() {
    for user in [THIEF, 0] {
        let (machine, _listener) = listening(0);
        let _other = listen(&machine, user, "run/other.sock", &[]);
        fs::write(machine.path("theirs/swap"), "").expect("written");
        let [(doctor, status), ..] = asked(&machine);
        let words = format!(
            "untried  containerd: the process behind {} is no longer the one that was checked: nothing of it is believed",
            machine.text("run/containerd.sock")
        );
        assert_eq!((doctor[0].as_str(), status), (words.as_str(), 1));
    }
}

/// The process has mounts of its own: by its paths it means other files than are found here.
pub(super) fn mounts() {
    let machine = unheard(0);
    let possible = Command::new("unshare").args(["-m", "true"]).stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        return tuf_tests::skip(
            "foreign/rejects_a_process_with_other_mounts",
            "mounts cannot be unshared here",
        );
    }
    let _listener = listen(&machine, 0, "run/containerd.sock", &["unshare", "-m"]);
    refuses_the_view(&machine);
}

/// The process has another root folder.
pub(super) fn root_folder() {
    let machine = unheard(0);
    let _listener = listen_so(&machine, 0, IN_ANOTHER_ROOT, "run/containerd.sock", &[]);
    refuses_the_view(&machine);
}

fn refuses_the_view(machine: &Machine) {
    let [(doctor, status), uninstall, _] = asked(machine);
    let words = format!(
        "the process behind {} sees other files than this one (another mount namespace or root folder): run this in the same",
        machine.text("run/containerd.sock")
    );
    assert_eq!((doctor[0].as_str(), status), (format!("untried  containerd: {words}").as_str(), 1));
    let no_folder = format!("no-folder: {words}; name containerd's folder of verifiers with --bin-dir");
    assert_eq!(uninstall, (vec![no_folder], 1));
}
