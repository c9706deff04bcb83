//! Delegations that say something odd.

use tuf_tests::{Authority, Delegation, Json};

use super::{Mutation, On, mutation};
use crate::worlds::scene::{Scene, member, remove, set};

pub(super) const ALL: &[Mutation] = &[
    mutation("delegation-without-paths", On::Delegates, |scene| {
        first(scene, |delegation| {
            delegation.paths = None;
            delegation.path_hash_prefixes = None;
        })
    }),
    mutation("delegation-with-paths-and-prefixes", On::Delegates, |scene| {
        first(scene, |delegation| {
            delegation.paths = Some(vec!["*".to_owned()]);
            delegation.path_hash_prefixes = Some(vec!["0".to_owned()]);
        })
    }),
    mutation("delegation-of-no-path", On::Delegates, |scene| paths(scene, &[])),
    mutation("delegation-paths-a-string", On::Delegates, |scene| in_first(scene, "paths", "\"*\"")),
    mutation("delegation-paths-of-numbers", On::Delegates, |scene| in_first(scene, "paths", "[1]")),
    mutation("delegation-paths-null", On::Delegates, |scene| in_first(scene, "paths", "null")),
    mutation("delegation-of-two-stars", On::Delegates, |scene| paths(scene, &["**"])),
    mutation("delegation-of-two-stars-and-a-name", On::Delegates, |scene| paths(scene, &["**/one"])),
    mutation("delegation-of-a-set", On::Delegates, |scene| paths(scene, &["[a-b]*/one", "[r]*"])),
    mutation("delegation-of-all-but-a-set", On::Delegates, |scene| paths(scene, &["[!a]*/*", "[!r]*"])),
    mutation("delegation-of-an-open-set", On::Delegates, |scene| paths(scene, &["[ab*/*"])),
    mutation("delegation-of-a-set-with-a-caret", On::Delegates, |scene| paths(scene, &["[^a]*/*"])),
    mutation("delegation-of-alternatives", On::Delegates, |scene| paths(scene, &["{alpha,beta}/*"])),
    mutation("delegation-of-a-negation", On::Delegates, |scene| paths(scene, &["!alpha/*", "!x"])),
    mutation("delegation-of-a-number-sign", On::Delegates, |scene| paths(scene, &["#*"])),
    mutation("delegation-of-a-backslash", On::Delegates, |scene| {
        paths(scene, &["alpha\\/*", "read\\me.txt"])
    }),
    mutation("delegation-of-an-extended-pattern", On::Delegates, |scene| {
        paths(scene, &["+(alpha|beta)/*", "@(readme).txt"]);
    }),
    mutation("delegation-of-an-empty-path", On::Delegates, |scene| paths(scene, &[""])),
    mutation("delegation-of-a-trailing-slash", On::Delegates, |scene| paths(scene, &["alpha/"])),
    mutation("delegation-of-a-leading-slash", On::Delegates, |scene| paths(scene, &["/alpha/*"])),
    mutation("delegation-of-a-leading-dot", On::Delegates, |scene| {
        paths(scene, &["*"]);
        listed_below(scene, ".hidden");
    }),
    mutation("delegation-of-prefixes-in-capitals", On::Delegates, |scene| {
        prefixes(scene, &["A", "B", "C", "D", "E", "F"]);
    }),
    mutation("delegation-of-an-empty-prefix", On::Delegates, |scene| prefixes(scene, &[""])),
    mutation("delegation-of-a-prefix-not-hexadecimal", On::Delegates, |scene| prefixes(scene, &["x", "g"])),
    mutation("delegation-of-no-prefix", On::Delegates, |scene| prefixes(scene, &[])),
    mutation("delegation-to-root", On::Delegates, |scene| in_first(scene, "name", "\"root\"")),
    mutation("delegation-to-targets", On::Delegates, |scene| in_first(scene, "name", "\"targets\"")),
    mutation("delegation-to-nobody", On::Delegates, |scene| in_first(scene, "name", "\"\"")),
    mutation("delegation-to-an-unlisted-role", On::Delegates, |scene| in_first(scene, "name", "\"ghost\"")),
    mutation("delegation-to-a-number", On::Delegates, |scene| in_first(scene, "name", "7")),
    mutation("delegation-to-a-role-in-a-folder", On::Delegates, |scene| to(scene, "folder/role")),
    mutation("delegation-to-a-role-above", On::Delegates, |scene| to(scene, "../above")),
    mutation("delegation-to-a-role-with-a-percent-sign", On::Delegates, |scene| to(scene, "a%2fb")),
    mutation("delegation-to-a-role-with-unicode", On::Delegates, |scene| to(scene, "rôle 1")),
    mutation("delegation-to-a-role-with-a-question-mark", On::Delegates, |scene| to(scene, "what?")),
    mutation("delegation-to-a-role-with-a-dot", On::Delegates, |scene| to(scene, "1.root")),
    mutation("delegation-to-a-role-named-proto", On::Delegates, |scene| to(scene, "__proto__")),
    mutation("delegations-to-roles-named-by-numbers", On::Delegates, |scene| {
        to(scene, "10");
        to(scene, "2");
    }),
    mutation("delegation-to-itself", On::Delegates, |scene| {
        let role = scene.role.clone();
        let own =
            Delegation { authority: Authority::one("itself"), ..Delegation::paths(&role, &["*", "*/*"]) };
        if role != "targets" {
            scene.repository.role(&role).delegations.insert(0, own);
        }
    }),
    mutation("delegation-twice", On::Delegates, |scene| {
        in_delegations(scene, |roles| roles.extend(roles.first().cloned()));
    }),
    mutation("delegations-in-reverse-order", On::Delegates, |scene| {
        in_delegations(scene, |roles| roles.reverse());
    }),
    mutation("delegation-null", On::Delegates, |scene| {
        in_delegations(scene, |roles| roles.push(Json::raw("null")));
    }),
    mutation("delegations-none", On::Delegates, |scene| in_delegations(scene, Vec::clear)),
    mutation("delegation-terminating-missing", On::Delegates, |scene| {
        scene.signed(|json| remove(json, &["delegations", "roles", "0", "terminating"]));
    }),
    mutation("delegation-terminating-a-string", On::Delegates, |scene| {
        in_first(scene, "terminating", "\"false\"");
    }),
    mutation("delegation-terminating-a-number", On::Delegates, |scene| in_first(scene, "terminating", "1")),
    mutation("delegation-terminating", On::Delegates, |scene| {
        first(scene, |delegation| delegation.terminating = true);
    }),
    mutation("delegation-with-more-members", On::Delegates, |scene| in_first(scene, "x-note", "[1]")),
    mutation("delegations-without-keys", On::Delegates, |scene| {
        scene.signed(|json| remove(json, &["delegations", "keys"]));
    }),
    mutation("delegations-without-roles", On::Delegates, |scene| {
        scene.signed(|json| remove(json, &["delegations", "roles"]));
    }),
    mutation("delegations-null", On::Delegates, |scene| {
        scene.signed(|json| set(json, &["delegations"], Json::raw("null")));
    }),
    mutation("delegations-named-and-succinct", On::Delegates, |scene| {
        let bins = r#"{"bit_length": 1, "keyids": [], "name_prefix": "bin", "threshold": 1}"#;
        scene.signed(|json| set(json, &["delegations", "succinct_roles"], Json::raw(bins)));
    }),
    mutation("bins-of-no-bit", On::Bins, |scene| in_bins(scene, "bit_length", "0")),
    mutation("bins-of-33-bits", On::Bins, |scene| in_bins(scene, "bit_length", "33")),
    mutation("bins-of-more-bits", On::Bins, |scene| in_bins(scene, "bit_length", "8")),
    mutation("bins-of-bits-in-a-string", On::Bins, |scene| in_bins(scene, "bit_length", "\"1\"")),
    mutation("bins-without-a-prefix", On::Bins, |scene| {
        scene.signed(|json| remove(json, &["delegations", "succinct_roles", "name_prefix"]));
    }),
    mutation("bins-of-an-empty-prefix", On::Bins, |scene| in_bins(scene, "name_prefix", "\"\"")),
    mutation("bins-with-threshold-zero", On::Bins, |scene| in_bins(scene, "threshold", "0")),
];

fn first(scene: &mut Scene<'_>, change: impl FnOnce(&mut Delegation)) {
    let role = scene.role.clone();
    if let Some(delegation) = scene.repository.role(&role).delegations.first_mut() {
        change(delegation);
    }
}

fn paths(scene: &mut Scene<'_>, patterns: &[&str]) {
    first(scene, |delegation| {
        delegation.paths = Some(patterns.iter().map(|&pattern| pattern.to_owned()).collect());
        delegation.path_hash_prefixes = None;
    });
}

fn prefixes(scene: &mut Scene<'_>, prefixes: &[&str]) {
    first(scene, |delegation| {
        delegation.path_hash_prefixes = Some(prefixes.iter().map(|&prefix| prefix.to_owned()).collect());
        delegation.paths = None;
    });
}

fn in_first(scene: &mut Scene<'_>, name: &'static str, value: &'static str) {
    scene.signed(move |json| set(json, &["delegations", "roles", "0", name], Json::raw(value)));
}

fn in_delegations(scene: &mut Scene<'_>, change: fn(&mut Vec<Json>)) {
    scene.signed(move |json| {
        if let Some(Json::Array(roles)) = member(json, &["delegations", "roles"]) {
            change(roles);
        }
    });
}

fn in_bins(scene: &mut Scene<'_>, name: &'static str, value: &'static str) {
    scene.signed(move |json| set(json, &["delegations", "succinct_roles", name], Json::raw(value)));
}

/// A role of this name, delegated to after the others, which lists a target of its own.
fn to(scene: &mut Scene<'_>, name: &str) {
    let (role, path) = (scene.role.clone(), format!("odd/{}", scene.targets.len()));
    let delegation = Delegation { authority: Authority::one("odd"), ..Delegation::paths(name, &["odd/*"]) };
    scene.repository.delegate(&role, delegation);
    scene.repository.add_target(name, &path, format!("of {name}\n").as_bytes());
    scene.repository.add_target(name, "odd/both", format!("of {name}\n").as_bytes());
    scene.targets.extend([path, "odd/both".to_owned()]);
}

/// A target that the first delegated role lists.
fn listed_below(scene: &mut Scene<'_>, path: &str) {
    let role = scene.role.clone();
    let name = scene.repository.role(&role).delegations.first().map(|delegation| delegation.name.clone());
    if let Some(name) = name {
        scene.repository.add_target(&name, path, b"hidden\n");
        scene.repository.role(&name).header.version += 1;
        scene.targets.push(path.to_owned());
    }
}
