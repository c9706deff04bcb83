//! What hostile metadata costs, and how that grows: each line has twice as much of it as the one before.
//!
//! `cargo run --release -p tuf-verifier-host --example cost_of_metadata`

mod world;

use std::time::Instant;

use tuf_tests::{Json, NOW, Repository};
use tuf_verifier_host::{Client, MemoryStore, UnixTime};
use world::World;

/// As many delegations as keys, each to another key, all of which cover every path.
fn delegations(count: usize) -> Json {
    let key = |n| format!(r#""{n}":{{"keytype":"x","keyval":{{"public":"x"}},"scheme":"x"}}"#);
    let role = |n| {
        format!(r#"{{"name":"d{n}","keyids":["{n}"],"paths":["*/*"],"terminating":false,"threshold":1}}"#)
    };
    let list = |item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let text = format!(r#"{{"keys":{{{}}},"roles":[{}]}}"#, list(&key), list(&role));
    Json::raw(&tuf_verifier_core::canonicalize(text.as_bytes()).unwrap_or_default())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("delegations and keys, bytes, seconds of refresh and search");
    for count in [2_500, 5_000, 10_000, 20_000] {
        let mut repository = Repository::new();
        repository.edit("targets", move |signed| _ = signed.set("delegations", delegations(count)));
        let mirror = repository.publish().mirror.clone();
        let (root, bytes) = (mirror.file("1.root.json").to_vec(), mirror.file("1.targets.json").len());
        let client = Client::new(root, World(mirror), MemoryStore::new());
        let begun = Instant::now();
        let session = client.reference_time(UnixTime::from_seconds(NOW)).refresh()?;
        // The snapshot lists none of the roles: the search ends at the first of them.
        let _ = session.find("a/b");
        println!("{count:>6} {bytes:>9} {:.3}", begun.elapsed().as_secs_f64());
    }
    Ok(())
}
