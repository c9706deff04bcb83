//! Which image a name stands for.

use tuf_tests::Delegation;

use crate::hostile_registry::HostileRegistry;
use crate::image::Image;
use crate::publisher::Publisher;
use crate::world::{Site, World};

/// Both images are listed, each under its own tag: a signature alone would let the second pass for the first.
pub(super) fn moved_tag(site: &Site) {
    let mut world = World::new(site, "moved-tag");
    let (v1, v2) = (world.image("v1"), world.image("v2"));
    world.list(&v1, "app", "v1").list(&v2, "app", "v2").release();
    world.push("v1", "app:v1").push("v2", "app:v2").pulls("app:v1").pulls("app:v2");
    world.push("v2", "app:v1");
    let (offered, path) = (v2.digest(), world.target_path("app/_tags/v1"));
    let reason =
        format!("digest-differs: {offered} is offered, {path} lists {}; metadata valid for ", v1.digest());
    world.refuses("app:v1", &offered, &reason);
}

/// The old image was listed once, and its digest is no longer.
pub(super) fn downgrade_by_digest(site: &Site) {
    let mut world = World::new(site, "downgrade");
    let (v1, v2) = (world.image("v1"), world.image("v2"));
    world.list(&v1, "app", "stable").release();
    world.push("v1", "app:stable").pulls("app:stable");
    world.remove_digest(&v1).list(&v2, "app", "stable").release();
    world.push("v2", "app:stable").push("v1", "app:v1").pulls("app:stable");
    refuses_unlisted(&world, &format!("app@{}", v1.digest()), &v1, &digest_entry("app", &v1));
}

/// A signed image is served as another.
pub(super) fn another_name(site: &Site) {
    let mut world = World::new(site, "another-name");
    let app = world.image("app");
    world.list(&app, "app", "v1").release();
    world.push("app", "app:v1").push("app", "billing:v1").pulls("app:v1");
    refuses_unlisted(&world, "billing:v1", &app, "billing/_tags/v1");
    refuses_unlisted(&world, &format!("billing@{}", app.digest()), &app, &digest_entry("billing", &app));
}

/// A role to which `app` is delegated lists `billing` as well.
pub(super) fn beyond_a_delegation(site: &Site) {
    let mut world = World::new(site, "delegation");
    let (app, billing) = (world.image("app"), world.image("billing"));
    let pattern = world.target_path("app/_tags/*");
    world.repository.delegate("targets", Delegation::paths("app-team", &[&pattern]));
    world.repository.role("app-team").header.expires = crate::metadata::now() + 3600;
    world.list_tag("app-team", &app, "app", "v1").list_tag("app-team", &billing, "billing", "v1").release();
    world.push("app", "app:v1").push("billing", "billing:v1").pulls("app:v1");
    refuses_unlisted(&world, "billing:v1", &billing, "billing/_tags/v1");
}

/// containerd passes all of these on as they are typed.
pub(super) fn hostile_names(site: &Site) {
    let mut world = World::new(site, "names");
    let app = world.image("app");
    world.list(&app, "app", "v1").release();
    let _server = world.pull_from(HostileRegistry::honest(&app));
    world.pulls("app:v1");
    let host_and_path = world.reference("app:v1");
    let (host, path) = host_and_path.split_once('/').expect("a path");
    let names = [
        (format!("{host}/names/../{path}"), "\"..\" is no part of a repository's name"),
        (format!("{host}/names/./app:v1"), "\".\" is no part of a repository's name"),
        (format!("{host}//{path}"), "a part of the repository's name is empty"),
        (format!("{host}/names%2fapp:v1"), "the character '%' at byte 24 is in no reference"),
        (format!("{host}/{path}?x=1"), "the character '?' at byte 31 is in no reference"),
        (format!("{host}/{path}#a"), "the character '#' at byte 31 is in no reference"),
        (format!("user@{host}/{path}"), "what stands after @ is no digest"),
        (
            format!("REGISTRY.acme.test/{path}"),
            "the host \"REGISTRY.acme.test\" is not written in lower case",
        ),
        (format!("{host}/names/App:v1"), "\"App\" is no part of a repository's name"),
        (format!("{host}/names/_tags:v1"), "\"_tags\" is no part of a repository's name"),
    ];
    for (name, words) in names {
        world.refuses_reference(&name, &app.digest(), &format!("bad-reference: {words}"));
    }
}

/// What runs is what the publisher lists: the first image, then the second; the first by its digest until it is
/// removed; of an index, the child for this machine.
pub(super) fn honest_update(site: &Site) {
    let (v1, v2, both) = (site.image("v1"), site.image("v2"), site.image("both"));
    let publisher = Publisher::of("registry.acme.test/update/app");
    let world = World::trusting(site, "update", &publisher.root());
    let first = format!("app@{}", v1.digest());
    let (tag, multi) = (world.reference("app:stable"), world.reference("app:multi"));
    let layout = site.layout.folder();

    publisher.add(&format!("{tag}@{}", v1.digest()), layout);
    world.serve(&publisher.publish()).push("v1", "app:stable").pulls("app:stable");
    assert_eq!(world.ctr.output_of(&tag), "this is v1\n");
    world.pulls(&first);
    assert_eq!(world.ctr.output_of(&world.reference(&first)), "this is v1\n");

    publisher.add(&format!("{tag}@{}", v2.digest()), layout).remove(&world.reference(&first));
    world.serve(&publisher.publish()).push("v2", "app:stable").pulls("app:stable");
    assert_eq!(world.ctr.output_of(&tag), "this is v2\n");
    refuses_unlisted(&world, &first, &v1, &digest_entry("app", &v1));

    publisher.add(&format!("{multi}@{}", both.digest()), layout);
    world.serve(&publisher.publish()).push("both", "app:multi").pulls("app:multi");
    assert_eq!(world.ctr.output_of(&multi), "this is v1\n");
}

fn digest_entry(name: &str, image: &Image) -> String {
    format!("{name}/_digests/{}", image.digest().replace(':', "/"))
}

/// The pull of an image is refused because this target is not listed.
fn refuses_unlisted(world: &World<'_>, name: &str, image: &Image, entry: &str) {
    let path = world.target_path(entry);
    let reason = format!("not-listed: {path}: no trusted role lists it; metadata valid for ");
    world.refuses(name, &image.digest(), &reason);
}
