//! Delegated roles: names, keys, order, and what their metadata must be.

use tuf_verifier_core::Defect;

use super::judged;
use super::row::Answer::{Absent, Refuses, Takes};
use super::row::{Row, Section};
use super::signed::APP;
use super::world::{End, World};
use crate::device::Device;
use crate::drive::Answer;
use crate::expected::arbitrary_software;
use crate::json::Json;
use crate::key::Key;
use crate::repository::Repository;
use crate::role::{Authority, Delegation};

/// A target of the role `team`, to which `targets` delegates `x/*`.
pub(super) const PATH: &str = "x/app";

pub(super) fn section() -> Section {
    Section {
        title: "Delegations",
        about: "A delegated role is judged under the keys of the delegation that led to it (ADR 0005), and speaks for \
                what it was delegated alone.",
        rows: [forms(), names(), search(), diamond(), judged::rows()].into_iter().flatten().collect(),
    }
}

/// `targets` delegates `x/*` to `team`, which lists [`PATH`].
pub(super) fn with_team() -> Repository {
    let mut repository = Repository::new();
    repository
        .delegate("targets", Delegation::paths("team", &["x/*"]))
        .add_target("team", PATH, b"1")
        .publish();
    repository
}

fn malformed(edit: impl Fn(&mut Json) + 'static, field: &'static str, expected: &'static str) -> World {
    let mut repository = with_team();
    repository.edit("targets", move |signed| edit(signed.at(&["delegations"]))).publish();
    World::of(&repository).malformed("1.targets.json", Defect::Field { field, expected })
}

fn forms() -> Vec<Row> {
    vec![
        Row::of("both-paths-and-hash-prefixes", "one delegation with `paths` and with `path_hash_prefixes`")
            .measured(Refuses, Refuses)
            .because("4.5: a role has one of the two")
            .worlds(|| {
                let both = |delegations: &mut Json| {
                    delegations.at(&["roles", "0"]).set("path_hash_prefixes", Json::array(["00"]));
                };
                vec![malformed(both, "roles", "delegations by either paths or path_hash_prefixes")]
            }),
        Row::of("roles-beside-succinct-roles", "`roles` and `succinct_roles` in one role")
            .measured(Refuses, Refuses)
            .because("TAP 15: one of the two")
            .worlds(|| {
                let both = |delegations: &mut Json| {
                    let mut bins = Json::object([("bit_length", 1_u64), ("threshold", 1)]);
                    bins.set("keyids", Json::Array(vec![])).set("name_prefix", "bin");
                    delegations.set("succinct_roles", bins);
                };
                vec![malformed(both, "delegations", "an object with either roles or succinct_roles")]
            }),
        Row::of("role-delegated-to-twice", "two delegations to one name in one role")
            .measured(Refuses, Refuses)
            .because("4.5: a name would have two sets of keys at once")
            .worlds(|| {
                let twice = |delegations: &mut Json| {
                    let twin = delegations.at(&["roles", "0"]).clone();
                    delegations.at(&["roles"]).elements().push(twin);
                };
                vec![malformed(twice, "roles", "an array of roles with distinct names")]
            }),
    ]
}

fn names() -> Vec<Row> {
    vec![
        Row::of(
            "delegation-to-a-top-level-name",
            "a delegation to `root`, `timestamp`, `snapshot` or `targets`",
        )
        .measured(Refuses, Refuses)
        .because("4.5: the keys of these roles are root's alone")
        .worlds(|| ["root", "timestamp", "snapshot", "targets"].map(named).into()),
        Row::of("delegation-to-an-empty-name", "a delegation to a role whose name is empty")
            .measured(Refuses, Takes)
            .because("4.5: its file would be `.json`")
            .worlds(|| vec![named("")]),
        Row::of("role-name-that-is-a-path", "a delegated role `../x`")
            .measured(Takes, Takes)
            .because("4.5: a name is a name; its file is `1...%2Fx.json`, percent-encoded")
            .worlds(|| {
                let mut repository = Repository::new();
                repository
                    .delegate("targets", Delegation::paths("../x", &["x/*"]))
                    .add_target("../x", PATH, b"1");
                vec![World::of(repository.publish()).finding(PATH, "../x")]
            }),
    ]
}

fn named(name: &'static str) -> World {
    malformed(
        move |delegations| {
            delegations.at(&["roles", "0"]).set("name", name);
        },
        "name",
        "a role name that is not empty and not a top-level role's",
    )
}

fn search() -> Vec<Row> {
    vec![
        Row::of("target-outside-of-the-delegation", "a role that lists a target beside its paths")
            .measured(Absent, Absent)
            .because("5.6.7.1: the entry is ignored")
            .worlds(|| {
                let mut repository = with_team();
                repository.add_target("team", "y/app", b"not theirs").publish();
                vec![World::of(&repository).missing("y/app")]
            }),
        Row::of("target-inside-beside-one-outside", "the other targets of such a role")
            .measured(Takes, Takes)
            .because("5.6.7.1: what is outside does not poison what is inside, nor the repository")
            .worlds(|| {
                let mut repository = with_team();
                repository.add_target("team", "y/app", b"not theirs").publish();
                vec![World::of(&repository).finding(APP, "targets").finding(PATH, "team")]
            }),
        Row::of(
            "target-outside-of-a-delegation-further-up",
            "a role that was delegated more than its delegator has",
        )
        .measured(Absent, Absent)
        .because("5.6.7.1: every delegation on the way must cover the path")
        .worlds(|| {
            let mut repository = Repository::new();
            repository.delegate("targets", Delegation::paths("outer", &["a/*"]));
            repository
                .delegate("outer", Delegation::paths("inner", &["*/*"]))
                .add_target("inner", PATH, b"1");
            vec![World::of(repository.publish()).missing(PATH)]
        }),
        Row::of("first-delegation-before-the-second", "two roles that both list the target")
            .measured(Takes, Takes)
            .because("5.6.7.1: in the order of the delegations")
            .worlds(|| vec![World::of(&two_teams(false)).finding(PATH, "first")]),
        Row::of(
            "child-before-the-next-sibling",
            "a child of the first role, and the second role, both list the target",
        )
        .measured(Takes, Takes)
        .because("5.6.7.1: a pre-order depth-first search")
        .worlds(|| {
            let mut repository = two_teams(false);
            repository.role("first").targets.clear();
            repository
                .delegate("first", Delegation::paths("child", &["x/*"]))
                .add_target("child", PATH, b"1");
            vec![World::of(repository.publish()).finding(PATH, "child")]
        }),
        Row::of(
            "terminating-delegation",
            "a terminating role, with a child or without one, that does not list the target, before one that does",
        )
        .measured(Absent, Absent)
        .because("5.6.7.1: nothing after it may speak for the path")
        .worlds(|| {
            let mut repository = two_teams(true);
            repository.role("first").targets.clear();
            let alone = World::of(repository.publish()).missing(PATH);
            repository.delegate("first", Delegation::paths("child", &["x/*"]));
            vec![alone, World::of(repository.publish()).missing(PATH)]
        }),
        Row::of("cycle-of-delegations", "two roles that delegate to each other")
            .measured(Absent, Absent)
            .because("5.6.7.1: a role is visited once")
            .worlds(|| {
                let mut repository = Repository::new();
                repository.delegate("targets", Delegation::paths("a", &["x/*"]));
                repository.delegate("a", Delegation::paths("b", &["x/*"]));
                repository.delegate("b", Delegation::paths("a", &["x/*"]));
                vec![World::of(repository.publish()).missing(PATH)]
            }),
        Row::of("delegated-metadata-is-loaded-lazily", "a refresh, and a target that `targets` itself lists")
            .because("5.6.7: a role is fetched when a search comes to it")
            .story("fetches no delegated metadata", || {
                let repository = with_team();
                let mut device = Device::new(&repository);
                let mut drive = device.start().expect("a good root");
                drive.refresh(&repository.mirror).expect("an honest repository");
                assert!(matches!(drive.find(&repository.mirror, APP), Ok(Answer::Found(_))));
                assert_eq!(
                    drive.fetched(),
                    ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]
                );
                assert!(matches!(drive.find(&repository.mirror, PATH), Ok(Answer::Found(_))));
                assert_eq!(drive.fetched().last(), Some(&"1.team.json"));
            }),
    ]
}

/// `first` and `second` are delegated `x/*` in this order, and both list [`PATH`].
fn two_teams(first_terminates: bool) -> Repository {
    let mut repository = Repository::new();
    for name in ["first", "second"] {
        let delegation = Delegation::paths(name, &["x/*"]);
        let terminating = first_terminates && name == "first";
        repository.delegate("targets", Delegation { terminating, ..delegation });
        repository.add_target(name, PATH, name.as_bytes());
    }
    repository.publish();
    repository
}

fn diamond() -> Vec<Row> {
    vec![
        Row::of(
            "diamond-under-keys-of-both-parents",
            "one role under two parents with other keys, signed by both",
        )
        .measured(Takes, Takes)
        .because("ADR 0005: judged under each")
        .worlds(|| {
            let mut repository = two_parents();
            vec![World::of(repository.publish()).finding("a/app", "shared").finding("b/app", "shared")]
        }),
        Row::of(
            "diamond-under-keys-of-one-parent",
            "the same, signed by the first parent's key alone, asked for as the second's",
        )
        .measured(Refuses, Refuses)
        .because("ADR 0005: what one parent's keys vouch for says nothing about the other's")
        .worlds(|| {
            let mut repository = two_parents();
            repository.sign_with("shared", &[Key::new("shared of a")]).publish();
            let refused = End::Refused(arbitrary_software("shared", ("b", 1), 1, 0));
            vec![World::of(&repository).finding("a/app", "shared").looking_for("b/app", refused)]
        }),
    ]
}

/// `a` and `b` delegate to `shared`, each with another key.
pub(super) fn two_parents() -> Repository {
    let mut repository = Repository::new();
    for (parent, paths) in [("a", "a/*"), ("b", "b/*")] {
        repository.delegate("targets", Delegation::paths(parent, &[paths]));
        let mut shared = Delegation::paths("shared", &[paths]);
        shared.authority = Authority::one(&format!("shared of {parent}"));
        repository.delegate(parent, shared);
    }
    repository.add_target("shared", "a/app", b"1").add_target("shared", "b/app", b"2");
    repository
}
