//! Who may speak for a target path.

use super::Looked::{Absent, Verified};
use super::{Expected, Looked, Scenario};
use crate::{Bins, Plan, Role};

use sha2::{Digest, Sha256};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        scenario(
            "finds_through_nested_delegations",
            nested(),
            &["alpha/deep/two", "alpha/deep/none"],
            &[Verified, Absent],
        ),
        scenario("takes_the_first_of_two_delegations", shared(true, false), &["shared/file"], &[Verified]),
        scenario(
            "goes_on_after_a_delegation_without_the_target",
            shared(false, false),
            &["shared/file"],
            &[Verified],
        ),
        scenario("ends_with_a_terminating_delegation", shared(false, true), &["shared/file"], &[Absent]),
        scenario(
            "ignores_targets_that_were_not_delegated",
            not_delegated(),
            &["beta/one", "readme.txt"],
            &[Absent, Verified],
        ),
        scenario("does_not_match_patterns_across_slashes", across_slashes(), &["alpha/deep/two"], &[Absent]),
        scenario(
            "matches_question_marks_and_stars",
            patterns(),
            &["p/a-1.txt", "p/a-12.txt", "p/b.txt"],
            &[Verified, Absent, Absent],
        ),
        scenario("finds_through_a_cycle", cycle(), &["x/one", "x/none"], &[Verified, Absent]),
        scenario(
            "finds_by_hash_prefixes",
            hash_prefixes(),
            &["h/0", "h/1", "h/2", "h/none"],
            &[Verified, Verified, Verified, Absent],
        ),
        scenario(
            "finds_in_succinct_bins",
            bins(),
            &["h/0", "h/1", "h/2", "h/none"],
            &[Verified, Verified, Verified, Absent],
        ),
        scenario("finds_under_a_role_name_with_a_slash", slash(), &["bin/tool"], &[Verified]),
        scenario("demands_the_threshold_of_a_delegation", threshold(), &["alpha/one"], &[Verified]),
    ]
}

fn scenario(name: &str, plan: Plan, targets: &[&str], looked: &'static [Looked]) -> Scenario {
    Scenario::new(name, plan).looking_for(targets).ends(Expected::Accepted(looked))
}

fn nested() -> Plan {
    Plan::standard().with(|release| {
        release.role("alpha").paths = Some(vec!["alpha/*".to_owned(), "alpha/*/*".to_owned()]);
        release.add(Role::delegated("deep", "alpha", &["alpha/deep/*"]).file("alpha/deep/two", "two\n"));
    })
}

/// Two roles for `shared/*`: the first lists the file or not, and ends the search or not.
fn shared(first_lists: bool, first_terminates: bool) -> Plan {
    Plan::standard().with(|release| {
        let mut first = Role::delegated("first", "targets", &["shared/*"]);
        first.terminating = first_terminates;
        release.add(if first_lists { first.file("shared/file", "first\n") } else { first });
        release.add(Role::delegated("second", "targets", &["shared/*"]).file("shared/file", "second\n"));
    })
}

fn not_delegated() -> Plan {
    Plan::standard().with(|release| {
        release.role("alpha").files.insert("beta/one".to_owned(), "not for alpha to say\n".to_owned());
    })
}

fn across_slashes() -> Plan {
    Plan::standard().with(|release| {
        release.role("alpha").files.insert("alpha/deep/two".to_owned(), "two\n".to_owned());
    })
}

fn patterns() -> Plan {
    Plan::standard().with(|release| {
        let role = Role::delegated("patterns", "targets", &["p/a-?.t*"]);
        release.add(
            ["p/a-1.txt", "p/a-12.txt", "p/b.txt"].iter().fold(role, |role, path| role.file(path, path)),
        );
    })
}

fn cycle() -> Plan {
    Plan::standard().with(|release| {
        release.add(Role::delegated("one", "targets", &["x/*"]));
        release.add(Role::delegated("two", "one", &["x/*"]));
        release.add(Role::delegated("three", "two", &["x/*"]).file("x/one", "one\n"));
    })
}

fn hash_prefixes() -> Plan {
    Plan::standard().with(|release| {
        release.roles.retain(|role| role.name != "alpha");
        for digit in 0..16_u8 {
            let prefix = format!("{digit:x}");
            let mut role = Role::delegated(&format!("bin-{prefix}"), "targets", &[]);
            role.paths = None;
            for path in ["h/0", "h/1", "h/2"].iter().filter(|path| starts_with(path, digit)) {
                role = role.file(path, path);
            }
            role.path_hash_prefixes = Some(vec![prefix]);
            release.add(role);
        }
    })
}

fn starts_with(path: &str, digit: u8) -> bool {
    Sha256::digest(path).first().is_some_and(|byte| byte >> 4 == digit)
}

fn bins() -> Plan {
    Plan::standard().with(|release| {
        release.roles.retain(|role| role.name != "alpha");
        let label = vec!["bins-1".to_owned()];
        release.bins = Some(Bins {
            prefix: "bin".to_owned(),
            bit_length: 5,
            version: 1,
            expires_in: 86_400,
            keys: label.clone(),
            threshold: 1,
            signers: label,
            files: ["h/0", "h/1", "h/2"].iter().map(|&path| (path.to_owned(), path.to_owned())).collect(),
        });
    })
}

fn slash() -> Plan {
    Plan::standard().with(|release| {
        release.add(Role::delegated("bin/tool", "targets", &["bin/*"]).file("bin/tool", "tool\n"))
    })
}

fn threshold() -> Plan {
    Plan::standard().with(|release| {
        let alpha = release.role("alpha");
        alpha.rekey(&["alpha-1", "alpha-2", "alpha-3"]);
        alpha.threshold = 2;
        alpha.sign_with(&["alpha-1", "alpha-3"]);
    })
}
