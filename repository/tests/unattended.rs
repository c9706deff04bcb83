//! A repository that nobody looks after: roles are renewed in time, errors pass, and a signal ends it cleanly.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::command::Desk;
use crate::world::{Client, NOW, World};
use tuf_repository::metadata::Scope;
use tuf_repository::unattended::{Clock, Retry, Waited, run};
use tuf_repository::{Delegation, Error, LeadTimes, UnixTime};

const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

/// Time passes where somebody waits, and is over at its end.
struct Simulated {
    now: UnixTime,
    end: UnixTime,
    waits: Vec<u64>,
}

impl Simulated {
    fn days(days: u64) -> Self {
        Self { now: NOW, end: after(days * DAY), waits: Vec::new() }
    }
}

impl Clock for Simulated {
    fn now(&mut self) -> UnixTime {
        self.now
    }

    fn wait(&mut self, seconds: u64) -> Waited {
        self.waits.push(seconds);
        self.now = UnixTime(self.now.0.saturating_add_unsigned(seconds));
        if self.now < self.end { Waited::Elapsed } else { Waited::Stopped }
    }
}

fn after(seconds: u64) -> UnixTime {
    UnixTime(NOW.0.saturating_add_unsigned(seconds))
}

#[test]
fn keeps_a_repository_fresh_with_the_keys_at_hand() {
    let world = World::with_keys(&["delegate"]);
    let open = || {
        let mut repository = world.open();
        let periods = repository.periods_mut();
        (periods.targets, periods.delegated) = (18 * DAY, 18 * DAY);
        repository
    };
    let repository = open();
    let scope = Scope::Paths(vec!["a/*".to_owned()]);
    let keys = world.role_keys(&["delegate"]);
    let delegation = Delegation::Role { name: "role".to_owned(), keys, scope, terminating: true };
    repository.delegate("targets", delegation).expect("a delegation");
    repository.add_target("role", "a/b", b"bytes").expect("a staged target");
    repository.publish(NOW).expect("a publish");
    let leads = LeadTimes::default();
    let mut clock = Simulated::days(20);
    let mut device = Client::default();
    let round = |now: UnixTime| {
        let renewed = open().renew_due(&leads, now)?;
        assert!(renewed.left.is_empty(), "{:?}", renewed.left);
        // Until the next round, clients accept what is published.
        let last = UnixTime(now.0.saturating_add_unsigned(12 * HOUR - 1));
        for client in [&mut device, &mut Client::default()] {
            client.find(world.path(), "a/b", last).expect("an update");
        }
        Ok(renewed.next)
    };
    run(12 * HOUR, &mut clock, round, |error: Error, _| panic!("{error:?}"));
    let status = repository.status().expect("a status");
    let versions: Vec<_> = status.roles.iter().map(|role| (role.role.as_str(), role.version)).collect();
    // Targets are signed again on day 12, the snapshot every 4 days and 16 hours, or with them.
    assert_eq!(versions[0], ("root", 1));
    assert!(matches!(versions[1], ("timestamp", 20..50)), "{versions:?}");
    assert!(matches!(versions[2], ("snapshot", 5..10)), "{versions:?}");
    assert_eq!(versions[3..], [("targets", 3), ("role", 2)]);
}

#[test]
fn renews_a_role_only_when_its_lead_time_begins() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    let leads = LeadTimes { roles: [("timestamp".to_owned(), HOUR)].into(), delegated: None };
    let early = repository.renew_due(&leads, after(23 * HOUR - 1)).expect("a round");
    assert_eq!(early.published.metadata, []);
    assert_eq!(early.next, Some(after(23 * HOUR)));
    let due = repository.renew_due(&leads, after(23 * HOUR)).expect("a round");
    assert_eq!(due.published.metadata, [("timestamp".to_owned(), 2)]);
    assert_eq!(due.next, Some(after(46 * HOUR)));
}

#[test]
fn a_role_whose_key_is_elsewhere_keeps_no_other_role_from_being_renewed() {
    let world = World::with_keys(&[]);
    let repository = world.open_with(world.home(), world.ring_without("targets"));
    let renewed = repository.renew_due(&LeadTimes::default(), after(61 * DAY)).expect("a round");
    assert_eq!(renewed.published.metadata, [("snapshot".to_owned(), 2), ("timestamp".to_owned(), 2)]);
    let [left] = renewed.left.as_slice() else { panic!("{:?}", renewed.left) };
    assert_eq!((left.role.as_str(), left.expires), ("targets", Some(after(90 * DAY))));
    assert!(matches!(left.reason, Error::MissingKeys { .. }), "{left:?}");
}

#[test]
fn renews_nothing_that_needs_a_key_of_the_timestamp_that_is_elsewhere() {
    let world = World::with_keys(&[]);
    let repository = world.open_with(world.home(), world.ring_without("timestamp"));
    let renewed = repository.renew_due(&LeadTimes::default(), after(6 * DAY)).expect("a round");
    assert_eq!(renewed.published.metadata, []);
    let left: Vec<_> = renewed.left.iter().map(|left| left.role.as_str()).collect();
    assert_eq!(left, ["timestamp", "snapshot"]);
}

#[test]
fn what_is_staged_stays_staged_and_is_not_signed_unattended() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    repository.add_target("targets", "a", b"bytes").expect("a staged target");
    let renewed = repository.renew_due(&LeadTimes::default(), after(61 * DAY)).expect("a round");
    assert!(matches!(renewed.left[0].reason, Error::StagedChange(_)), "{:?}", renewed.left);
    let status = repository.status().expect("a status");
    assert_eq!(status.staged, ["targets"]);
    assert_eq!(
        repository.publish(after(61 * DAY)).expect("a publish").metadata[0],
        ("targets".to_owned(), 2)
    );
}

#[test]
fn says_that_clients_refuse_what_cannot_be_renewed_here() {
    let world = World::with_keys(&[]);
    let repository = world.open_with(world.home(), world.ring_without("targets"));
    let refused = repository.renew_due(&LeadTimes::default(), after(91 * DAY));
    assert!(matches!(refused, Err(Error::Rehearsal(_))), "{refused:?}");
}

#[test]
fn retries_after_an_error_more_and_more_seldom() {
    let mut clock = Simulated::days(1);
    let mut results =
        vec![Err("network"), Ok(None), Err("disk"), Err("disk"), Err("disk"), Err("disk"), Err("disk")];
    let mut seen = Vec::new();
    let round = |_| results.pop().unwrap_or(Ok(None));
    run(5 * 60, &mut clock, round, |error, Retry { failures, seconds }| {
        seen.push((error, failures, seconds))
    });
    let disk = [("disk", 1, 30), ("disk", 2, 60), ("disk", 3, 120), ("disk", 4, 240), ("disk", 5, 300)];
    assert_eq!(seen[..5], disk);
    assert_eq!(seen[5..], [("network", 1, 30)], "a success forgets the failures before it");
}

#[test]
fn wakes_for_the_next_renewal_and_stops_when_it_is_told_to() {
    let mut clock = Simulated { now: NOW, end: after(40), waits: Vec::new() };
    let mut rounds = Vec::new();
    let round = |now: UnixTime| {
        rounds.push(now);
        // The time of a role that is left is over: no reason to hurry.
        let next = [after(10), after(10), after(1)][rounds.len().min(3) - 1];
        Ok::<_, ()>(Some(next))
    };
    run(30, &mut clock, round, |(), _| panic!("nothing fails"));
    assert_eq!(clock.waits, [10, 1, 30]);
    assert_eq!(rounds, [NOW, after(10), after(11)]);
}

#[test]
fn refreshes_what_is_due_from_the_command_line() {
    let desk = Desk::with_repository();
    assert_eq!(desk.ok(&["refresh", "--due"]), "", "nothing is due yet");
    desk.write(
        "repo/tufrepo.toml",
        "format = 1\n[expires]\ntimestamp = \"60d\"\n[renew]\ntimestamp = \"59d\"\n",
    );
    assert_eq!(desk.ok(&["refresh", "--due"]), "timestamp 2\n");
    assert_eq!(desk.ok(&["refresh", "--due"]), "");
    for args in
        [&["refresh", "--due", "root"][..], &["refresh", "--loop", "--due"], &["refresh", "--every", "1h"]]
    {
        assert_eq!(desk.run(args).status, Some(2), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_loop_ends_cleanly_at_a_signal() {
    for signal in ["TERM", "INT"] {
        let desk = Desk::with_repository();
        desk.write(
            "repo/tufrepo.toml",
            "format = 1\n[expires]\ntimestamp = \"60d\"\n[renew]\ntimestamp = \"59d\"\n",
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_tufrepo"));
        command.current_dir(desk.path()).args(["-C", "repo", "refresh", "--loop", "--every", "30d"]);
        command.env("TUFREPO_STATE", desk.path().join("state")).env_remove("TUFREPO_REPOSITORY");
        let mut running = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tufrepo starts");
        let mut said = BufReader::new(running.stdout.take().expect("a pipe")).lines();
        assert_eq!(said.next().expect("a line").expect("UTF-8"), "timestamp 2");
        let kill = Command::new("kill").args(["-s", signal, &running.id().to_string()]).status();
        assert!(kill.expect("kill starts").success());
        let output = running.wait_with_output().expect("an end");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(stderr.contains("Stopped"), "{stderr}");
        assert_eq!(desk.ok(&["publish"]), "", "nothing was left half done");
    }
}
