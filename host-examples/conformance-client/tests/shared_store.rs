//! One store for processes of all programs at the same time, while the repository moves on.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use tuf_tests::{Authority, Repository};
use tuf_verifier_host::{Client, FolderStore};

use crate::program::{Program, Run, npm_package, python, python_package, run};
use crate::world::World;

/// Programs at once: how many processes of each.
type Crowd = [(Program, usize)];

/// Processes one after another, of each of those.
const ROUNDS: usize = 3;

const APP: &str = "app-1.0.tar.gz";
const CONTENT: &[u8] = b"the application";

#[test]
fn rust_and_node_refresh_one_store_at_once() {
    if Program::Node.is_there("rust_and_node_refresh_one_store_at_once") {
        refresh_one_store_at_once(&[(Program::Rust, 4), (Program::Node, 4)]);
    }
}

#[test]
fn eight_processes_of_three_languages_refresh_one_store_at_once() {
    let test = "eight_processes_of_three_languages_refresh_one_store_at_once";
    if Program::Node.is_there(test) && Program::Python.is_there(test) {
        refresh_one_store_at_once(&[(Program::Rust, 2), (Program::Node, 3), (Program::Python, 3)]);
    }
}

fn refresh_one_store_at_once(crowd: &Crowd) {
    let mut world = World::new(Program::Rust);
    let releases = refresh_all(&mut world, crowd, |repository, turn| {
        if turn % 8 == 0 {
            repository.rotate("root", Authority::one(&format!("root-{turn}"))).next_root();
        }
        repository.release();
    });
    // A client between the end of the root chain and the timestamp would rightly refuse the next one of another key.
    world.change(|repository| {
        let (timestamp, snapshot) = (Authority::one("timestamp-2"), Authority::one("snapshot-2"));
        repository.rotate("timestamp", timestamp).rotate("snapshot", snapshot).next_root().release();
    });
    let releases = releases + 1 + refresh_all(&mut world, crowd, |repository, _| _ = repository.release());

    let last = u64::try_from(releases).expect("few") + 1;
    let root = world.repository.root.version;
    assert_eq!(world.refresh(), Run::success());
    assert_eq!(world.versions(), [root, last, last, last]);
    let history: Vec<_> = (1..=root).map(|version| format!("{version}.root.json")).collect();
    let mut kept = world.names("metadata/root_history");
    kept.sort_by_key(|name| name.len());
    assert_eq!(kept, history);
    assert_eq!(fs::read(world.path("downloads").join(APP)).expect("downloaded"), CONTENT);
    assert_eq!(world.names("downloads"), [APP]);
    assert!(world.names("metadata").iter().all(|name| !name.starts_with(".unfinished")));
    for (program, _) in crowd {
        valid_for(*program, &world.path("metadata"), last);
    }
}

/// Has the programs use the store, and changes the repository after each of their runs. Returns how often.
fn refresh_all(world: &mut World, crowd: &Crowd, change: impl Fn(&mut Repository, usize)) -> usize {
    let (ended, runs) = mpsc::channel();
    let workers: Vec<_> = crowd
        .iter()
        .flat_map(|(program, count)| std::iter::repeat_n(*program, *count))
        .enumerate()
        .map(|(number, program)| {
            let commands = [world.refreshing(), world.downloading(&[APP])];
            worker(program, commands.map(|arguments| named(world, number, arguments)), ended.clone())
        })
        .collect();
    drop(ended);
    let mut turns = 0;
    for (program, run) in runs {
        assert_eq!(run, Run::success(), "{program:?}, after {turns} changes");
        turns += 1;
        world.change(|repository| change(repository, turns));
    }
    workers.into_iter().for_each(|worker| worker.join().expect("no thread panicked"));
    assert_eq!(turns, crowd.iter().map(|(_, count)| count * ROUNDS).sum::<usize>());
    one_refresh_at_a_time(&world.requests(), turns);
    turns
}

/// The arguments with URLs that name the worker to the server.
fn named(world: &World, number: usize, arguments: Vec<OsString>) -> Vec<OsString> {
    let (url, own) = (world.url(""), world.url(&format!("worker-{number}/")));
    let replaced = |argument: OsString| argument.into_string().expect("text").replace(&url, &own).into();
    arguments.into_iter().map(replaced).collect()
}

/// Who locks the store asks for everything from the next root to targets before anybody else asks for anything.
fn one_refresh_at_a_time(requests: &[String], refreshes: usize) {
    let asked: Vec<_> = requests.iter().filter_map(|path| path.split_once("/metadata/")).collect();
    for pair in asked.windows(2) {
        let [(before, _), (worker, name)] = pair else { unreachable!("windows of two") };
        assert!(before == worker || name.ends_with(".root.json"), "{pair:?} in {asked:?}");
    }
    assert_eq!(asked.iter().filter(|(_, name)| *name == "timestamp.json").count(), refreshes);
}

/// Runs the program again and again, with these arguments in turn, and tells how each process ended.
fn worker(program: Program, commands: [Vec<OsString>; 2], ended: Sender<(Program, Run)>) -> JoinHandle<()> {
    thread::spawn(move || {
        for arguments in commands.iter().cycle().take(ROUNDS) {
            if ended.send((program, program.run(arguments))).is_err() {
                return;
            }
        }
    })
}

/// The store alone is enough for the program's host, which uses every file of it.
fn valid_for(program: Program, metadata: &Path, version: u64) {
    match program {
        Program::Rust => valid_for_rust(metadata, version),
        Program::Node => valid_for_node(metadata, version),
        Program::Python => valid_for_python(metadata, version),
    }
}

fn valid_for_rust(metadata: &Path, version: u64) {
    let trusted_root = fs::read(metadata.join("root.json")).expect("stored");
    let store = FolderStore::open(metadata).expect("the store");
    let session = Client::offline(trusted_root, store).refresh().expect("valid");
    let report = session.report();
    assert_eq!(report.notices, []);
    assert_eq!([&report.timestamp, &report.snapshot, &report.targets].map(|role| role.version), [version; 3]);
}

fn valid_for_node(metadata: &Path, version: u64) {
    let package = npm_package().join("dist/node.js");
    let script = format!(
        "import {{ Updater }} from {package:?};
        const updater = new Updater({{ metadataDir: process.argv[1] }});
        await updater.refresh();
        const {{ notices, timestamp, snapshot, targets }} = updater.report;
        console.log(notices.length, ...[timestamp, snapshot, targets].map((role) => String(role.version)));"
    );
    let mut node = Command::new("node");
    let ended = run(node.args(["--input-type=module", "--eval", &script]).arg(metadata));
    let stdout = format!("0 {version} {version} {version}\n");
    assert_eq!(ended, Run { stdout, ..Run::success() });
}

fn valid_for_python(metadata: &Path, version: u64) {
    let script = "import sys; sys.path.insert(0, sys.argv[1])
from tuf_verifier_host import Client, FolderStore
store = FolderStore(sys.argv[2])
report = Client(store.load('root.json'), [], store).refresh().report
print(len(report.notices), report.timestamp.version, report.snapshot.version, report.targets.version)";
    let mut interpreter = Command::new(python());
    let ended = run(interpreter.args(["-I", "-c", script]).arg(python_package()).arg(metadata));
    let stdout = format!("0 {version} {version} {version}\n");
    assert_eq!(ended, Run { stdout, ..Run::success() });
}
