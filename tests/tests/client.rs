//! The whole client against faulty mirrors, in virtual time. Each rule is one of `verifier-core/src/client`.

use crate::delegations::diamond;
use std::collections::BTreeSet;
use tuf_tests::network::{Fault, Found, Missing, Network, Server, Traffic, failure};

use tuf_tests::recorded::Client;
use tuf_tests::{
    Authority, Delegation, Device, Json, Key, Mirror, Repository, Succinct, client_faults, sha256,
};
use tuf_verifier_core::client::{
    Action, AtHand, ClientError, ClientOptions, Instant, MirrorKind, Outcome, Phase, RequestId, Response,
    Retry, SearchId, Stream, TargetHasher, TransferId, TransportKind,
};
use tuf_verifier_core::{Failure, Hash, Misuse, NotFound, UnixTime};

const APP: &str = "app-1.0.tar.gz";
const CONTENT: &[u8] = b"the application";

fn world() -> (Repository, Device) {
    let repository = Repository::new();
    let device = Device::new(&repository);
    (repository, device)
}

#[test]
fn the_table_of_faults_says_what_a_client_comes_to() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/client-faults.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let document = client_faults::document();
    let differing = document.lines().find(|line| !written.lines().any(|written| written == *line));
    assert_eq!(differing, None, "`cargo xtask verdicts` writes it anew");
    assert!(document == written, "`cargo xtask verdicts` writes it anew");
}

/// Where the file of the application is.
fn fetch_path() -> String {
    format!("{}.{APP}", sha256(CONTENT))
}

/// The names of the files that were written, in order.
fn kept(traffic: &[Traffic]) -> Vec<&str> {
    let kept = traffic.iter().filter_map(|event| match event {
        Traffic::Kept(name) => Some(name.as_str()),
        _ => None,
    });
    kept.collect()
}

#[test]
fn asks_and_keeps_as_the_cycle_does() {
    let (repository, mut device) = world();
    let mut alone = device.clone();
    let mut drive = alone.start().unwrap();
    let report = drive.refresh(&repository.mirror).unwrap();
    let fetched: Vec<String> = drive.fetched().into_iter().map(str::to_owned).collect();
    let persisted: Vec<String> = drive.persisted().into_iter().map(str::to_owned).collect();
    let mut network = Network::start(&mut device, vec![Server::honest(&repository.mirror)]).unwrap();
    assert_eq!(network.refresh().unwrap(), report);
    let asked: Vec<&str> = network.asked().into_iter().map(|(_, name)| name).collect();
    assert_eq!(asked, fetched);
    assert_eq!(kept(&network.traffic), persisted);
    drop(network);
    assert_eq!(device.store, alone.store);
}

#[test]
fn files_that_are_supplied_in_parts_are_the_files() {
    let (repository, device) = world();
    for parts in [64, 4096] {
        let (mut whole, mut supplied) = (device.clone(), device.clone());
        // The second refresh has files of the store.
        for _ in 0..2 {
            let servers = || vec![Server::honest(&repository.mirror)];
            let mut plain = Network::start(&mut whole, servers()).unwrap();
            let mut network = Network::start(&mut supplied, servers()).unwrap();
            network.parts = Some(parts);
            assert_eq!(network.refresh().unwrap(), plain.refresh().unwrap());
            assert_eq!(network.find(APP).unwrap().target, plain.find(APP).unwrap().target);
            assert_eq!(network.traffic, plain.traffic);
        }
        assert_eq!(supplied.store, whole.store);
    }
}

/// A client whose first request to a mirror is outstanding.
fn asked(device: &Device) -> (Client, RequestId, u64) {
    let mirrors = vec![tuf_verifier_core::client::Mirror {
        kind: MirrorKind::Repository,
        retry: Retry { count: 0, first: 0, longest: 0 },
    }];
    let options = ClientOptions { settings: device.settings, mirrors, parallel: 1, seed: 7, resumes: false };
    let mut client = Client::start(&device.pinned, UnixTime(device.now), &options).unwrap();
    loop {
        match client.poll(Instant(0)) {
            Action::Load { id, .. } => client.answer(id, Response::Absent, Instant(0)).unwrap(),
            Action::Get { id, max_length, .. } => return (client, id, max_length),
            _ => {}
        }
    }
}

/// Why the refresh ends.
fn end(mut client: Client) -> ClientError {
    loop {
        match client.poll(Instant(0)) {
            Action::Ended(Outcome::RefreshFailed(error)) => return error,
            Action::Get { id, .. } => client.answer(id, Response::Absent, Instant(0)).unwrap(),
            Action::Load { id, .. } => client.answer(id, Response::Absent, Instant(0)).unwrap(),
            Action::Await { .. } => panic!("it waits"),
            _ => {}
        }
    }
}

#[test]
fn parts_are_supplied_for_metadata_that_was_asked_for() {
    let (mut client, id, _) = asked(&world().1);
    let unasked = RequestId(id.0 + 1);
    assert_eq!(client.supply(unasked, b"{}", 2), Err(Misuse::NothingToAnswer));
    client.answer(id, Response::Absent, Instant(0)).unwrap();
    assert_eq!(client.supply(id, b"{}", 2), Err(Misuse::NothingToAnswer));
}

#[test]
fn what_was_supplied_is_dropped_with_another_answer() {
    let (mut client, id, _) = asked(&world().1);
    client.supply(id, b"not what it was", 4).unwrap();
    client.answer(id, Response::Failed(failure(TransportKind::Read)), Instant(0)).unwrap();
    assert_eq!(end(client).code(), "source-unreadable");
}

#[test]
fn nothing_supplied_is_an_empty_file() {
    let (mut client, id, _) = asked(&world().1);
    client.answer(id, Response::Supplied, Instant(0)).unwrap();
    assert_eq!(end(client).code(), "malformed-json");
}

#[test]
fn too_many_parts_are_endless_data() {
    let (mut client, id, max_length) = asked(&world().1);
    // Neither an endless stream nor a length that nobody has room for costs memory.
    let part = vec![b' '; 1 << 16];
    for _ in 0..=max_length / (1 << 16) {
        client.supply(id, &part, u64::MAX).unwrap();
    }
    client.answer(id, Response::Supplied, Instant(0)).unwrap();
    assert_eq!(end(client).code(), "endless-data");
}

#[test]
fn rule_1_each_file_comes_from_the_first_mirror_that_verifies() {
    let (repository, device) = world();
    let other = repository.mirror.file("timestamp.json").to_vec();
    for (name, fault, code) in [
        ("timestamp.json", Fault::Serves(b"{}".to_vec()), Some("malformed-metadata")),
        ("timestamp.json", Fault::Absent, None),
        ("1.snapshot.json", Fault::Serves(other), Some("malformed-metadata")),
        ("1.targets.json", Fault::Fails(failure(TransportKind::Tls)), Some("source-tls")),
    ] {
        let mut device = device.clone();
        let bad = Server::honest(&repository.mirror).with(name, fault.clone());
        let mut network = Network::start(&mut device, vec![bad, Server::honest(&repository.mirror)]).unwrap();
        network.refresh().unwrap_or_else(|error| panic!("{name} {fault:?}: {error}"));
        assert_eq!(network.blamed(), code.map(|code| (0, code)).into_iter().collect::<Vec<_>>());
        let asked = network.asked();
        let place = asked.iter().position(|asked| *asked == (1, name)).expect("the other mirror is asked");
        assert_eq!(asked[place - 1], (0, name), "the first mirror was asked before");
        assert!(
            asked[place + 1..].iter().all(|(mirror, _)| *mirror == 1),
            "rule 2: it is asked last: {asked:?}"
        );
    }
}

#[test]
fn rule_1_that_there_is_no_newer_root_counts_once_every_mirror_was_asked() {
    let (mut repository, mut device) = world();
    let old = repository.mirror.clone();
    repository.next_root().publish();
    let servers = vec![Server::honest(&old), Server::honest(&repository.mirror)];
    let report = Network::start(&mut device, servers).unwrap().refresh().unwrap();
    assert_eq!(report.root.version, 2);
}

#[test]
fn rule_3_a_mirror_that_leads_with_old_metadata_and_withholds_the_rest_blocks_nobody() {
    let (mut repository, mut device) = world();
    repository.consistent_snapshot = Some(false);
    repository.next_root().publish();
    let mut withheld = repository.mirror.clone();
    withheld.metadata.remove("snapshot.json");
    repository.add_target("targets", "new", b"new");
    repository.role("targets").header.version = 2;
    repository.snapshot.version = 2;
    repository.timestamp.version = 2;
    repository.publish();
    let servers = vec![Server::honest(&withheld), Server::honest(&repository.mirror)];
    let report = Network::start(&mut device, servers).unwrap().refresh().unwrap();
    assert_eq!(report.timestamp.version, 2);
}

#[test]
fn rule_4_a_passing_failure_is_tried_again_later_each_time() {
    let (repository, device) = world();
    let busy = |retry_after| {
        let mut error = failure(TransportKind::Status(503));
        error.retry_after = retry_after;
        Fault::Fails(error)
    };
    for (faults, tries, least, most) in [
        (vec![Fault::Fails(failure(TransportKind::Unreachable)); 1], 2, 250, 500),
        (vec![Fault::Fails(failure(TransportKind::Timeout(Phase::Response))); 2], 3, 750, 1_500),
        (vec![Fault::Fails(failure(TransportKind::Status(599)))], 2, 250, 500),
        (vec![busy(Some(9_000))], 2, 9_000, 9_000),
        (vec![busy(Some(20_000))], 2, 20_000, 20_000),
    ] {
        let mut device = device.clone();
        let server = faults
            .into_iter()
            .fold(Server::honest(&repository.mirror), |server, fault| server.with("timestamp.json", fault));
        let mut network = Network::start(&mut device, vec![server]).unwrap();
        let begun = network.at;
        network.refresh().unwrap();
        let asked = network.asked().into_iter().filter(|(_, name)| *name == "timestamp.json").count();
        let waited = network.at.0 - begun.0;
        assert_eq!(asked, tries);
        assert!((least..=most).contains(&waited), "{waited} ms");
        assert!(network.blamed().is_empty());
    }
}

#[test]
fn rule_4_what_another_try_cannot_mend_is_not_tried_again() {
    let (repository, device) = world();
    let late = || {
        let mut error = failure(TransportKind::Status(429));
        error.retry_after = Some(3_600_000);
        Fault::Fails(error)
    };
    let down = Server::down(TransportKind::Unreachable);
    let mut device_of_nobody = device.clone();
    let mut network = Network::start(&mut device_of_nobody, vec![down]).unwrap();
    assert_eq!(network.refresh().unwrap_err().code(), "source-unreachable");
    assert_eq!(network.requests(), 3, "nobody is asked without end");
    for fault in [
        Fault::Fails(failure(TransportKind::Tls)),
        Fault::Fails(failure(TransportKind::TooSlow)),
        Fault::Fails(failure(TransportKind::Timeout(Phase::End))),
        Fault::Fails(failure(TransportKind::Status(401))),
        late(),
    ] {
        let mut device = device.clone();
        let server = Server::honest(&repository.mirror).with("timestamp.json", fault.clone());
        let mut network = Network::start(&mut device, vec![server]).unwrap();
        let error = network.refresh().unwrap_err();
        assert!(matches!(error, ClientError::Transport { .. }), "{error:?}");
        assert_eq!(network.at, Instant(1_000), "{fault:?}: nobody waited");
    }
}

#[test]
fn rule_3_each_mirror_leads_once_and_none_does_if_nothing_was_accepted() {
    let (mut repository, device) = world();
    repository.release();
    let withheld = repository.mirror.clone().withholding("2.snapshot.json");
    let leads = |servers: Vec<Server>| {
        let mut device = device.clone();
        let mut network = Network::start(&mut device, servers).unwrap();
        assert_eq!(network.refresh().unwrap_err().code(), "missing-metadata");
        network.asked().iter().filter(|asked| **asked == (0, "timestamp.json")).count()
    };
    assert_eq!(leads(vec![Server::honest(&withheld)]), 1);
    let led_by_others = leads(vec![Server::honest(&withheld); 3]);
    assert_eq!(led_by_others, 1, "the others lead the second and the third attempt");
    let once = (0..9).fold(Server::honest(&withheld).with("timestamp.json", Fault::Nothing), |server, _| {
        server.with("timestamp.json", Fault::Absent)
    });
    let empty = || Server::honest(&Mirror::default());
    assert_eq!(leads(vec![once, empty(), empty()]), 2, "the second attempt has accepted nothing");
}

#[test]
fn rule_4_tries_are_counted_for_each_mirror() {
    let (repository, mut device) = world();
    let failing = |count| {
        let fail = || Fault::Fails(failure(TransportKind::Unreachable));
        let honest = Server::honest(&repository.mirror);
        (0..count).fold(honest, |server, _| server.with("timestamp.json", fail()))
    };
    let mut network = Network::start(&mut device, vec![failing(3), failing(2)]).unwrap();
    network.refresh().unwrap();
    assert_eq!(network.blamed(), [(0, "source-unreachable")]);
}

#[test]
fn rule_4_no_wait_is_longer_than_the_longest() {
    let (repository, mut device) = world();
    let fail = || Fault::Fails(failure(TransportKind::Unreachable));
    let server =
        (0..5).fold(Server::honest(&repository.mirror), |server, _| server.with("timestamp.json", fail()));
    let patient = |options: &mut ClientOptions| {
        options.mirrors[0].retry = Retry { count: 5, first: 500, longest: 1_000 };
    };
    let mut network = Network::start_as(&mut device, vec![server], patient).unwrap();
    let begun = network.at.0;
    network.refresh().unwrap();
    assert!((2_250..=4_500).contains(&(network.at.0 - begun)), "{} ms", network.at.0 - begun);
}

#[test]
fn rule_4_each_mirror_has_its_own_rule() {
    let (repository, mut device) = world();
    let busy = || {
        let busy = Fault::Fails(failure(TransportKind::Status(503)));
        Server::honest(&repository.mirror).with("timestamp.json", busy)
    };
    let impatient = |options: &mut ClientOptions| options.mirrors[0].retry = Retry::NEVER;
    let mut network = Network::start_as(&mut device, vec![busy(), busy()], impatient).unwrap();
    network.refresh().unwrap();
    assert_eq!(network.blamed(), [(0, "source-status")], "the second one was asked again");
}

#[test]
fn rule_4_whoever_is_due_first_is_asked_first() {
    let repository = delegated();
    let mut device = Device::new(&repository);
    let busy = |wait| {
        let mut error = failure(TransportKind::Status(503));
        error.retry_after = Some(wait);
        Fault::Fails(error)
    };
    let server =
        Server::honest(&repository.mirror).with("1.a.json", busy(5_000)).with("1.b.json", busy(9_000));
    let mut network = Network::start(&mut device, vec![server]).unwrap();
    network.refresh().unwrap();
    let begun = network.at.0;
    network.find_all(&["a/one", "b/one"].map(str::to_owned));
    let asked = network.traffic.iter().filter_map(|event| match event {
        Traffic::Get(at, _, name) if *at > begun => Some((at - begun, name.as_str())),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [(5_000, "1.a.json"), (9_000, "1.b.json")]);
}

#[test]
fn asks_for_one_file_at_a_time_at_least() {
    let (repository, mut device) = world();
    let mut network = Network::start_with(&mut device, vec![Server::honest(&repository.mirror)], 0).unwrap();
    network.refresh().unwrap();
}

#[test]
fn rule_5_the_most_telling_error_is_reported() {
    let (repository, device) = world();
    let forged = || Server::honest(&repository.mirror).with("timestamp.json", Fault::Serves(b"{}".to_vec()));
    let down = || Server::down(TransportKind::Tls);
    let empty = || Server::honest(&Mirror::default());
    let code = |servers: Vec<Server>| {
        let mut device = device.clone();
        let mut network = Network::start(&mut device, servers).unwrap();
        network.refresh().unwrap_err().code()
    };
    assert_eq!(code(vec![down(), forged(), empty()]), "malformed-metadata");
    assert_eq!(code(vec![forged(), down()]), "malformed-metadata");
    assert_eq!(
        code(vec![down(), Server::down(TransportKind::Proxy)]),
        "source-tls",
        "the first of two that say as much"
    );
    assert_eq!(code(vec![empty(), down()]), "source-tls");
    assert_eq!(code(vec![empty(), empty()]), "missing-metadata");
    assert_eq!(code(vec![]), "not-in-store");
}

fn delegated() -> Repository {
    let mut repository = Repository::new();
    for role in ["a", "b"] {
        let pattern = format!("{role}/*");
        repository.delegate("targets", Delegation::paths(role, &[&pattern]));
        for target in ["one", "two"] {
            repository.add_target(role, &format!("{role}/{target}"), target.as_bytes());
        }
    }
    repository.publish();
    repository
}

#[test]
fn rule_6_searches_share_a_request_and_no_failure() {
    let repository = delegated();
    for reorders in [false, true] {
        let mut device = Device::new(&repository);
        let server =
            Server::honest(&repository.mirror).taking(50).with("1.a.json", Fault::Serves(b"{}".to_vec()));
        let mut network = Network::start(&mut device, vec![server]).unwrap();
        network.reorders = reorders;
        network.refresh().unwrap();
        let before = network.requests();
        let begun = network.at.0;
        let paths = ["a/one", "b/one", "a/two", "b/two", "c"].map(str::to_owned);
        let results = network.find_all(&paths);
        assert_eq!(network.requests() - before, 2, "one request a role");
        assert_eq!(network.at.0 - begun, 50, "both at the same time");
        assert_eq!(roles_or_codes(results), ["malformed-metadata", "b", "malformed-metadata", "b", "Absent"]);
        assert_eq!(
            network.find("a/one").unwrap().target.role.as_ref(),
            "a",
            "a later search asks for the role anew"
        );
        assert_eq!(network.find("nowhere"), Err(Missing::NotFound(NotFound::Absent)));
    }
}

/// What each search came to: the role that lists its target, or the code of the error.
fn roles_or_codes(results: Vec<Result<Found, Missing>>) -> Vec<String> {
    let word = |result| match result {
        Ok(Found { target, .. }) => target.role.to_string(),
        Err(Missing::Failed(error)) => error.code().to_owned(),
        Err(Missing::NotFound(reason)) => format!("{reason:?}"),
    };
    results.into_iter().map(word).collect()
}

#[test]
fn rule_6_searches_share_no_failure_of_another_role_that_the_same_keys_sign() {
    let mut repository = Repository::new();
    for role in ["a", "b"] {
        let pattern = format!("{role}/*");
        let authority = Authority::one("of both");
        repository.delegate("targets", Delegation { authority, ..Delegation::paths(role, &[&pattern]) });
        repository.add_target(role, &format!("{role}/app"), b"1");
    }
    let mut device = Device::new(repository.publish());
    let server = Server::honest(&repository.mirror).with("1.a.json", Fault::Serves(b"{}".to_vec()));
    let mut network = Network::start(&mut device, vec![server]).unwrap();
    network.refresh().unwrap();
    let results = network.find_all(&["a/app", "b/app"].map(str::to_owned));
    assert_eq!(roles_or_codes(results), ["malformed-metadata", "b"]);
}

#[test]
fn rule_6_searches_share_no_failure_of_one_role_under_other_keys() {
    let mut repository = diamond();
    repository.sign_with("shared", &[Key::new("shared of a")]).publish();
    let mut device = Device::new(&repository);
    let mut network = Network::start(&mut device, vec![Server::honest(&repository.mirror)]).unwrap();
    network.refresh().unwrap();
    let results = network.find_all(&["b/app", "a/app"].map(str::to_owned));
    assert_eq!(roles_or_codes(results), ["arbitrary-software", "shared"]);
}

#[test]
fn rule_7_bytes_that_were_kept_are_those_that_were_answered_and_are_released() {
    let (mut repository, mut device) = world();
    repository.next_root().next_root().publish();
    let mut network = Network::start(&mut device, vec![Server::honest(&repository.mirror)]).unwrap();
    network.refresh().unwrap();
    assert_eq!(network.holds(), 1, "the pinned root alone");
    drop(network);
    for name in ["timestamp.json", "2.root.json", "3.root.json"] {
        let stored =
            if name.ends_with("root.json") { format!("root_history/{name}") } else { name.to_owned() };
        assert_eq!(device.stored(&stored), repository.mirror.file(name));
    }
    assert_eq!(device.stored("floors/root"), repository.mirror.file("3.root.json"));
}

#[test]
fn rule_7_bytes_that_wait_for_a_later_answer_are_not_released_before() {
    let (mut repository, mut device) = world();
    repository.next_root().next_root().next_root().publish();
    let _ = device.refresh(&repository.mirror).unwrap();
    for lost in ["root_history/2.root.json", "root_history/3.root.json"] {
        device.store.remove(lost);
    }
    let mut network = Network::start(&mut device, vec![Server::honest(&repository.mirror)]).unwrap();
    network.refresh().unwrap();
    let kept: Vec<String> = kept(&network.traffic).into_iter().map(str::to_owned).collect();
    drop(network);
    assert!(kept.contains(&"root_history/2.root.json".to_owned()), "{kept:?}");
    assert_eq!(device.stored("root_history/2.root.json"), repository.mirror.file("2.root.json"));
}

#[test]
fn mirrors_that_are_bundles_cannot_be_asked_for_newer_metadata() {
    let (repository, mut device) = world();
    let servers = vec![Server::honest(&repository.mirror)];
    let of_bundles = |options: &mut ClientOptions| options.mirrors[0].kind = MirrorKind::Bundle;
    let mut network = Network::start_as(&mut device, servers, of_bundles).unwrap();
    let waived: Vec<&str> = network.refresh().unwrap().waived.iter().map(|waiver| waiver.code()).collect();
    assert_eq!(waived, ["newer-root", "newer-timestamp"]);
}

#[test]
fn refuses_an_answer_that_nobody_waits_for_or_of_another_kind() {
    let (repository, mut device) = world();
    let mut network = Network::start(&mut device, vec![Server::honest(&repository.mirror)]).unwrap();
    let at = network.at;
    let client = network.client();
    assert_eq!(client.answer(RequestId(99), Response::Absent, at), Err(Misuse::NothingToAnswer));
    let Action::Load { id, .. } = client.poll(at) else { panic!("a load comes first") };
    let wrong = Response::Failed(failure(TransportKind::Read));
    assert_eq!(client.answer(id, wrong, at), Err(Misuse::NothingToAnswer));
    assert_eq!(client.answer(id, Response::Absent, at), Ok(()), "the request was still outstanding");
    assert_eq!(client.answer(id, Response::Absent, at), Err(Misuse::NothingToAnswer), "it is answered once");
    let get = loop {
        match client.poll(at) {
            Action::Load { id, .. } => client.answer(id, Response::Absent, at).unwrap(),
            Action::Get { id, .. } => break id,
            _ => {}
        }
    };
    for wrong in [Response::Unreadable, Response::Stream(Stream::default())] {
        assert_eq!(client.answer(get, wrong, at), Err(Misuse::NothingToAnswer));
    }
    assert_eq!(client.answer(get, Response::Absent, at), Ok(()));
}

fn resuming(options: &mut ClientOptions) {
    options.resumes = true;
}

#[test]
fn a_client_that_goes_on_for_a_lost_one_uses_the_store_without_asking() {
    let repository = Repository::new();
    let mut device = Device::refreshed(&repository);
    let mut network =
        Network::start_as(&mut device, vec![Server::honest(&repository.mirror)], resuming).unwrap();
    let report = network.refresh().unwrap();
    let target = network.find(APP).unwrap();
    assert_eq!((report.timestamp.version, target.target.path.as_ref()), (1, APP));
    assert_eq!(network.requests(), 0);
    assert_eq!(kept(&network.traffic), [] as [&str; 0]);
}

#[test]
fn a_client_that_goes_on_for_a_lost_one_asks_the_mirrors_if_the_store_is_damaged() {
    let repository = Repository::new();
    for name in ["timestamp.json", "snapshot.json", "targets.json"] {
        for damage in [None, Some(b"{}".to_vec()), Some(Vec::new())] {
            let mut device = Device::refreshed(&repository);
            let before = device.stored(name).to_vec();
            match damage {
                Some(bytes) => device.store.insert(name.to_owned(), bytes),
                None => device.store.remove(name),
            };
            let servers = vec![Server::honest(&repository.mirror)];
            let mut network = Network::start_as(&mut device, servers, resuming).unwrap();
            let report = network.refresh().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(report.targets.version, 1);
            assert!(network.asked().contains(&(0, "timestamp.json")), "{name}: {:?}", network.asked());
            drop(network);
            assert_eq!(device.stored(name), before, "{name} is mended");
        }
    }
}

#[test]
fn a_store_that_cannot_be_read_fails_the_refresh_at_once() {
    let repository = Repository::new();
    for name in ["root_history/2.root.json", "timestamp.json", "snapshot.json", "targets.json"] {
        let mut device = Device::refreshed(&repository);
        let servers = vec![Server::honest(&repository.mirror); 2];
        let mut network = Network::start(&mut device, servers).unwrap();
        network.unreadable.insert(name.to_owned());
        let error = network.refresh().unwrap_err();
        assert!(matches!(&error, ClientError::Store { name: it, .. } if **it == *name), "{name}: {error:?}");
        let asked = network.asked();
        assert!(!asked.iter().any(|(_, file)| file.ends_with("targets.json")), "{name}: {asked:?}");
        assert!(asked.iter().filter(|(_, file)| *file == "timestamp.json").count() <= 1, "{name}: {asked:?}");
        assert!(network.blamed().is_empty(), "no mirror is to blame");
        let at = network.at;
        assert_eq!(
            network.client().poll(at),
            Action::Await { until: None },
            "{name}: it does not begin again"
        );
    }
}

#[test]
fn a_store_that_cannot_be_read_fails_the_search_that_needs_the_file_and_no_other() {
    let repository = delegated();
    let mut device = Device::new(&repository);
    let mut network = Network::start(&mut device, vec![Server::honest(&repository.mirror)]).unwrap();
    network.unreadable.insert("a.json".to_owned());
    network.refresh().unwrap();
    let results = network.find_all(&["a/one", "b/one", "a/two"].map(str::to_owned));
    assert_eq!(roles_or_codes(results), ["store-unreadable", "b", "store-unreadable"]);
    network.unreadable.clear();
    assert_eq!(network.find("a/one").unwrap().target.role.as_ref(), "a", "a later search loads it anew");
}

/// What a host says of bytes: their length, and digests of them.
fn at_hand(bytes: &[u8]) -> AtHand {
    let digest = Hash { algorithm: "sha256".into(), digest: sha256(bytes).into() };
    AtHand { length: bytes.len().try_into().unwrap(), digests: vec![digest] }
}

#[test]
fn a_number_is_a_handle_from_when_its_target_is_found_until_it_is_dropped() {
    let (repository, mut device) = world();
    let mut network = Network::start(&mut device, vec![Server::honest(&repository.mirror)]).unwrap();
    network.refresh().unwrap();
    let found = network.find(APP).unwrap().search;
    let at = network.at;
    let nothing = Err(Misuse::NothingFound);
    let client = network.client();
    let absent = SearchId(found.0 + 1);
    assert_eq!(client.check(absent, &at_hand(CONTENT)), Err(Failure::from(Misuse::NothingFound)));
    assert_eq!(client.receive(absent, AtHand::default(), at), nothing);
    client.drop_target(absent);
    client.abandon(TransferId(99));
    assert_eq!(client.check(found, &at_hand(CONTENT)), Ok(()));
    assert_eq!(client.check(found, &at_hand(b"the applicatioN")).unwrap_err().code(), "wrong-software");
    assert_eq!(client.check(found, &at_hand(b"the")).unwrap_err().code(), "wrong-software");
    let undigested = AtHand { digests: Vec::new(), ..at_hand(CONTENT) };
    assert_eq!(client.check(found, &undigested).unwrap_err().code(), "digest-not-given");
    let transfer = client.receive(found, AtHand::default(), at).unwrap();
    client.drop_target(found);
    assert_eq!(client.check(found, &at_hand(CONTENT)), Err(Failure::from(Misuse::NothingFound)));
    assert_eq!(client.receive(found, AtHand::default(), at), nothing);
    let Action::Receive { id, .. } = client.poll(at) else { panic!("its transfer goes on") };
    let whole = Stream { start: 0, at_hand: at_hand(CONTENT), ..Stream::default() };
    client.answer(id, Response::Stream(whole), at).unwrap();
    assert_eq!(client.poll(at), Action::Ended(Outcome::Verified { transfer }));
}

#[test]
fn a_transfer_that_was_given_up_is_not_heard_of_again() {
    let (repository, mut device) = world();
    let servers = vec![Server::honest(&repository.mirror); 2];
    let mut network = Network::start(&mut device, servers).unwrap();
    network.refresh().unwrap();
    let found = network.find(APP).unwrap().search;
    let at = network.at;
    let later = Instant(at.0 + 60_000);
    let silence = Action::Await { until: None };
    let client = network.client();
    let begin = |client: &mut Client| client.receive(found, AtHand::default(), at).unwrap();

    let unasked = begin(client);
    client.abandon(unasked);
    assert_eq!(client.poll(later), silence, "before it was asked for");

    let asked = begin(client);
    let Action::Receive { id, .. } = client.poll(at) else { panic!("a transfer") };
    client.abandon(asked);
    assert_eq!(client.answer(id, Response::Absent, at), Err(Misuse::NothingToAnswer));
    assert_eq!(client.poll(later), silence, "while it was asked for");

    let waiting = begin(client);
    let Action::Receive { id, .. } = client.poll(at) else { panic!("a transfer") };
    client.answer(id, Response::Failed(failure(TransportKind::Unreachable)), at).unwrap();
    assert!(matches!(client.poll(at), Action::Await { until: Some(_) }));
    client.abandon(waiting);
    assert_eq!(client.poll(later), silence, "while it waited");
    client.abandon(waiting);

    let wrong = begin(client);
    let Action::Receive { id, .. } = client.poll(at) else { panic!("a transfer") };
    let stream = Stream { start: 0, at_hand: at_hand(b"the applicatioN"), ..Stream::default() };
    client.answer(id, Response::Stream(stream), at).unwrap();
    client.abandon(wrong);
    assert!(matches!(client.poll(later), Action::Tell(_)), "who is to blame is no word of the transfer");
    assert_eq!(client.poll(later), silence, "after it was refused and before that was told");
}

/// A transfer from these servers: what it ends with, the code or the bytes.
fn transfer(servers: Vec<Server>, left_over: &[u8]) -> (Result<Vec<u8>, String>, Vec<Traffic>) {
    let (_, mut device) = world();
    let mut network = Network::start(&mut device, servers).unwrap();
    network.refresh().unwrap();
    let target = network.find(APP).unwrap();
    let refreshed = network.traffic.len();
    let result = network.receive(&target, left_over).map_err(|error| error.code().to_owned());
    let traffic = network.traffic.split_off(refreshed);
    (result, traffic)
}

/// The requests of a transfer: mirror and offset.
fn offsets(traffic: &[Traffic]) -> Vec<(usize, u64)> {
    let offsets = traffic.iter().filter_map(|event| match event {
        Traffic::Receive(_, mirror, _, offset) => Some((*mirror, *offset)),
        _ => None,
    });
    offsets.collect()
}

/// A name, the servers, what is left over, and the requests that are made: mirror and offset.
type Row<'r> = (&'r str, Vec<Server>, &'r [u8], Vec<(usize, u64)>);

#[test]
fn a_transfer_outlives_every_fault_that_another_mirror_can_mend() {
    let honest = || Server::honest(&world().0.mirror);
    let path = fetch_path();
    let bad = |fault: Fault| honest().with(&path, fault);
    let wrong = || Fault::Serves(b"the applicatioN".to_vec());
    let long = || Fault::Serves(b"the application, and more".to_vec());
    let reset = TransportKind::Read;
    let table: Vec<Row<'_>> = vec![
        ("nothing", vec![honest()], b"", vec![(0, 0)]),
        ("absent", vec![bad(Fault::Absent), honest()], b"", vec![(0, 0), (1, 0)]),
        ("forged", vec![bad(wrong()), honest()], b"", vec![(0, 0), (1, 0)]),
        ("too long", vec![bad(long()), honest()], b"", vec![(0, 0), (1, 0)]),
        ("down", vec![bad(Fault::Fails(failure(TransportKind::Tls))), honest()], b"", vec![(0, 0), (1, 0)]),
        ("cut off", vec![bad(Fault::BreaksOff(4, reset))], b"", vec![(0, 0), (0, 4)]),
        (
            "cut off before its first byte",
            vec![bad(Fault::BreaksOff(0, reset)), honest()],
            b"",
            vec![(0, 0), (1, 0)],
        ),
        ("cut off after its last byte", vec![bad(Fault::BreaksOff(15, reset))], b"", vec![(0, 0)]),
        (
            "too slow",
            vec![bad(Fault::BreaksOff(4, TransportKind::TooSlow)), honest()],
            b"",
            vec![(0, 0), (1, 4)],
        ),
        ("left over", vec![honest()], b"the app", vec![(0, 7)]),
        ("left over as a whole", vec![honest()], CONTENT, vec![]),
        ("left over, and wrong", vec![honest()], b"tHe app", vec![(0, 7), (0, 0)]),
        ("left over as a whole, and wrong", vec![honest()], b"tHe application", vec![(0, 0)]),
        (
            "a beginning that is wrong",
            vec![
                bad(Fault::Serves(b"tHe".to_vec())).with(&path, Fault::Fails(failure(TransportKind::Tls))),
                honest(),
            ],
            b"",
            vec![(0, 0), (1, 0)],
        ),
        (
            "a server that cannot begin elsewhere",
            vec![Server { resumes: false, ..honest() }],
            b"the",
            vec![(0, 3)],
        ),
        (
            "a server that cannot send an end, only the whole",
            vec![bad(Fault::Fails(failure(TransportKind::Protocol)))],
            b"the",
            vec![(0, 3), (0, 0)],
        ),
        (
            "a server that cannot send an end after it broke off",
            vec![bad(Fault::BreaksOff(4, reset)).with(&path, Fault::BreaksOff(2, TransportKind::Protocol))],
            b"",
            vec![(0, 0), (0, 4), (0, 0)],
        ),
    ];
    for (name, servers, left_over, requests) in table {
        let (result, traffic) = transfer(servers, left_over);
        assert_eq!(result.as_deref(), Ok(CONTENT), "{name}: {traffic:?}");
        assert_eq!(offsets(&traffic), requests, "{name}");
    }
}

#[test]
fn a_transfer_that_mixes_a_wrong_beginning_with_a_right_end_asks_each_mirror_for_all_of_it() {
    let path = fetch_path();
    let honest = || Server::honest(&world().0.mirror);
    let mut forger = honest();
    forger.files.targets.insert(path.clone(), b"tHe application".to_vec());
    let forger = forger.with(&path, Fault::BreaksOff(4, TransportKind::TooSlow));
    let (result, traffic) = transfer(vec![forger, honest()], b"");
    assert_eq!(result.as_deref(), Ok(CONTENT));
    assert_eq!(offsets(&traffic), [(0, 0), (1, 4), (0, 0), (1, 0)]);
}

/// A wrong beginning that is left over, at a server that begins anew: what it sends is its own, and is blamed on it.
#[test]
fn a_server_that_begins_anew_is_blamed_for_all_of_it() {
    let path = fetch_path();
    let honest = || Server::honest(&world().0.mirror);
    let mut forger = Server { resumes: false, ..honest() };
    forger.files.targets.insert(path, b"tHe application".to_vec());
    let (result, traffic) = transfer(vec![forger], b"the");
    assert_eq!(result, Err("wrong-software".to_owned()));
    assert_eq!(offsets(&traffic), [(0, 3)], "it is not asked again");
    assert!(
        traffic.contains(&Traffic::Discarded),
        "bytes that were refused are not left for the next transfer"
    );
}

#[test]
fn each_doubted_mirror_is_asked_for_all_of_it_from_the_beginning() {
    let path = fetch_path();
    let honest = || Server::honest(&world().0.mirror);
    let mut forger = honest();
    forger.files.targets.insert(path.clone(), b"tHe application".to_vec());
    let forger = forger
        .with(&path, Fault::BreaksOff(4, TransportKind::TooSlow))
        .with(&path, Fault::BreaksOff(2, TransportKind::TooSlow));
    let (result, traffic) = transfer(vec![forger, honest()], b"");
    assert_eq!(result.as_deref(), Ok(CONTENT));
    assert_eq!(offsets(&traffic), [(0, 0), (1, 4), (0, 0), (1, 0)]);
}

#[test]
fn a_mirror_that_failed_a_transfer_is_asked_last_for_the_next_one() {
    let (repository, mut device) = world();
    let bad = Server::honest(&repository.mirror).with(&fetch_path(), Fault::Absent);
    let mut network = Network::start(&mut device, vec![bad, Server::honest(&repository.mirror)]).unwrap();
    network.refresh().unwrap();
    let target = network.find(APP).unwrap();
    for _ in 0..2 {
        network.receive(&target, b"").unwrap();
    }
    assert_eq!(offsets(&network.traffic), [(0, 0), (1, 0), (1, 0)]);
}

#[test]
fn only_the_mirror_that_sent_what_is_at_hand_is_told_its_validator() {
    let path = fetch_path();
    let honest = || Server { validator: Some("\"tag\"".to_owned()), ..Server::honest(&world().0.mirror) };
    let told = |traffic: Vec<Traffic>| -> Vec<usize> {
        let told = traffic.into_iter().filter_map(|event| match event {
            Traffic::Validator(mirror, _) => Some(mirror),
            _ => None,
        });
        told.collect()
    };
    let (_, traffic) = transfer(vec![honest().with(&path, Fault::BreaksOff(4, TransportKind::Read))], b"");
    assert_eq!(told(traffic), [0]);
    let slow = honest().with(&path, Fault::BreaksOff(4, TransportKind::TooSlow));
    let (_, traffic) = transfer(vec![slow, honest()], b"");
    assert_eq!(told(traffic), [] as [usize; 0]);
}

#[test]
fn a_transfer_that_nobody_can_mend_says_why_and_is_not_waited_for_without_end() {
    let path = fetch_path();
    let honest = || Server::honest(&world().0.mirror);
    let drip =
        (0..20).fold(honest(), |server, _| server.with(&path, Fault::BreaksOff(1, TransportKind::Read)));
    let (result, traffic) = transfer(vec![drip], b"");
    assert_eq!(result, Err("source-unreadable".to_owned()));
    assert_eq!(offsets(&traffic), [(0, 0), (0, 1), (0, 2), (0, 3)], "three resumes");
    assert!(!traffic.contains(&Traffic::Discarded), "what came is left for the next transfer");
    let mut forger = honest();
    forger.files.targets.insert(path.clone(), b"tHe application".to_vec());
    let down = || Server::down(TransportKind::Tls);
    let (result, _) = transfer(vec![forger, honest().with(&path, Fault::Absent)], b"");
    assert_eq!(result, Err("wrong-software".to_owned()), "a refusal says more than an absence");
    let (result, _) = transfer(vec![honest().with(&path, Fault::Absent), down()], b"");
    assert_eq!(result, Err("source-tls".to_owned()), "a failure says more than an absence");
    let (result, _) = transfer(vec![honest().with(&path, Fault::Absent)], b"");
    assert_eq!(result, Err("missing-target".to_owned()));
    let (result, traffic) = transfer(vec![honest().with(&path, Fault::Serves(Vec::new()))], b"");
    assert_eq!(result, Err("wrong-software".to_owned()));
    assert!(!traffic.contains(&Traffic::Discarded), "there is nothing to be dropped");
}

#[test]
fn only_a_mirror_that_cannot_send_an_end_is_asked_for_all_of_it_and_once() {
    let path = fetch_path();
    let protocol = TransportKind::Protocol;
    let [beginning, no_end] =
        [(4, TransportKind::Read), (2, protocol)].map(|(after, kind)| Fault::BreaksOff(after, kind));
    for (faults, requests) in [
        (
            vec![beginning.clone(), no_end.clone(), beginning, no_end.clone()],
            vec![(0, 0), (0, 4), (0, 0), (0, 4)],
        ),
        (vec![no_end], vec![(0, 0)]),
        (vec![Fault::Fails(failure(protocol))], vec![(0, 0)]),
    ] {
        let honest = Server::honest(&world().0.mirror);
        let server = faults.into_iter().fold(honest, |server, fault| server.with(&path, fault));
        let (result, traffic) = transfer(vec![server], b"");
        assert_eq!(result, Err("source-protocol".to_owned()));
        assert_eq!(offsets(&traffic), requests);
    }
}

#[test]
fn an_offline_client_has_only_the_target_that_is_at_hand() {
    let repository = Repository::new();
    let mut device = Device::refreshed(&repository);
    let mut network = Network::start(&mut device, Vec::new()).unwrap();
    network.refresh().unwrap();
    let target = network.find(APP).unwrap();
    assert_eq!(network.receive(&target, CONTENT).as_deref(), Ok(CONTENT));
    for left_over in [&b""[..], b"the", b"tHe application"] {
        let error = network.receive(&target, left_over).unwrap_err();
        assert_eq!(error, ClientError::Offline { name: APP.into() });
    }
}

#[test]
fn each_error_says_in_words_what_failed() {
    let (request, path) = (RequestId(1), "bin/app");
    for (error, words) in [
        (ClientError::from(Failure::from(Misuse::NothingFound)), Misuse::NothingFound.to_string()),
        (ClientError::Transport { request, error: failure(TransportKind::Tls) }, "a test: source-tls".into()),
        (
            ClientError::Store { request, name: "timestamp.json".into() },
            "cannot read timestamp.json of the trusted store".into(),
        ),
        (
            ClientError::MissingTarget { path: path.into(), fetch_path: "bin/0.app".into() },
            "the repository has no file bin/0.app, though its metadata lists the target bin/app".into(),
        ),
        (ClientError::Offline { name: path.into() }, "bin/app is not fetched: the client is offline".into()),
    ] {
        assert_eq!(error.to_string(), words);
    }
}

/// What a transfer ends with, and its requests: mirror and offset.
type Transferred = (Result<Vec<u8>, ClientError>, Vec<(usize, u64)>);

/// What a transfer of a target of these bytes from these servers comes to.
fn transfer_of(content: &[u8], servers: impl Fn(Server, &str) -> Vec<Server>) -> Transferred {
    let mut repository = Repository::new();
    repository.add_target("targets", "large", content).publish();
    let mut device = Device::new(&repository);
    let path = format!("{}.large", sha256(content));
    let servers = servers(Server::honest(&repository.mirror), &path);
    let mut network = Network::start(&mut device, servers).unwrap();
    network.refresh().unwrap();
    let target = network.find("large").unwrap();
    let result = network.receive(&target, b"");
    let requests = offsets(&network.traffic);
    (result, requests)
}

const MEBIBYTE: usize = 1 << 20;

#[test]
fn a_mirror_that_sends_a_mebibyte_each_time_may_break_off_as_often_as_it_takes() {
    let content = vec![b'x'; 5 * MEBIBYTE];
    let (result, requests) = transfer_of(&content, |server, path| {
        let broken = Fault::BreaksOff(1 << 20, TransportKind::Read);
        vec![(0..4).fold(server, |server, _| server.with(path, broken.clone()))]
    });
    assert!(result.is_ok_and(|bytes| bytes == content));
    let mebibytes = (0..5).map(|number| (0, number << 20));
    assert_eq!(requests, mebibytes.collect::<Vec<_>>());
}

#[test]
fn a_mirror_that_begins_anew_each_time_is_not_waited_for_without_end() {
    let content = vec![b'x'; 2 * MEBIBYTE];
    let (result, requests) = transfer_of(&content, |server, path| {
        let server = Server { resumes: false, ..server };
        let broken = Fault::BreaksOff(3 << 19, TransportKind::Read);
        vec![(0..9).fold(server, |server, _| server.with(path, broken.clone()))]
    });
    assert_eq!(result.unwrap_err().code(), "source-unreadable");
    assert!(requests.len() <= 5, "{requests:?}");
}

#[test]
fn an_empty_target_is_there_only_if_a_mirror_says_so() {
    let (result, requests) = transfer_of(b"", |server, path| {
        let broken = Fault::BreaksOff(0, TransportKind::Read);
        vec![server.clone().with(path, broken), server]
    });
    assert_eq!(result, Ok(Vec::new()));
    assert_eq!(requests, [(0, 0), (1, 0)]);
}

/// 400 packages in 16,384 bins (TAP 15), and their paths. Only bins with a package are made; the snapshot lists all.
fn packages_in_bins() -> (Repository, Vec<String>, usize) {
    let bins = Succinct { authority: Authority::one("bins"), bit_length: 14, name_prefix: "bin".into() };
    let mut repository = Repository::new();
    repository.role("targets").succinct = Some(bins.clone());
    let paths: Vec<String> = (0..400).map(|number| format!("crates/package-{number}.crate")).collect();
    for path in &paths {
        repository.add_target(&bins.bin_of(path), path, path.as_bytes());
    }
    let made: BTreeSet<String> = paths.iter().map(|path| bins.bin_of(path)).collect();
    let count = made.len();
    repository.edit("snapshot", move |signed| {
        let others = bins.bins().filter(|bin| !made.contains(bin));
        let listed = others.map(|bin| (format!("{bin}.json"), Json::object([("version", 1)])));
        signed.at(&["meta"]).members().extend(listed);
    });
    repository.publish();
    (repository, paths, count)
}

/// The round trips of a lock of many packages, over a link with 50 ms of latency.
#[test]
fn a_lock_of_400_packages_asks_for_each_of_its_bins_once_and_side_by_side() {
    let (repository, paths, bins) = packages_in_bins();
    println!(
        "400 packages in {bins} of 16,384 bins: at a time, round trips and requests of the refresh, of the search"
    );
    for parallel in [1, 8, 32] {
        let mut device = Device::new(&repository);
        let servers = vec![Server::honest(&repository.mirror).taking(50)];
        let mut network = Network::start_with(&mut device, servers, parallel).unwrap();
        let begun = network.at.0;
        network.refresh().unwrap();
        let (refreshed, before) = (network.at.0, network.requests());
        assert_eq!(((refreshed - begun) / 50, before), (4, 4), "no newer root, timestamp, snapshot, targets");
        assert!(network.find_all(&paths).into_iter().all(|result| result.is_ok()));
        let (trips, requests) = ((network.at.0 - refreshed) / 50, network.requests() - before);
        println!("{parallel:2}: 4 4, {trips} {requests}");
        let asked: BTreeSet<&str> = network.asked().into_iter().map(|(_, name)| name).collect();
        assert_eq!((requests, asked.len()), (bins, bins + 4), "each bin is asked for once");
        assert_eq!(trips, u64::try_from(bins.div_ceil(parallel)).unwrap(), "{parallel} at a time");
    }
}

#[test]
fn a_hasher_says_of_pieces_what_a_host_says_of_the_whole() {
    let mut hasher = TargetHasher::new(["md5", "sha256"]);
    assert_eq!(hasher.at_hand(), at_hand(b""));
    for (written, byte) in CONTENT.iter().enumerate() {
        hasher.write(&[*byte]);
        assert_eq!(hasher.at_hand(), at_hand(&CONTENT[..=written]));
    }
    assert_eq!(hasher.at_hand(), at_hand(CONTENT), "a look takes nothing away");
}
