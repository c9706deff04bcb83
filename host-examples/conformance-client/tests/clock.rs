//! The clock comes from the C library, so that libfaketime governs it.

use std::process::Command;

use tuf_tests::{DAY, NOW, Repository, date_time, skip};

use crate::program::{Program, Run, run};
use crate::world::World;

/// The client with a clock that stands at `seconds` when it starts; none where `faketime` is not installed.
fn client_at(program: Program, seconds: i64) -> Option<Command> {
    let is_there =
        Command::new("faketime").arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        return None;
    }
    let mut command = Command::new("faketime");
    let time = date_time(seconds).replace('T', " ");
    command.env("TZ", "UTC").args(["-f", &format!("@{}", time.trim_end_matches('Z'))]);
    command.arg(program.path());
    Some(command)
}

fn a_faked_clock_decides_what_has_expired(program: Program) {
    let Some(mut before) = client_at(program, NOW) else {
        return skip("a_faked_clock_decides_what_has_expired", "faketime is not installed");
    };
    let world = World::of(program, Repository::new());
    assert_eq!(run(before.args(world.refreshing())), Run::success());
    let Some(mut after) = client_at(program, NOW + DAY) else { panic!("faketime is gone") };
    let run = run(after.args(world.refreshing()));
    assert_eq!(run.status, Some(1));
    let start = "error: freeze attack: timestamp version 1 expired at 2027-01-16T08:00:00Z, the update started at 2027-01-16T08:00:0";
    assert!(run.stderr.starts_with(start), "{run:?}");
}

fn a_clock_years_away_breaks_no_transfer(program: Program) {
    for years in [-10, 10] {
        let Some(mut client) = client_at(program, NOW + years * 365 * DAY) else {
            return skip("a_clock_years_away_breaks_no_transfer", "faketime is not installed");
        };
        let mut repository = Repository::new();
        let expires = NOW + 20 * 365 * DAY;
        for header in [&mut repository.timestamp, &mut repository.snapshot, &mut repository.root] {
            header.expires = expires;
        }
        repository.role("targets").header.expires = expires;
        repository.write_root().publish();
        let world = World::of(program, repository);
        let mut arguments = world.downloading(&["app-1.0.tar.gz"]);
        arguments[3] = world.url("metadata").replace("127.0.0.1", "localhost").into();
        assert_eq!(run(client.args(arguments)), Run::success(), "{years} years");
    }
}

for_each_program! {
    a_faked_clock_decides_what_has_expired,
    a_clock_years_away_breaks_no_transfer,
}
