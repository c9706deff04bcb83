//! Follows generated worlds with three clients, for `cargo xtask worlds`.
//!
//! `worlds [--seed N] [--count N] [--jobs N] [--shown N] [--write]`: worlds of the seeds from N on, and a table of what they
//! came to; of a single world every answer too. `--write` makes `tests/differences.md` anew with their counts.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tuf_oracle_tests::worlds::{Readers, Tally, World, document};

const USAGE: &str = "usage: worlds [--seed N] [--count N] [--jobs N] [--shown N] [--write]";

fn main() -> Result<ExitCode> {
    let options = Options::parse(std::env::args().skip(1))?;
    let began = Instant::now();
    let tally = follow(&options)?;
    for difference in tally.unexplained.iter().take(options.shown) {
        println!("{difference}\n");
    }
    println!("{tally}");
    let seconds = began.elapsed().as_secs_f64();
    println!("{seconds:.0} s, {:.1} worlds a second", tally.worlds as f64 / seconds);
    if !tally.unexplained.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    if options.write {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../differences.md");
        std::fs::write(path, document(&tally.counts())).context("cannot write tests/differences.md")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What the command line asks for.
struct Options {
    seed: u64,
    count: u64,
    jobs: usize,
    /// Unexplained differences to print.
    shown: usize,
    write: bool,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let jobs = thread::available_parallelism().map_or(1, usize::from);
        let mut options = Self { seed: 0, count: 500, jobs, shown: 20, write: false };
        while let Some(argument) = arguments.next() {
            let mut number = || -> Result<u64> {
                let text = arguments.next().with_context(|| format!("{argument} needs a number"))?;
                text.parse().with_context(|| format!("{argument}: no number: {text}"))
            };
            match argument.as_str() {
                "--seed" => options.seed = number()?,
                "--count" => options.count = number()?,
                "--jobs" => options.jobs = usize::try_from(number()?)?.max(1),
                "--shown" => options.shown = usize::try_from(number()?)?,
                "--write" => options.write = true,
                other => bail!("unknown: {other}; {USAGE}"),
            }
        }
        Ok(options)
    }
}

/// Each job has two peers of its own; a world is the same whoever follows it.
fn follow(options: &Options) -> Result<Tally> {
    let next = AtomicU64::new(options.seed);
    let end = options.seed.checked_add(options.count).context("there is no such seed")?;
    let job = || -> Result<Tally> {
        let readers = Readers::start()?;
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return Ok(tally);
            }
            let world = World::generate(seed);
            let verdicts = readers.follow(&world).with_context(|| format!("seed {seed}"))?;
            if options.count == 1 {
                println!("{}", verdicts.told(&world));
            }
            tally.add(&world, &verdicts);
        }
    };
    thread::scope(|scope| {
        let jobs: Vec<_> = (0..options.jobs).map(|_| scope.spawn(job)).collect();
        let mut all = Tally::default();
        for job in jobs {
            all.merge(job.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        all.unexplained.sort();
        Ok(all)
    })
}
