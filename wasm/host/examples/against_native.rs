//! The core in the sandbox beside the same core compiled for this machine, on the same bytes from memory.
//!
//! `cargo run --release -p tuf-verifier-host --example against_native`

mod world;

use std::hint::black_box;
use std::time::{Duration, Instant};

use tuf_tests::{Authority, Key, Mirror, NOW, Repository, Scheme, TargetFile};
use tuf_verifier_core::{Request, UpdateCycle};
use tuf_verifier_host::{Client, MemoryStore, Settings, UnixTime};
use world::World;

/// Runs of each kind, the median of which is printed.
const RUNS: usize = 9;

/// A root of one key, then as many updates of root, each signed by five keys of which five must sign. The first update
/// brings the keys in.
fn root_walk(scheme: Scheme, updates: u64) -> Mirror {
    let labels = ["a", "b", "c", "d", "e"];
    // There is one RSA key.
    let count = if scheme == Scheme::RsaPssSha256 { 1 } else { labels.len() };
    let keys: Vec<Key> = labels.iter().take(count).map(|label| Key::of(scheme, label)).collect();
    let mut repository = Repository::new();
    repository.rotate("root", Authority { threshold: count as u64, ..Authority::any_of(&keys) });
    for _ in 0..updates {
        repository.next_root();
    }
    repository.publish().mirror.clone()
}

/// Top-level targets metadata that lists as many targets.
fn many_targets(count: usize) -> Mirror {
    let mut repository = Repository::new();
    let listed = &mut repository.role("targets").targets;
    listed.extend((0..count).map(|n| TargetFile::new(&format!("packages/package-{n:06}.tar.gz"), b"bytes")));
    repository.publish().mirror.clone()
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn compare(name: &str, mirror: &Mirror) {
    let root = mirror.file("1.root.json");
    let sandboxed = median(|| {
        let settings = Settings { targets_max_length: 1 << 30, ..Settings::default() };
        let client = Client::new(root.to_vec(), World(mirror.clone()), MemoryStore::new()).settings(settings);
        let session =
            client.reference_time(UnixTime::from_seconds(NOW)).refresh().expect("an honest repository");
        black_box(session.find("app-1.0.tar.gz").expect("an honest repository"));
    });
    let native = median(|| _ = black_box(natively(mirror)));
    let ratio = sandboxed.as_secs_f64() / native.as_secs_f64();
    println!("{name:<32}{:>10.2} ms{:>10.2} ms{ratio:>8.2}", milliseconds(sandboxed), milliseconds(native));
}

/// A refresh and a search by the core that is compiled into this program.
fn natively(mirror: &Mirror) -> UpdateCycle {
    let settings = tuf_verifier_core::Settings { targets_max_length: 1 << 30, ..Default::default() };
    let now = tuf_verifier_core::UnixTime(NOW);
    let mut cycle =
        UpdateCycle::start(mirror.file("1.root.json"), now, settings).expect("an honest repository");
    loop {
        let offered = match cycle.next() {
            Request::Load { .. } => None,
            Request::Fetch { name, max_length } => mirror.fetch(&name, max_length),
            Request::Persist { .. } | Request::Forget { .. } => continue,
            Request::Ready(_) => {
                cycle.find("app-1.0.tar.gz").expect("a cycle that is ready");
                continue;
            }
            Request::Found(_) => return cycle,
            other => panic!("an honest repository: {other:?}"),
        };
        cycle.offer(offered).expect("an honest repository");
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn main() {
    println!("{:<32}{:>13}{:>13}{:>8}", "", "sandboxed", "native", "ratio");
    compare("one root, one target", &Repository::new().mirror);
    for (name, scheme) in [
        ("20 roots of five Ed25519", Scheme::Ed25519),
        ("20 roots of five P-256", Scheme::EcdsaP256),
        ("20 roots of five P-384", Scheme::EcdsaP384),
        ("20 roots of one RSA-2048", Scheme::RsaPssSha256),
        ("20 roots of five ML-DSA-65", Scheme::MlDsa65),
    ] {
        compare(name, &root_walk(scheme, 20));
    }
    compare("100,000 targets", &many_targets(100_000));
}
