//! Follows generated worlds with this project alone, so that they can be recorded: `docs/shared-worlds.md`.
//!
//! `generated COUNT`: the worlds of the seeds from 0 on.

use anyhow::{Context, Result};
use tuf_oracle_tests::worlds::{World, follow_alone};
use tuf_tests::recorded::within;

fn main() -> Result<()> {
    let count: u64 = std::env::args().nth(1).context("usage: generated COUNT")?.parse()?;
    for seed in 0..count {
        let world = World::generate(seed);
        within(&format!("seed {seed}"), || follow_alone(&world));
    }
    Ok(())
}
