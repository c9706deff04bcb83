//! 5.6.7, the pre-order depth-first search for a target.

use tuf_tests::expected::{arbitrary_software, missing};
use tuf_tests::{Answer, Delegation, Device, Mirror, Repository};
use tuf_verifier_core::NotFound;

/// Searches on a new device, and says what was found in which role, and which delegated files were fetched for it.
fn search(mirror: &Mirror, path: &str) -> (Result<String, NotFound>, Vec<String>) {
    let mut device = Device::new_for(mirror);
    let mut drive = device.start().unwrap();
    drive.refresh(mirror).unwrap();
    let before = drive.fetched().len();
    let answer = match drive.find(mirror, path).unwrap() {
        Answer::Found(target) => Ok(target.role.into()),
        Answer::NotFound(reason) => Err(reason),
    };
    (answer, drive.fetched()[before..].iter().map(|&name| name.into()).collect())
}

/// `targets` delegates to `a`, `b` and `c`; `a` to `a1` and `a2`; `b` to `b1`: everything below `x/`.
fn tree() -> Repository {
    let mut repository = Repository::new();
    for (delegator, name) in
        [("targets", "a"), ("targets", "b"), ("targets", "c"), ("a", "a1"), ("a", "a2"), ("b", "b1")]
    {
        repository.delegate(delegator, Delegation::paths(name, &["x/*"]));
    }
    repository
}

const PRE_ORDER: [&str; 6] = ["1.a.json", "1.a1.json", "1.a2.json", "1.b.json", "1.b1.json", "1.c.json"];

#[test]
fn step_5_6_7_searches_in_pre_order() {
    let mut repository = tree();
    let (answer, fetched) = search(&repository.publish().mirror, "x/none");
    assert_eq!((answer, fetched), (Err(NotFound::Absent), PRE_ORDER.map(String::from).to_vec()));
}

#[test]
fn step_5_6_7_begins_with_the_top_level_role() {
    let mut repository = tree();
    repository.add_target("targets", "x/app", b"1").add_target("a", "x/app", b"2");
    let (answer, fetched) = search(&repository.publish().mirror, "x/app");
    assert_eq!((answer, fetched), (Ok("targets".into()), vec![]));
}

#[test]
fn step_5_6_7_fetches_nothing_that_is_not_delegated_the_path() {
    let mut repository = tree();
    let (answer, fetched) = search(&repository.publish().mirror, "y/app");
    assert_eq!((answer, fetched), (Err(NotFound::Absent), vec![]));
}

#[test]
fn step_5_6_7_reports_delegated_metadata_that_cannot_be_validated() {
    let honest = tree().add_target("b", "x/app", b"1").publish().clone();
    let mut forged = honest.clone();
    forged.sign_with("a1", &[]).publish();
    let withheld = honest.mirror.clone().withholding("1.a2.json");
    let mut device = Device::new(&honest);
    let mut drive = device.start().unwrap();
    drive.refresh(&honest.mirror).unwrap();
    let failure = drive.find(&forged.mirror, "x/app").unwrap_err();
    assert_eq!(failure, arbitrary_software("a1", ("a", 1), 1, 0));
    let failure = drive.search(&withheld).unwrap_err();
    assert_eq!(failure, missing("1.a2.json"));
    assert!(matches!(drive.search(&honest.mirror), Ok(Answer::Found(_))));
    assert!(drive.persisted().ends_with(&["targets.json", "a.json", "a1.json", "a2.json", "b.json"]));
}

#[test]
fn step_5_6_7_lets_another_search_follow_a_failed_one() {
    let mut repository = tree();
    repository.add_target("c", "x/app", b"1").publish();
    let withheld = repository.mirror.clone().withholding("1.a.json");
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(drive.find(&withheld, "x/app").unwrap_err(), missing("1.a.json"));
    assert!(matches!(drive.find(&withheld, "app-1.0.tar.gz"), Ok(Answer::Found(_))));
    assert!(matches!(drive.find(&repository.mirror, "x/app"), Ok(Answer::Found(_))));
}

#[test]
fn step_5_6_7_1_visits_a_role_once() {
    let mut repository = tree();
    repository.delegate("b1", Delegation::paths("a", &["x/*"]));
    repository.delegate("a1", Delegation::paths("a1", &["x/*"]));
    let (answer, fetched) = search(&repository.publish().mirror, "x/none");
    assert_eq!((answer, fetched), (Err(NotFound::Absent), PRE_ORDER.map(String::from).to_vec()));
}

#[test]
fn step_5_6_7_1_ends_at_the_most_roles_and_says_so() {
    let mut repository = tree();
    repository.add_target("b", "x/app", b"1").publish();
    for (budget, found) in [(3, false), (4, true)] {
        let mut device = Device::new(&repository);
        device.settings.max_delegations = budget;
        let answer = device.find(&repository.mirror, "x/app").unwrap();
        match answer {
            Answer::Found(target) => assert!(found && *target.role == *"b"),
            Answer::NotFound(reason) => {
                assert!(!found);
                assert_eq!(reason, NotFound::BudgetSpent { visited: 3 });
            }
        }
    }
}

#[test]
fn step_5_6_7_1_does_not_blame_the_budget_where_no_role_was_left() {
    let repository = tree().publish().clone();
    let mut device = Device::new(&repository);
    device.settings.max_delegations = 6;
    assert_eq!(device.find(&repository.mirror, "x/none").unwrap(), Answer::NotFound(NotFound::Absent));
    device.settings.max_delegations = 0;
    assert_eq!(device.find(&repository.mirror, "y").unwrap(), Answer::NotFound(NotFound::Absent));
}

#[test]
fn step_5_6_7_1_visits_32_delegated_roles_unless_told_otherwise() {
    let mut repository = Repository::new();
    for role in 0..33 {
        repository.delegate("targets", Delegation::paths(&format!("role-{role}"), &["x/*"]));
    }
    let (answer, fetched) = search(&repository.publish().mirror, "x/none");
    assert_eq!((answer, fetched.len()), (Err(NotFound::BudgetSpent { visited: 32 }), 32));
}

#[test]
fn step_5_6_7_1_takes_the_target_of_the_first_role_that_lists_it() {
    let mut repository = tree();
    repository.add_target("a2", "x/app", b"1").add_target("b", "x/app", b"2").publish();
    let (answer, fetched) = search(&repository.mirror, "x/app");
    assert_eq!((answer, fetched.len()), (Ok("a2".into()), 3));
}

#[test]
fn step_5_6_7_2_searches_delegations_in_order_of_appearance() {
    for (order, first) in [(["z", "a"], "z"), (["a", "z"], "a")] {
        let mut repository = Repository::new();
        for name in order {
            repository.delegate("targets", Delegation::paths(name, &["x/*"])).add_target(name, "x/app", b"1");
        }
        let (answer, _) = search(&repository.publish().mirror, "x/app");
        assert_eq!(answer, Ok(first.into()));
    }
}

#[test]
fn step_5_6_7_2_1_a_terminating_delegation_ends_the_whole_search() {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("a", &["x/*"]));
    repository.delegate("a", Delegation::paths("a1", &["x/*"]).terminating());
    repository.delegate("a1", Delegation::paths("a11", &["x/*"]));
    repository.delegate("a", Delegation::paths("a2", &["x/*"]));
    repository.delegate("targets", Delegation::paths("b", &["x/*"]));
    repository.add_target("a2", "x/app", b"1").add_target("b", "x/app", b"1").publish();
    let (answer, fetched) = search(&repository.mirror, "x/app");
    assert_eq!(answer, Err(NotFound::Absent));
    assert_eq!(
        fetched,
        ["1.a.json", "1.a1.json", "1.a11.json"],
        "its descendants are searched, nothing else"
    );
}

#[test]
fn step_5_6_7_2_1_a_terminating_delegation_does_not_matter_for_other_paths() {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("a", &["y/*"]).terminating());
    repository.delegate("targets", Delegation::paths("b", &["x/*"]));
    repository.add_target("b", "x/app", b"1").publish();
    assert_eq!(search(&repository.mirror, "x/app").0, Ok("b".into()));
}

#[test]
fn step_5_6_7_2_1_a_terminating_delegation_finds_what_it_lists() {
    let mut repository = Repository::new();
    repository.delegate("targets", Delegation::paths("a", &["x/*"]).terminating());
    repository.add_target("a", "x/app", b"1").publish();
    assert_eq!(search(&repository.mirror, "x/app").0, Ok("a".into()));
}

#[test]
fn step_5_6_7_2_2_another_delegation_lets_the_search_go_on() {
    let mut repository = tree();
    repository.add_target("c", "x/app", b"1").publish();
    let (answer, fetched) = search(&repository.mirror, "x/app");
    assert_eq!((answer, fetched), (Ok("c".into()), PRE_ORDER.map(String::from).to_vec()));
}
