//! Follows generated worlds with three clients, for `cargo xtask worlds`.
//!
//! `worlds [--seed N] [--count N] [--jobs N] [--shown N] [--record FILE] [--write]`: worlds of the seeds from N on, and a
//! table of what they came to; of a single world every answer too. `--write` makes `tests/differences.md` anew with their
//! counts. With `--record` each finished part of the seeds becomes a line of the file, and parts that the file has already
//! are passed over: a run that was stopped goes on where it was.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tuf_oracle_tests::worlds::{Readers, Tally, World, document};

const USAGE: &str = "usage: worlds [--seed N] [--count N] [--jobs N] [--shown N] [--record FILE] [--write]";

/// Worlds of one part: a job follows a part after the other.
const PART: u64 = 100;

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
        fs::write(path, document(&tally.counts())).context("cannot write tests/differences.md")?;
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
    /// Where finished parts are noted.
    record: Option<PathBuf>,
    write: bool,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let jobs = thread::available_parallelism().map_or(1, usize::from);
        let mut options = Self { seed: 0, count: 500, jobs, shown: 20, record: None, write: false };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            let mut number = || -> Result<u64> {
                let text = value()?;
                text.parse().with_context(|| format!("{argument}: no number: {text}"))
            };
            match argument.as_str() {
                "--seed" => options.seed = number()?,
                "--count" => options.count = number()?,
                "--jobs" => options.jobs = usize::try_from(number()?)?.max(1),
                "--shown" => options.shown = usize::try_from(number()?)?,
                "--record" => options.record = Some(value()?.into()),
                "--write" => options.write = true,
                other => bail!("unknown: {other}; {USAGE}"),
            }
        }
        Ok(options)
    }
}

/// Each job has two peers of its own; a world is the same whoever follows it.
fn follow(options: &Options) -> Result<Tally> {
    let record = options.record.as_deref().map(Record::open).transpose()?;
    let end = options.seed.checked_add(options.count).context("there is no such seed")?;
    let starts = (options.seed..end).step_by(usize::try_from(PART)?);
    let parts = starts.map(|start| (start, end.min(start + PART)));
    let parts: Vec<_> =
        parts.filter(|part| record.as_ref().is_none_or(|record| !record.has(*part))).collect();
    let next = Mutex::new(parts.into_iter());
    let job = || -> Result<Tally> {
        let readers = Readers::start()?;
        let mut tally = Tally::default();
        loop {
            let part = next.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((start, end)) = part else { return Ok(tally) };
            let mut of_part = Tally::default();
            for seed in start..end {
                let world = World::generate(seed);
                let verdicts = readers.follow(&world).with_context(|| format!("seed {seed}"))?;
                if options.count == 1 {
                    println!("{}", verdicts.told(&world));
                }
                of_part.add(&world, &verdicts);
            }
            if let Some(record) = &record {
                record.note((start, end), &of_part)?;
            }
            tally.merge(of_part);
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

/// A file with a line a finished part: `START END UNEXPLAINED`, its seeds from START to before END. What is unexplained
/// follows as comments.
struct Record {
    path: PathBuf,
    done: BTreeSet<(u64, u64)>,
}

impl Record {
    fn open(path: &Path) -> Result<Self> {
        let text = if path.exists() {
            fs::read_to_string(path).context("cannot read the record")?
        } else {
            String::new()
        };
        let part = |line: &str| {
            let mut numbers = line.split(' ').map(str::parse::<u64>);
            match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
                (Some(Ok(start)), Some(Ok(end)), Some(Ok(_)), None) => Some((start, end)),
                _ => None,
            }
        };
        Ok(Self { path: path.to_owned(), done: text.lines().filter_map(part).collect() })
    }

    fn has(&self, part: (u64, u64)) -> bool {
        self.done.contains(&part)
    }

    fn note(&self, (start, end): (u64, u64), tally: &Tally) -> Result<()> {
        let words = tally.unexplained.iter().flat_map(|difference| difference.lines());
        let words: String = words.map(|line| format!("# {line}\n")).collect();
        let line = format!("{words}{start} {end} {}\n", tally.unexplained.len());
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(line.as_bytes()).context("cannot write the record")
    }
}
