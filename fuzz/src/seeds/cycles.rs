//! Seeds that are plans: chains of root metadata, and acts of a host.

use super::Seed;
use crate::client_sequence::Act as ClientAct;
use crate::offer_sequence::{Act, HONEST};
use crate::root_chain::{Plan, Step};

pub(super) fn seeds() -> Vec<Seed> {
    let chain = |(name, plans): (&str, Vec<Plan>)| {
        let records: Vec<_> = plans.iter().map(Plan::bytes).collect();
        Seed::new("root_chain", name, records.concat())
    };
    let host = |(name, acts): (String, Vec<Act>)| {
        let records: Vec<_> = acts.into_iter().map(Act::bytes).collect();
        Seed::new("offer_sequence", &name, records.concat())
    };
    let client = |(name, acts): (&str, Vec<ClientAct>)| {
        let records: Vec<_> = acts.into_iter().map(ClientAct::bytes).collect();
        Seed::new("client_sequence", name, records.concat())
    };
    let chains = chains().into_iter().map(chain);
    chains.chain(hosts().into_iter().map(host)).chain(clients().into_iter().map(client)).collect()
}

fn chains() -> Vec<(&'static str, Vec<Plan>)> {
    const GOOD: Plan = Plan::GOOD;
    let stored = Plan { stored: true, ..GOOD };
    let rotated = Plan { listed: 0b1100, signers: 0b1111, ..GOOD };
    let by_new_keys = Plan { listed: 0b1100, signers: 0b1100, ..GOOD };
    let twin = Plan { listed: 1, lists_twin: true, signers: 1, signed_by_twin: true, ..GOOD };
    vec![
        ("a_chain_of_three", vec![GOOD, GOOD, GOOD]),
        ("other_keys_signed_by_both", vec![GOOD, rotated.clone(), by_new_keys.clone()]),
        ("other_keys_signed_by_the_new_alone", vec![GOOD, by_new_keys]),
        ("other_keys_signed_by_the_old_alone", vec![GOOD, Plan { signers: 0b11, ..rotated }]),
        ("one_signature_of_two", vec![GOOD, Plan { signers: 1, ..GOOD }]),
        ("a_signature_of_other_bytes", vec![GOOD, Plan { broken: 1, ..GOOD }]),
        (
            "one_key_under_two_keyids",
            vec![Plan { threshold: 1, ..twin.clone() }, Plan { threshold: 2, ..twin }],
        ),
        ("a_keyid_without_a_key", vec![GOOD, Plan { lists_ghost: true, ..GOOD }]),
        ("a_keyid_twice", vec![GOOD, Plan { repeats_keyid: true, ..GOOD }]),
        ("a_signature_twice", vec![GOOD, Plan { repeats_signature: true, ..GOOD }]),
        ("a_threshold_of_nothing", vec![GOOD, Plan { threshold: 0, ..GOOD }]),
        ("a_threshold_that_cannot_be_met", vec![GOOD, Plan { threshold: 3, ..GOOD }]),
        ("a_version_left_out", vec![GOOD, Plan { step: Step::Skip, ..GOOD }, GOOD]),
        ("the_same_version", vec![GOOD, Plan { step: Step::Same, ..GOOD }, GOOD]),
        ("an_older_version", vec![GOOD, GOOD, Plan { step: Step::Back, ..GOOD }]),
        ("an_expired_one_in_the_middle", vec![GOOD, Plan { expired: true, ..GOOD }, GOOD]),
        ("an_expired_one_at_the_end", vec![GOOD, Plan { expired: true, ..GOOD }]),
        ("another_timestamp_key", vec![GOOD, Plan { other_timestamp_key: true, ..GOOD }, GOOD]),
        ("stored_ones_first", vec![GOOD, stored.clone(), stored.clone(), GOOD]),
        ("a_stored_one_that_is_refused", vec![GOOD, Plan { signers: 0, ..stored }, GOOD]),
        ("more_than_the_limit", vec![GOOD; 9]),
    ]
}

fn hosts() -> Vec<(String, Vec<Act>)> {
    let answers = |mirror: u8, count: usize| vec![Act::Answer { mirror }; count];
    let search = |path: u8, mirror: u8| {
        [vec![Act::Find { path }], answers(mirror, 8), vec![Act::Check { mirror }]].concat()
    };
    let restart = |half_days: u8, settings: u8| vec![Act::Restart { half_days, settings }];
    let refreshed = |mirror: u8| vec![Act::Become { mirror }];
    let latest = HONEST - 1;
    let mut hosts = vec![("honest".to_owned(), [answers(latest, 20), search(1, latest)].concat())];
    for path in 0..8 {
        hosts.push((format!("honest_path_{path}"), [refreshed(latest), search(path, latest)].concat()));
    }
    for mirror in 0..HONEST + 17 {
        let then = [answers(mirror, 20), search(1, mirror)].concat();
        hosts.push((format!("mirror_{mirror}_first"), then.clone()));
        hosts.push((format!("mirror_{mirror}_later"), [refreshed(1), restart(0, 0), then].concat()));
    }
    for (name, settings, half_days) in [
        ("offline", 0b100, 0),
        ("offline_and_expired", 0b100, 9),
        ("bundle", 0b1000, 0),
        ("fresh", 0b1_0000, 1),
    ] {
        let again = [restart(half_days, settings), answers(latest, 16), search(1, latest)].concat();
        hosts.push((name.into(), [refreshed(latest), search(1, latest), again].concat()));
    }
    let limits = [restart(0, 0b11), answers(latest, 20), search(2, latest)].concat();
    hosts.push(("one_root_and_one_role".into(), limits));
    let damaged = [refreshed(latest), restart(0, 0), vec![Act::Garbage([0; 5]); 12], answers(latest, 20)];
    hosts.push(("a_damaged_store".into(), damaged.concat()));
    let each = |act: Act| (0..20).flat_map(|_| [act, Act::Answer { mirror: latest }]).collect();
    hosts.push(("each_file_changed_first".into(), each(Act::Changed { mirror: latest, at: 300, with: 1 })));
    hosts.push(("the_wrong_files".into(), each(Act::Other { mirror: latest, file: 3 })));
    hosts.push(("files_that_are_not_there".into(), each(Act::Absent)));
    hosts
}

/// Hosts of clients. The end of each is honest, so that a few acts are enough.
fn clients() -> Vec<(&'static str, Vec<ClientAct>)> {
    use ClientAct::{
        Abandon, Absent, Answer, Changed, Check, Confuse, Drop, Failed, Find, Other, Receive, Restart,
        Stream, Wait,
    };
    let mirror = HONEST - 1;
    let answers = |count: usize| vec![Answer { which: 0, mirror }; count];
    let found = |then: Vec<ClientAct>| {
        [answers(30), vec![Find { path: 0 }, Find { path: 1 }, Find { path: 3 }], answers(12), then].concat()
    };
    let receive = |left_over| Receive { which: 0, mirror, left_over };
    let part = |bytes, kind, anew| Stream { which: 0, mirror, bytes, kind, anew };
    vec![
        ("honest", found(vec![receive(0), answers(1)[0]])),
        ("side_by_side", found(vec![receive(0), receive(0), Answer { which: 1, mirror }])),
        ("left_over", found(vec![receive(4), answers(1)[0], receive(255)])),
        ("broken_off", found(vec![receive(0), part(3, 1, false), part(2, 12, false), part(1, 4, true)])),
        ("a_changed_target", found(vec![receive(0), Changed { which: 0, mirror, at: 3 }])),
        ("another_target", found(vec![receive(0), Other { which: 0, mirror, file: 2 }])),
        ("no_target", found(vec![receive(0), Absent { which: 0 }, Absent { which: 0 }])),
        (
            "abandoned",
            found(vec![
                receive(0),
                Abandon { which: 0 },
                receive(0),
                part(3, 1, false),
                Abandon { which: 1 },
            ]),
        ),
        ("dropped", found(vec![receive(0), Drop { which: 0 }, receive(0), Check { which: 0, mirror }])),
        ("checked", found(vec![Check { which: 0, mirror }, Check { which: 1, mirror: 0 }])),
        ("confused", found(vec![Confuse { which: 0 }, receive(0), Confuse { which: 0 }])),
        ("nobody_answers", vec![Failed { which: 0, kind: 2, retry_after: 0 }; 40]),
        (
            "busy",
            [vec![Failed { which: 0, kind: 11, retry_after: 9 }, Wait { milliseconds: 9_000 }], answers(20)]
                .concat(),
        ),
        ("changed_metadata", [Changed { which: 0, mirror, at: 200 }, Answer { which: 0, mirror }].repeat(20)),
        ("withheld", [answers(4), vec![Absent { which: 0 }; 20]].concat()),
        ("offline", [found(vec![]), vec![Restart { half_days: 0, settings: 0b100, options: 0 }]].concat()),
        (
            "resumed",
            [answers(30), vec![Restart { half_days: 0, settings: 0, options: 0b1_0010 }], answers(10)]
                .concat(),
        ),
        (
            "bundles",
            [vec![Restart { half_days: 0, settings: 0, options: 0b1000_1011 }], answers(30)].concat(),
        ),
        ("one_at_a_time", [vec![Restart { half_days: 0, settings: 0, options: 1 }], answers(30)].concat()),
    ]
}
