//! Metadata from a registry of images.

use std::collections::BTreeMap;

use tuf_oci::registry::{FileLayer, RepositoryFile};
use tuf_test_server::{Answer, Server};
use tuf_tests::sha256;

use crate::world::{Offer, World, allowed, blocked_by};

const V1: &str = "h.example/team/app:v1";

/// A registry with these metadata files in `team/tuf`.
fn registry(files: BTreeMap<String, Vec<u8>>) -> Server {
    Server::start(move |request| {
        let Some(path) = request.path.strip_prefix("/v2/team/tuf/") else { return Answer::Status(404) };
        let file = |(name, bytes): (&String, &Vec<u8>)| {
            let file = RepositoryFile::metadata(name.as_str());
            let digest = format!("sha256:{}", sha256(bytes));
            if path == format!("blobs/{digest}") {
                return Some(bytes.clone());
            }
            let layer = FileLayer { digest: digest.parse().expect("a digest"), size: bytes.len() as u64 };
            (path == format!("manifests/{}", file.tag())).then(|| file.manifest(&layer))
        };
        match files.iter().find_map(file) {
            Some(body) => Answer::Raw(answer(&body)),
            None => Answer::Status(404),
        }
    })
    .expect("a port")
}

fn answer(body: &[u8]) -> Vec<u8> {
    let media_type = RepositoryFile::MEDIA_TYPE;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn decides_by_metadata_from_a_registry() {
    let world = World::new();
    let server = registry(world.repository.mirror.metadata.clone());
    let url = server.url().replace("http://", "oci+http://") + "/team/tuf";
    world.policy_with(&url, "", "unreachable = \"cached-unexpired\"", "");
    let offer = Offer::of(b"one");
    let words = format!("listed: {V1} is {} (role team, targets version 1)", offer.digest);
    allowed(&world.pull(V1, &offer), &words);
    blocked_by(&world.pull(V1, &Offer::of(b"two")), "digest-differs");
    drop(server);
    let told = world.pull(V1, &offer);
    assert!(
        told.allowed && told.reason.starts_with(&(words + "; the repository is unreachable: ")),
        "{told:?}"
    );
}
