//! Many processes refresh one store again and again, while the repository moves.

use std::io::{BufRead, BufReader};
use std::sync::mpsc;
use std::thread;

use crate::{World, files, store_of, update, world_of_child};

const PROCESSES: usize = 8;
const ROUNDS: usize = 6;

#[test]
#[ignore = "a part of the test below, which runs it in processes of its own"]
fn refreshes_again_and_again() {
    let world = world_of_child();
    let mut trusted = 0;
    for _ in 0..ROUNDS {
        let session = update(&world, store_of(&world)).expect("an honest repository is accepted");
        let version = session.report().timestamp.version;
        assert!(version >= trusted, "from version {trusted} back to {version}");
        assert!(session.report().notices.is_empty(), "{:?}", session.report().notices);
        trusted = version;
        println!("round");
    }
}

#[test]
fn eight_processes_refresh_one_store_while_the_repository_moves() {
    let mut world = World::new();
    let (rounds, news) = mpsc::channel();
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let mut child =
                world.command("crowd::refreshes_again_and_again").spawn().expect("this program runs");
            let output = BufReader::new(child.stdout.take().expect("a pipe"));
            let rounds = rounds.clone();
            thread::spawn(move || {
                let lines = output.lines().map_while(Result::ok).filter(|line| line.ends_with("round"));
                let count = lines.inspect(|_| rounds.send(()).expect("somebody listens")).count();
                (count, child.wait_with_output().expect("it ends"))
            })
        })
        .collect();
    drop(rounds);
    let moves = news.iter().inspect(|()| world.move_on()).count();
    for child in children {
        let (count, output) = child.join().expect("no panic");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(count, ROUNDS);
    }
    assert_eq!(moves, PROCESSES * ROUNDS);
    check(&world);
}

/// The store is whole, and as up to date as the next refresh makes it.
fn check(world: &World) {
    let session = update(world.path(), store_of(world.path())).expect("the store can be used");
    assert_eq!(session.report().timestamp.version, world.repository.timestamp.version);
    assert!(session.report().notices.is_empty());
    let mut stored = files(&world.path().join("store"));
    let mirror = &world.repository.mirror;
    for (name, served) in [
        ("root.json", format!("{}.root.json", world.repository.root.version)),
        ("timestamp.json", "timestamp.json".into()),
        ("snapshot.json", format!("{}.snapshot.json", world.repository.snapshot.version)),
        ("targets.json", format!("{}.targets.json", world.repository.targets["targets"].header.version)),
        ("team.json", format!("{}.team.json", world.repository.targets["team"].header.version)),
    ] {
        assert!(stored.remove(name).is_some_and(|bytes| bytes == mirror.file(&served)), "{name}");
    }
    for version in 1..=world.repository.root.version {
        let bytes = stored.remove(&format!("root_history/{version}.root.json"));
        assert!(bytes.is_some_and(|bytes| bytes == mirror.file(&format!("{version}.root.json"))));
    }
    stored.retain(|name, _| name.ends_with(".json"));
    assert_eq!(stored.keys().collect::<Vec<_>>(), [""; 0], "nothing else ends in .json");
}
