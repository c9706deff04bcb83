//! Which rule applies, and what it asks for.

use crate::world::{Offer, World, allowed, blocked, blocked_by};

#[test]
fn rejects_names_without_a_rule() {
    let world = World::new();
    for (name, without) in [
        ("other.example/team/app:v1", "other.example/team/app"),
        ("h.example/teamster/app:v1", "h.example/teamster/app"),
        ("h.example/te/app:v1", "h.example/te/app"),
        ("h.example:443/team/app:v1", "h.example:443/team/app"),
    ] {
        let told = world.pull(name, &Offer::of(b"one"));
        blocked(&told, &format!("no-rule: the policy has no rule for {without}"));
        assert_eq!(told.metadata, "no metadata was asked for");
    }
}

#[test]
fn the_longest_prefix_applies() {
    let world = World::new();
    let offer = Offer::of(b"one");
    let digest = &offer.digest;
    world.rules(&format!(
        r#"
[[rule]]
prefix = "h.example/team/app/deep"
action = "digests"
digests = ["{digest}"]
[[rule]]
prefix = "h.example"
action = "allow"
[[rule]]
prefix = "h.example/team/old"
action = "reject"
"#
    ));
    assert!(world.pull("h.example/team/app:v1", &offer).allowed);
    let deep = "h.example/team/app/deep/er:v1";
    allowed(&world.pull(deep, &offer), &format!("pinned: the policy lists {digest} for {deep}"));
    let other = Offer::of(b"two");
    blocked(
        &world.pull(deep, &other),
        &format!("not-in-digests: the rule \"h.example/team/app/deep\" does not list {}", other.digest),
    );
    let old = "h.example/team/old:v1";
    blocked(&world.pull(old, &offer), &format!("rejected: the rule \"h.example/team/old\" rejects {old}"));
    let free = "h.example/elsewhere:v1";
    allowed(&world.pull(free, &other), &format!("unverified: the policy allows {free} unverified"));
    blocked_by(&world.pull("h.example/team/older:v1", &offer), "not-listed");
}

#[test]
fn a_mirror_is_looked_up_under_the_name_it_mirrors() {
    let world = World::new();
    world.rules(
        r#"
[[rule]]
prefix = "mirror.local:5000/cache/team"
action = "verify"
repository = "acme"
rewrite = "h.example/team"
"#,
    );
    let offer = Offer::of(b"one");
    let told = world.pull("mirror.local:5000/cache/team/app:v1", &offer);
    let words = format!("listed: h.example/team/app:v1 is {} (role team, targets version 1)", offer.digest);
    allowed(&told, &words);
    blocked_by(&world.pull("mirror.local:5000/cache/team/app:v1", &Offer::of(b"two")), "digest-differs");
    blocked_by(&world.pull("mirror.local:5000/cache/team/billing:v1", &offer), "not-listed");
    blocked_by(&world.pull("mirror.local:5000/team/app:v1", &offer), "no-rule");
}

#[test]
fn digests_need_no_repository() {
    let world = World::new();
    let offer = Offer::of(b"one");
    let rule = format!(
        "[[rule]]\nprefix = \"h.example/pause\"\naction = \"digests\"\ndigests = [\"{}\"]",
        offer.digest
    );
    world.policy_with("http://127.0.0.1:1", "", "", &rule);
    let told = world.pull("h.example/pause:3.10", &offer);
    assert!(told.allowed, "{told:?}");
    assert_eq!(told.metadata, "no metadata was asked for");
    assert!(!world.path("state").exists());
}
