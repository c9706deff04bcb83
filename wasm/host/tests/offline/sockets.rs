//! Updates in processes that may not open a socket.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix::libc;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter_all_threads};
use tuf_tests::{DAY, NOW};
use tuf_verifier_host::bundle::{BundleSource, Recorder};
use tuf_verifier_host::{Client, FolderStore, MemoryStore, UnixTime};

use crate::world::{APP, APP_CONTENT, Published, TOOL, TOOL_CONTENT, both, expired, found, refusal};

/// From here on, whatever opens a socket in this process kills it.
fn forbid_sockets() {
    // Others make no socket, or could make one without these calls.
    let calls = [
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_accept4,
        libc::SYS_io_uring_setup,
    ];
    let rules: BTreeMap<i64, Vec<_>> = calls.into_iter().map(|call| (call, Vec::new())).collect();
    let arch = std::env::consts::ARCH.try_into().expect("a known processor");
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::KillProcess, arch);
    let program: BpfProgram = filter.expect("a filter").try_into().expect("a program");
    apply_filter_all_threads(&program).expect("the system has it");
}

/// A folder with a warm store, a bundle and the trusted root.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    /// That of the test that runs this one.
    fn of_child() -> Self {
        Self { folder: std::env::var_os("TUF_TEST_MACHINE").expect("run by another test").into() }
    }

    /// While there is a network: a refresh of everything.
    fn prepare(folder: &Path) -> Self {
        let (machine, published) = (Self { folder: folder.to_owned() }, Published::new());
        std::fs::write(folder.join("root.json"), published.trusted_root()).expect("written");
        let store = FolderStore::open(folder.join("store")).expect("a store");
        both(&published.client(store).refresh().expect("accepted"));
        let (recorder, recording) = Recorder::new(published.clone()).expect("a temporary file");
        both(&published.client_of(recorder, MemoryStore::new()).refresh().expect("accepted"));
        recording.save(&folder.join("bundle.tar")).expect("written");
        machine
    }

    fn trusted_root(&self) -> Vec<u8> {
        std::fs::read(self.folder.join("root.json")).expect("read")
    }

    fn with_store(&self, now: i64) -> Client {
        let store = FolderStore::open(self.folder.join("store")).expect("a store");
        Client::offline(self.trusted_root(), store).reference_time(UnixTime::from_seconds(now))
    }

    fn with_bundle(&self, now: i64) -> Client {
        let bundle = BundleSource::open(self.folder.join("bundle.tar")).expect("a bundle");
        Client::new(self.trusted_root(), bundle, MemoryStore::new())
            .reference_time(UnixTime::from_seconds(now))
    }
}

/// Runs an ignored test of this program in a process of its own.
fn child(test: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    Machine::prepare(folder.path());
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--ignored", "--nocapture"]).env("TUF_TEST_MACHINE", folder.path());
    command.output().expect("this program runs again")
}

fn succeeds(test: &str) {
    let output = child(test);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{:?}\n{stdout}\n{stderr}", output.status);
    assert!(stdout.contains("1 passed"), "{stdout}");
}

#[test]
#[ignore = "a part of the test below, which runs it in a process of its own"]
fn opens_a_socket() {
    forbid_sockets();
    drop(TcpListener::bind("127.0.0.1:0"));
}

#[test]
fn whoever_opens_a_socket_is_killed() {
    assert_eq!(child("sockets::opens_a_socket").status.signal(), Some(libc::SIGSYS));
}

#[test]
#[ignore = "a part of the test below, which runs it in a process of its own"]
fn refreshes_from_the_store() {
    forbid_sockets();
    let session = Machine::of_child().with_store(NOW).refresh().expect("accepted");
    for (path, content) in [(APP, APP_CONTENT), (TOOL, TOOL_CONTENT)] {
        let target = found(&session, path);
        session.check_bytes(&target, content).expect("the target's");
    }
}

#[test]
fn a_warm_store_needs_no_socket() {
    succeeds("sockets::refreshes_from_the_store");
}

#[test]
#[ignore = "a part of the test below, which runs it in a process of its own"]
fn refreshes_from_a_bundle() {
    forbid_sockets();
    let session = Machine::of_child().with_bundle(NOW).refresh().expect("accepted");
    assert_eq!(both(&session), [APP_CONTENT, TOOL_CONTENT]);
}

#[test]
fn a_bundle_needs_no_socket() {
    succeeds("sockets::refreshes_from_a_bundle");
}

#[test]
#[ignore = "a part of the test below, which runs it in a process of its own"]
fn refuses_what_has_expired() {
    forbid_sockets();
    let (machine, now) = (Machine::of_child(), NOW + DAY);
    for client in [machine.with_store(now), machine.with_bundle(now)] {
        assert_eq!(refusal(client.refresh()), expired("timestamp", 1, now, now));
    }
}

#[test]
fn expired_metadata_is_refused_without_a_socket() {
    succeeds("sockets::refuses_what_has_expired");
}
