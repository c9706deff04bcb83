//! What is decided about an image: by its tag, by its digest, by both.

use tuf_tests::sha256;

use crate::world::{INDEX, Offer, World, allowed, blocked};

const V1: &str = "h.example/team/app:v1";
const TAG: &str = "oci/h.example/team/app/_tags/v1";

fn digest_path(offer: &Offer) -> String {
    format!("oci/h.example/team/app/_digests/sha256/{}", offer.digest.trim_start_matches("sha256:"))
}

#[test]
fn allows_what_the_tag_lists() {
    let world = World::new();
    let offer = Offer::of(b"one");
    let told = world.pull(V1, &offer);
    allowed(&told, &format!("listed: {V1} is {} (role team, targets version 1)", offer.digest));
    let days = told
        .metadata
        .strip_prefix("metadata valid for ")
        .and_then(|text| text.strip_suffix(" days (timestamp)"));
    assert!(days.is_some_and(|days| days.parse::<u32>().is_ok_and(|days| days > 20_000)), "{told:?}");
}

#[test]
fn rejects_another_digest_size_or_media_type() {
    let world = World::new();
    let listed = Offer::of(b"one");
    let other = Offer::of(b"two");
    blocked(
        &world.pull(V1, &other),
        &format!("digest-differs: {} is offered, {TAG} lists {}", other.digest, listed.digest),
    );
    let longer = Offer { size: 4, ..listed.clone() };
    blocked(&world.pull(V1, &longer), &format!("size-differs: 4 bytes are offered, {TAG} lists 3"));
    let index = Offer { media_type: INDEX.to_owned(), ..listed.clone() };
    blocked(
        &world.pull(V1, &index),
        &format!("media-type-differs: {INDEX} is offered, {TAG} lists {}", listed.media_type),
    );
    let sha512 = Offer { digest: format!("sha512:{}", "0".repeat(128)), ..listed };
    blocked(
        &world.pull(V1, &sha512),
        &format!("algorithm-differs: {} is offered, {TAG} lists no sha512 digest", sha512.digest),
    );
}

#[test]
fn rejects_a_name_that_is_not_listed() {
    let world = World::new();
    for (name, path) in [
        ("h.example/team/billing:v1", "oci/h.example/team/billing/_tags/v1"),
        ("h.example/team/app:v2", "oci/h.example/team/app/_tags/v2"),
        ("h.example/team/app/sub:v1", "oci/h.example/team/app/sub/_tags/v1"),
    ] {
        let told = world.pull(name, &Offer::of(b"one"));
        blocked(&told, &format!("not-listed: {path}: no trusted role lists it"));
        assert!(told.metadata.starts_with("metadata valid for "), "{told:?}");
    }
}

#[test]
fn by_digest_a_target_of_the_digest_is_needed() {
    let mut world = World::new();
    let offer = Offer::of(b"one");
    let name = format!("h.example/team/app@{}", offer.digest);
    let path = digest_path(&offer);
    blocked(&world.pull(&name, &offer), &format!("not-listed: {path}: no trusted role lists it"));
    world.list(&path, &offer);
    world.release();
    let words = format!("listed: {name} is {} (role team, targets version 2)", offer.digest);
    allowed(&world.pull(&name, &offer), &words);
    let targets = &mut world.repository.role("team").targets;
    targets.retain(|target| target.path != path);
    world.release();
    blocked(&world.pull(&name, &offer), &format!("not-listed: {path}: no trusted role lists it"));
}

#[test]
fn by_tag_and_digest_both_are_needed() {
    let mut world = World::new();
    let (one, two) = (Offer::of(b"one"), Offer::of(b"two"));
    let name = |offer: &Offer| format!("{V1}@{}", offer.digest);
    let path = digest_path(&one);
    blocked(&world.pull(&name(&one), &one), &format!("not-listed: {path}: no trusted role lists it"));
    world.list(&path, &one);
    world.list(&digest_path(&two), &two);
    world.release();
    assert!(world.pull(&name(&one), &one).allowed);
    blocked(
        &world.pull(&name(&two), &two),
        &format!("digest-differs: {} is offered, {TAG} lists {}", two.digest, one.digest),
    );
}

#[test]
fn rejects_a_digest_target_that_lists_another_image() {
    let mut world = World::new();
    let (one, two) = (Offer::of(b"one"), Offer::of(b"two"));
    world.list(&digest_path(&one), &two);
    world.release();
    let told = world.pull(&format!("h.example/team/app@{}", one.digest), &one);
    let words =
        format!("digest-differs: {} is offered, {} lists {}", one.digest, digest_path(&one), two.digest);
    blocked(&told, &words);
}

#[test]
fn rejects_a_target_without_a_media_type() {
    let mut world = World::new();
    world.repository.role("team").targets[0].custom = None;
    world.release();
    let told = world.pull(V1, &Offer::of(b"one"));
    let offered = Offer::of(b"one").media_type;
    let words = format!(
        "media-type-differs: {offered} is offered, but of {TAG}: the target has no custom object \"oci\""
    );
    blocked(&told, &words);
}

#[test]
fn follows_a_tag_that_moves() {
    let mut world = World::new();
    let two = Offer::of(b"two");
    assert!(!world.pull(V1, &two).allowed);
    world.list(TAG, &two);
    world.release();
    assert!(world.pull(V1, &two).allowed);
    let one = Offer::of(b"one");
    blocked(
        &world.pull(V1, &one),
        &format!("digest-differs: {} is offered, {TAG} lists sha256:{}", one.digest, sha256(b"two")),
    );
}
