//! A registry that says one thing and sends another.

use serde_json::json;

use crate::hostile_registry::HostileRegistry;
use crate::image::{INDEX, Image, MANIFEST};
use crate::world::{Site, World};

/// A world that lists this image as `app:v1`.
fn listing<'site>(site: &'site Site, team: &str, image: &Image) -> World<'site> {
    let mut world = World::new(site, team);
    world.list(image, "app", "v1").release();
    world
}

/// The verifier sees the digest that was announced; containerd compares it with what comes.
pub(super) fn swapped_body(site: &Site) {
    let (v1, v2) = (site.image("v1"), site.image("v2"));
    let world = listing(site, "swapped-body", &v1);
    let registry = HostileRegistry { body: v2.bytes.clone(), ..HostileRegistry::honest(&v1) };
    let _server = world.pull_from(registry);
    let pull = world.containerd_refuses("app:v1");
    let words = format!("unexpected commit digest {}, expected {}", v2.digest(), v1.digest());
    assert!(pull.stderr.contains(&words), "{}", pull.stderr);
}

/// The index is the listed one; what it lists is sent with other bytes.
pub(super) fn swapped_child(site: &Site) {
    let (both, v1, v2) = (site.image("both"), site.image("v1"), site.image("v2"));
    listing(site, "honest-child", &both).push("both", "app:v1").pulls("app:v1");

    let world = listing(site, "swapped-child", &both);
    let swapped = Some((v1.digest(), v2.bytes.clone()));
    let _server = world.pull_from(HostileRegistry { swapped, ..HostileRegistry::honest(&both) });
    let pull = world.containerd_refuses("app:v1");
    let words = format!("unexpected commit digest {}, expected {}", v2.digest(), v1.digest());
    assert!(pull.stderr.contains(&words), "{}", pull.stderr);
}

pub(super) fn media_type(site: &Site) {
    let v1 = site.image("v1");
    let world = listing(site, "media-type", &v1);
    for claimed in [INDEX, "application/vnd.docker.distribution.manifest.v2+json"] {
        let registry = HostileRegistry { media_type: claimed.into(), ..HostileRegistry::honest(&v1) };
        let _server = world.pull_from(registry);
        refuses(&world, &v1.digest(), "media-type-differs", &format!("{claimed} is offered"), MANIFEST);
    }
}

/// One text that is an index to one reader and a manifest to another.
pub(super) fn ambiguous_manifest(site: &Site) {
    let (v1, both) = (site.image("v1"), site.image("both"));
    let mut text: serde_json::Value = serde_json::from_slice(&v1.bytes).expect("JSON");
    let index: serde_json::Value = serde_json::from_slice(&both.bytes).expect("JSON");
    text["manifests"] = index["manifests"].clone();
    text["mediaType"] = json!(MANIFEST);
    let ambiguous = Image { media_type: MANIFEST, bytes: text.to_string().into_bytes() };
    let world = listing(site, "ambiguous", &ambiguous);
    let registry = HostileRegistry { media_type: INDEX.into(), ..HostileRegistry::honest(&ambiguous) };
    let _server = world.pull_from(registry);
    refuses(&world, &ambiguous.digest(), "media-type-differs", &format!("{INDEX} is offered"), MANIFEST);
}

pub(super) fn size(site: &Site) {
    let v1 = site.image("v1");
    let world = listing(site, "size", &v1);
    let length = v1.bytes.len() + 1;
    let _server = world.pull_from(HostileRegistry { length, ..HostileRegistry::honest(&v1) });
    let (offered, listed) = (format!("{length} bytes are offered"), v1.bytes.len().to_string());
    refuses(&world, &v1.digest(), "size-differs", &offered, &listed);
}

/// The digest is right, of an algorithm that metadata does not list.
pub(super) fn algorithm(site: &Site) {
    let v1 = site.image("v1");
    let world = listing(site, "algorithm", &v1);
    let digest = format!("sha512:{}", tuf_tests::sha512(&v1.bytes));
    let _server = world.pull_from(HostileRegistry { digest: digest.clone(), ..HostileRegistry::honest(&v1) });
    refuses(&world, &digest, "algorithm-differs", &format!("{digest} is offered"), "no sha512 digest");
}

fn refuses(world: &World<'_>, digest: &str, code: &str, offered: &str, listed: &str) {
    let path = world.target_path("app/_tags/v1");
    let reason = format!("{code}: {offered}, {path} lists {listed}; metadata valid for ");
    world.refuses("app:v1", digest, &reason);
}
