//! Writes the seeds to `corpus/`: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for seed in tuf_fuzz::seeds::all() {
        let folder = corpus.join(seed.target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(seed.name), seed.input)?;
    }
    Ok(())
}
