//! Images that no verifier was asked about.

use super::checkup::Checkup;
use crate::world::{Site, World};

/// By `--local`, by `import`, and one that its publisher has removed since.
pub(super) fn around(site: &Site) {
    let mut world = World::new(site, "around");
    let (v1, v2) = (site.image("v1"), site.image("v2"));
    world.list(&v1, "app", "v1").release().push("v1", "app:v1").push("v2", "app:v2").pulls("app:v1");
    Checkup::of(&world).finds("ok", "stored-images", "the policy would allow all 1").is_sound();

    // The CRI keeps an image under its ID as well.
    world.ctr.name_again(&world.reference("app:v1"), &format!("sha256:{}", "a".repeat(64)));
    Checkup::of(&world).finds("ok", "stored-images", "the policy would allow all 1").is_sound();

    let id = format!("sha256:{}", "b".repeat(64));
    world.ctr.import("default", &site.archive("app"), "imported.example/app");
    world.ctr.name_again("imported.example/app:app", &id);
    world.ctr.remove("imported.example/app:app");
    let hidden = format!("default/{id} can be run, though it would be refused now: ");
    Checkup::of(&world).only_finds(&[("warning", "stored-images", &hidden)]).is_sound();
    world.ctr.remove(&id);

    let local = world.reference("app:v2");
    assert!(world.ctr.pull_locally(&local).succeeded);
    world.ctr.import("k8s.io", &site.archive("v2"), "imported.example/app");
    let target = world.target_path("app/_tags/v2");
    let refused = |name: &str, why: &str| format!("{name} can be run, though it would be refused now: {why}");
    let by_tag =
        refused(&format!("default/{local}"), &format!("not-listed: {target}: no trusted role lists it; "));
    let imported = refused(
        "k8s.io/imported.example/app:v2",
        "no-rule: the policy has no rule for imported.example/app; ",
    );
    let found = [("warning", "stored-images", by_tag.as_str()), ("warning", "stored-images", &imported)];
    Checkup::of(&world).only_finds(&found).is_sound();

    world.list(&v2, "app", "v1").release();
    let differs = refused(
        &format!("default/{}", world.reference("app:v1")),
        &format!("digest-differs: {} is offered, ", v1.digest()),
    );
    Checkup::of(&world).finds("warning", "stored-images", &differs).is_sound();
}

/// Ten are named, the others counted.
pub(super) fn many(site: &Site) {
    let world = World::new(site, "stored");
    world.publish();
    world.ctr.import("default", &site.archive("v1"), "imported.example/app");
    for number in 2..=12 {
        let name = format!("imported.example/app:{number}");
        world.ctr.name_again("imported.example/app:v1", &name);
    }
    let checkup = Checkup::of(&world);
    checkup.finds("warning", "stored-images", "and 2 more").is_sound();
    assert_eq!(checkup.checks().iter().filter(|check| **check == "stored-images").count(), 11);
}
