//! Several publishers on one repository.

mod world;

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use world::{Client, Found, NOW, World};

#[test]
fn publishers_take_turns() {
    const PUBLISHERS: usize = 6;
    const ROUNDS: usize = 4;
    let world = World::with_keys(&[]);
    let (world, barrier) = (&world, &Barrier::new(PUBLISHERS));
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    barrier.wait();
                    loop {
                        let added =
                            world.open().add_target("targets", &format!("{publisher}/{round}"), b"bytes");
                        match added {
                            // Another publisher is between its record and its last write.
                            Err(tuf_repository::Error::Interrupted) => continue,
                            added => break added.expect("a staged target"),
                        }
                    }
                    world.open().publish(NOW).expect("a publish");
                    Client::default().update(world.path(), NOW).expect("a whole repository");
                }
            });
        }
    });
    let mut client = Client::default();
    for publisher in 0..PUBLISHERS {
        for round in 0..ROUNDS {
            let found = client.find(world.path(), &format!("{publisher}/{round}"), NOW).expect("an update").1;
            assert_eq!(found, Found::By("targets".to_owned()));
        }
    }
    let status = world.open().status().expect("a status");
    assert!(status.staged.is_empty() && !status.interrupted);
}

/// A lock that is never given back stops a publisher for a while, and not for ever; the error names the process.
#[test]
fn rejects_a_lock_that_is_held_for_ever() {
    let world = World::with_keys(&[]);
    let staged = world.open().stage().map(drop);
    staged.expect("the lock is free");
    let holder = world.open();
    let _held = holder.stage().expect("the lock is free");
    let error = world.open().patience(Duration::from_millis(1)).stage().expect_err("the lock is held");
    let tuf_repository::Error::Locked { waited, holder, .. } = &error else { panic!("{error}") };
    assert_eq!(*waited, Duration::from_millis(1));
    if cfg!(target_os = "linux") {
        assert_eq!(holder.as_ref().expect("Linux tells").pid, std::process::id());
    }
    assert!(error.to_string().contains("was locked for 0.001 seconds"), "{error}");
}
