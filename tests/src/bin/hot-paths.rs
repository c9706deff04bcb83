//! What the core does most, for a count of its instructions: `hot-paths NAME`; without a name, the names.
//!
//! What is counted is `measured` alone. Nothing in it depends on what the processor has: no Ed25519, whose library looks for vector
//! instructions.

use std::hint::black_box;
use std::process::ExitCode;

use tuf_tests::{Authority, Key, Mirror, NOW, Repository, Scheme, Succinct, TargetFile};
use tuf_verifier_core::{Request, Settings, UnixTime, UpdateCycle};

/// A name, and a repository with a target whose path is `PATH`.
type HotPath = (&'static str, fn() -> Mirror);

const PATH: &str = "packages/package-000007.tar.gz";

const HOT_PATHS: [HotPath; 5] = [
    ("10 targets", || many_targets(10)),
    ("20,000 targets", || many_targets(20_000)),
    ("64 bins", bins),
    ("20 roots of five P-256", || root_walk(Scheme::EcdsaP256)),
    ("20 roots of one RSA-2048", || root_walk(Scheme::RsaPssSha256)),
];

fn main() -> ExitCode {
    let name = std::env::args().nth(1);
    let Some(name) = name else {
        HOT_PATHS.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    let Some((_, repository)) = HOT_PATHS.iter().find(|(known, _)| *known == name) else {
        eprintln!("no such path: {name}");
        return ExitCode::FAILURE;
    };
    let mirror = repository();
    black_box(measured(&mirror));
    ExitCode::SUCCESS
}

/// A refresh and a search, whose instructions are counted by the name of this function.
#[inline(never)]
fn measured(mirror: &Mirror) -> UpdateCycle {
    let settings = Settings { targets_max_length: 1 << 30, ..Settings::default() };
    let root = mirror.file(PINNED);
    let mut cycle = UpdateCycle::start(root, UnixTime(NOW), settings).expect("an honest repository");
    loop {
        let offered = match cycle.next() {
            Request::Load { .. } => None,
            Request::Fetch { name, max_length } => mirror.fetch(&name, max_length),
            Request::Persist { .. } | Request::Forget { .. } => continue,
            Request::Ready(_) => {
                cycle.find(PATH).expect("a cycle that is ready");
                continue;
            }
            Request::Found(_) | Request::NotFound(_) => return cycle,
            Request::SearchFailed(failure) => panic!("an honest repository: {failure}"),
        };
        cycle.offer(offered).expect("an honest repository");
    }
}

/// The root that the client begins with: the first one that lists no Ed25519 key.
const PINNED: &str = "2.root.json";

/// A repository whose second root and all that follows is signed by one P-256 key.
fn without_ed25519() -> Repository {
    let mut repository = Repository::new();
    let key = Key::of(Scheme::EcdsaP256, "all");
    for role in ["root", "timestamp", "snapshot", "targets"] {
        repository.rotate(role, Authority::any_of(std::slice::from_ref(&key)));
    }
    repository.next_root();
    repository
}

fn many_targets(count: usize) -> Mirror {
    let mut repository = without_ed25519();
    let listed = &mut repository.role("targets").targets;
    listed.extend((0..count).map(|n| TargetFile::new(&format!("packages/package-{n:06}.tar.gz"), b"bytes")));
    repository.publish().mirror.clone()
}

fn bins() -> Mirror {
    let mut repository = without_ed25519();
    let authority = Authority::any_of(&[Key::of(Scheme::EcdsaP256, "bins")]);
    repository.delegate_bins("targets", Succinct { authority, bit_length: 6, name_prefix: "bin".into() });
    repository.publish().mirror.clone()
}

/// Twenty updates of root, each signed by as many keys as there are. The first one brings the keys in.
fn root_walk(scheme: Scheme) -> Mirror {
    let labels = ["a", "b", "c", "d", "e"];
    // There is one RSA key.
    let count = if scheme == Scheme::RsaPssSha256 { 1 } else { labels.len() };
    let keys: Vec<Key> = labels.iter().take(count).map(|label| Key::of(scheme, label)).collect();
    let mut repository = without_ed25519();
    repository.rotate("root", Authority { threshold: count as u64, ..Authority::any_of(&keys) });
    for _ in 0..20 {
        repository.next_root();
    }
    repository.publish().mirror.clone()
}
