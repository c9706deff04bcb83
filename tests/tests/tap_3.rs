//! TAP 3, multi-role delegations: several roles must say the same of a target.

use tuf_tests::expected::{arbitrary_software, missing};
use tuf_tests::{
    Answer, Authority, Delegation, Device, Json, Key, Mirror, MultiRole, Repository, TargetFile, sha256,
    sha512,
};
use tuf_verifier_core::{NotFound, Target};

const PATH: &str = "x/app";

/// `targets` delegates `x/*` to these roles, so many of which must agree. Each lists [`PATH`] with its content, if any.
fn repository(agreement: u64, roles: &[(&str, Option<&[u8]>)]) -> Repository {
    let names: Vec<&str> = roles.iter().map(|(name, _)| *name).collect();
    let mut repository = Repository::new();
    repository.delegate_to_roles("targets", MultiRole::new("release", agreement, &names, &["x/*"]));
    for (name, content) in roles {
        content.map(|content| repository.add_target(name, PATH, content));
    }
    repository
}

fn terminating(agreement: u64, roles: &[(&str, Option<&[u8]>)]) -> Repository {
    let mut repository = repository(agreement, roles);
    repository.role("targets").multi_role[0].terminating = true;
    repository
}

/// Searches on a new device.
fn search(repository: &mut Repository) -> Answer {
    let mirror = &repository.publish().mirror;
    Device::new_for(mirror).find(mirror, PATH).unwrap()
}

/// The role that lists the target, and the digest.
fn found(answer: Answer) -> (String, String) {
    match answer {
        Answer::Found(Target { role, hashes, .. }) => (role.into(), hashes[0].digest.as_ref().into()),
        Answer::NotFound(reason) => panic!("{reason:?}"),
    }
}

fn disagreement(delegation: &str) -> Answer {
    Answer::NotFound(NotFound::Disagreement { delegation: delegation.into() })
}

const ABSENT: Answer = Answer::NotFound(NotFound::Absent);

/// Delegated files fetched by a search on a new device, in order.
fn fetched(mirror: &Mirror) -> Vec<String> {
    let mut device = Device::new_for(mirror);
    let mut drive = device.start().unwrap();
    drive.refresh(mirror).unwrap();
    let before = drive.fetched().len();
    drive.find(mirror, PATH).unwrap();
    drive.fetched()[before..].iter().map(|&name| name.into()).collect()
}

#[test]
fn accepts_a_target_on_which_all_roles_agree() {
    let mut repository = repository(2, &[("a", Some(b"1")), ("b", Some(b"1"))]);
    assert_eq!(found(search(&mut repository)), ("a".into(), sha256(b"1")));
}

#[test]
fn accepts_the_winner_as_the_earliest_role_describes_it() {
    let mut repository = repository(2, &[("a", None), ("b", Some(b"1")), ("c", Some(b"1"))]);
    for role in ["b", "c"] {
        repository.role(role).targets[0].custom = Some(Json::object([("by", role)]));
    }
    let Answer::Found(target) = search(&mut repository) else { panic!("two of three agree") };
    assert_eq!((&*target.role, target.custom.as_deref()), ("b", Some(r#"{"by":"b"}"#)));
}

/// The example of the proposal: competing answers, each agreed on by two of four roles.
#[test]
fn accepts_the_answer_of_the_most_prior_role_that_enough_agree_with() {
    for (contents, agreement, winner) in [
        ([b"1", b"2", b"2", b"1"], 2, Some(("a", b"1"))),
        ([b"2", b"1", b"1", b"2"], 2, Some(("a", b"2"))),
        ([b"3", b"2", b"1", b"1"], 2, Some(("c", b"1"))),
        ([b"3", b"1", b"1", b"1"], 3, Some(("b", b"1"))),
        ([b"1", b"2", b"2", b"2"], 1, Some(("a", b"1"))),
        ([b"1", b"2", b"2", b"1"], 3, None),
    ] {
        let [a, b, c, d] = contents.map(|content| Some(content.as_slice()));
        let answer = search(&mut terminating(agreement, &[("a", a), ("b", b), ("c", c), ("d", d)]));
        match winner {
            Some((role, content)) => assert_eq!(found(answer), (role.into(), sha256(content))),
            None => assert_eq!(answer, disagreement("release")),
        }
    }
}

#[test]
fn asks_every_role_even_where_enough_agree_already() {
    let mut repository = repository(1, &[("a", Some(b"1")), ("b", Some(b"1")), ("c", None)]);
    assert_eq!(fetched(&repository.publish().mirror), ["1.a.json", "1.b.json", "1.c.json"]);
}

/// The keys of `b` were stolen: its metadata names other software.
#[test]
fn recovers_from_one_compromised_role_of_two() {
    let mut honest = terminating(2, &[("a", Some(b"good")), ("b", Some(b"good"))]);
    let mut evil = honest.with_stolen_keys_of(&["timestamp", "snapshot", "targets", "b"]);
    evil.add_target("b", PATH, b"evil").sign_with("a", &[Key::new("a")]);
    let mut device = Device::new_for(&honest.publish().mirror);
    assert_eq!(device.find(&evil.publish().mirror, PATH), Ok(disagreement("release")));
    evil.add_target("a", PATH, b"evil").sign_with("a", &[Key::new("b")]);
    let failure = Device::new(&honest).find(&evil.publish().mirror, PATH).unwrap_err();
    assert_eq!(failure, arbitrary_software("a", ("targets", 1), 1, 0));
    assert_eq!(found(search(&mut honest)).1, sha256(b"good"));
}

/// Were a withheld role passed over, the man in the middle would choose the winner.
#[test]
fn recovers_from_a_withheld_role() {
    let mut honest =
        terminating(2, &[("a", Some(b"1")), ("b", Some(b"2")), ("c", Some(b"2")), ("d", Some(b"1"))]);
    honest.publish();
    let mut forged = honest.clone();
    forged.sign_with("d", &[]).publish();
    let mut device = Device::new(&honest);
    let mut drive = device.start().unwrap();
    drive.refresh(&honest.mirror).unwrap();
    let withheld = honest.mirror.clone().withholding("1.a.json");
    assert_eq!(drive.find(&withheld, PATH).unwrap_err(), missing("1.a.json"));
    let failure = drive.search(&forged.mirror).unwrap_err();
    assert_eq!(failure, arbitrary_software("d", ("targets", 1), 1, 0));
    assert_eq!(found(drive.search(&honest.mirror).unwrap()), ("a".into(), sha256(b"1")));
}

#[test]
fn rejects_agreement_on_anything_but_the_same_length_and_the_same_hashes() {
    let other_length = |target: &mut TargetFile| target.length += 1;
    let other_digest = |target: &mut TargetFile| target.hashes[0].1 = sha256(b"2");
    let more_hashes = |target: &mut TargetFile| target.hashes.push(("sha512".into(), sha512(b"1")));
    let another_algorithm = |target: &mut TargetFile| target.hashes[0] = ("sha512".into(), sha512(b"1"));
    let edits: [fn(&mut TargetFile); 4] = [other_length, other_digest, more_hashes, another_algorithm];
    for edit in edits {
        let mut repository = terminating(2, &[("a", Some(b"1")), ("b", Some(b"1"))]);
        edit(&mut repository.role("b").targets[0]);
        assert_eq!(search(&mut repository), disagreement("release"));
    }
}

#[test]
fn accepts_hashes_in_any_order() {
    let mut repository = terminating(2, &[("a", Some(b"1")), ("b", Some(b"1"))]);
    let sha512 = ("sha512".to_owned(), sha512(b"1"));
    repository.role("a").targets[0].hashes.push(sha512.clone());
    repository.role("b").targets[0].hashes.insert(0, sha512);
    assert_eq!(found(search(&mut repository)).0, "a");
}

#[test]
fn rejects_a_target_that_too_few_roles_list() {
    for roles in [[("a", Some(b"1".as_slice())), ("b", None)], [("a", None), ("b", Some(b"1"))]] {
        assert_eq!(search(&mut terminating(2, &roles)), disagreement("release"));
        assert_eq!(search(&mut repository(2, &roles)), ABSENT);
    }
}

#[test]
fn answers_absent_where_no_role_lists_the_target() {
    let mut repository = terminating(1, &[("a", None), ("b", None)]);
    let later = MultiRole::new("later", 1, &["c"], &["x/*"]);
    repository.delegate_to_roles("targets", later).add_target("c", PATH, b"1");
    assert_eq!(search(&mut repository), ABSENT);
}

#[test]
fn a_delegation_without_agreement_lets_the_search_go_on_unless_it_is_terminating() {
    let mut repository = repository(2, &[("a", Some(b"1")), ("b", Some(b"2"))]);
    repository.delegate_to_roles("targets", MultiRole::new("later", 1, &["b"], &["x/*"]));
    assert_eq!(found(search(&mut repository)), ("b".into(), sha256(b"2")));
    repository.role("targets").multi_role[0].terminating = true;
    assert_eq!(search(&mut repository), disagreement("release"));
}

#[test]
fn a_terminating_delegation_below_a_role_ends_the_search_too() {
    for (inner, answer) in [(None, ABSENT), (Some(b"2"), disagreement("release"))] {
        let mut repository = repository(2, &[("a", None), ("b", None)]);
        repository.delegate("a", Delegation::paths("a1", &["x/*"]).terminating());
        inner.map(|content| repository.add_target("a1", PATH, content));
        repository.delegate("a", Delegation::paths("a2", &["x/*"])).add_target("a2", PATH, b"1");
        repository.delegate_to_roles("targets", MultiRole::new("later", 1, &["c"], &["x/*"]));
        repository.add_target("c", PATH, b"1");
        assert_eq!(search(&mut repository), answer);
    }
}

#[test]
fn does_not_ask_roles_that_are_not_delegated_the_path() {
    let mut repository = repository(1, &[("a", Some(b"1"))]);
    repository.role("targets").multi_role[0].paths = Some(vec!["y/*".into()]);
    assert_eq!(search(&mut repository), ABSENT);
    assert_eq!(fetched(&repository.mirror), Vec::<String>::new());
}

#[test]
fn a_role_answers_by_its_delegations_too() {
    let mut repository = repository(2, &[("a", None), ("b", Some(b"1"))]);
    repository.delegate("a", Delegation::paths("a1", &["x/*"]));
    repository.delegate("a1", Delegation::paths("a11", &["x/*"])).add_target("a11", PATH, b"1");
    assert_eq!(found(search(&mut repository)).0, "a11");
    let order = ["1.a.json", "1.a1.json", "1.a11.json", "1.b.json"];
    assert_eq!(fetched(&repository.mirror), order);
}

#[test]
fn roles_may_share_a_role_that_they_delegate_to() {
    let mut repository = repository(2, &[("a", None), ("b", None)]);
    for role in ["a", "b"] {
        repository.delegate(role, Delegation::paths("shared", &["x/*"]));
    }
    repository.add_target("shared", PATH, b"1");
    assert_eq!(found(search(&mut repository)).0, "shared");
    assert_eq!(fetched(&repository.mirror), ["1.a.json", "1.shared.json", "1.b.json"]);
}

#[test]
fn a_role_of_two_delegations_is_judged_under_the_keys_of_each() {
    let mut repository = repository(1, &[("a", None)]);
    let mut later = MultiRole::new("later", 1, &["a"], &["x/*"]);
    later.roles[0].1 = Authority::one("another key");
    repository.delegate_to_roles("targets", later).sign_with("a", &[Key::new("a")]).publish();
    let failure = Device::new(&repository).find(&repository.mirror, PATH).unwrap_err();
    assert_eq!(failure, arbitrary_software("a", ("targets", 1), 1, 0));
}

#[test]
fn a_role_on_the_way_to_the_delegation_is_not_asked_again() {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("a", &["x/*"]));
    repository.delegate_to_roles("a", MultiRole::new("both", 2, &["a", "b"], &["x/*"]).terminating());
    repository.add_target("b", PATH, b"1");
    assert_eq!(search(&mut repository), disagreement("both"));
    assert_eq!(fetched(&repository.mirror), ["1.a.json", "1.b.json"]);
}

#[test]
fn delegations_to_several_roles_may_follow_one_another() {
    let mut repository = repository(2, &[("a", None), ("b", Some(b"1"))]);
    repository.delegate_to_roles("a", MultiRole::new("inner", 2, &["c", "d"], &["x/*"]).terminating());
    repository.add_target("c", PATH, b"1").add_target("d", PATH, b"1");
    assert_eq!(found(search(&mut repository)), ("c".into(), sha256(b"1")));
    repository.add_target("d", PATH, b"2").role("b").targets.clear();
    assert_eq!(search(&mut repository), disagreement("inner"));
}

#[test]
fn every_visit_counts_against_the_budget() {
    let mut repository = repository(2, &[("a", None), ("b", None)]);
    for role in ["a", "b"] {
        repository.delegate(role, Delegation::paths("shared", &["x/*"]));
    }
    repository.add_target("shared", PATH, b"1").publish();
    for (budget, answer) in [(3, Some(NotFound::BudgetSpent { visited: 3 })), (4, None)] {
        let mut device = Device::new(&repository);
        device.settings.max_delegations = budget;
        match (device.find(&repository.mirror, PATH).unwrap(), answer) {
            (Answer::Found(_), None) => {}
            (Answer::NotFound(reason), Some(expected)) => assert_eq!(reason, expected),
            (other, _) => panic!("{budget}: {other:?}"),
        }
    }
}

/// Each role delegates to the next one, in a multi-role delegation inside of a multi-role delegation, and so on.
#[test]
fn recovers_from_endless_delegations_whatever_the_budget() {
    const DEPTH: u32 = 1_500;
    let mut repository = repository(1, &[("role-0", None)]);
    for number in 1..DEPTH {
        let next = MultiRole::new("next", 1, &[&format!("role-{number}")], &["x/*"]);
        repository.delegate_to_roles(&format!("role-{}", number - 1), next);
    }
    let mirror = repository.publish().mirror.clone();
    let search = move || {
        let mut device = Device::new_for(&mirror);
        device.settings.max_delegations = u32::MAX;
        device.find(&mirror, PATH).unwrap()
    };
    let name = "a small stack".to_owned();
    let small = std::thread::Builder::new().name(name).stack_size(192 * 1024).spawn(search).unwrap();
    assert_eq!(small.join().unwrap(), ABSENT);
}

#[test]
fn accepts_stored_roles_without_fetching_them_again() {
    let mut repository = repository(2, &[("a", Some(b"1")), ("b", Some(b"1"))]);
    let mut device = Device::new_for(&repository.publish().mirror);
    device.find(&repository.mirror, PATH).unwrap();
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    drive.find(&repository.mirror, PATH).unwrap();
    assert_eq!(drive.fetched(), ["2.root.json", "timestamp.json"]);
}
