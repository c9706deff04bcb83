//! Asks a client what it answers to a world of `docs/verdicts.md`.

use std::fs;

use anyhow::{Context, Result};
use libtest_mimic::{Failed, Trial};
use tuf_test_server::{Answer as Reply, Request, Server};
use tuf_tests::verdicts::{Answer, World};
use tuf_tests::{Mirror, NOW};

use crate::{Implementation, Journey, Outcome, Stop, Visit};

/// Bytes of blanks after an endless file: more than any client takes.
const ENDLESS: usize = 10_000_000;

/// Shows a client the world's mirrors, one after the other, and says what it answers at the end.
///
/// # Errors
/// Where there is no answer, or the client refuses a mirror before the last one.
pub fn ask(client: &Implementation, world: &World) -> Result<Answer> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("trusted-root.json");
    fs::write(&root, &world.pinned)?;
    let servers: Vec<Server> = world.stops.iter().cloned().map(serve).collect::<Result<_>>()?;
    let stop = |server: &Server| Stop {
        metadata_url: format!("{}/metadata", server.url()),
        targets_url: format!("{}/targets", server.url()),
    };
    let journey = Journey {
        root,
        store: folder.path().join("store"),
        stops: servers.iter().map(stop).collect(),
        targets: world.looks.iter().map(|(path, _)| path.clone()).collect(),
        reference_time: Some(NOW),
    };
    let visits = client.read(&journey)?;
    let (last, before) = visits.split_last().context("there is a stop")?;
    anyhow::ensure!(
        before.iter().all(|visit| visit.refresh == Outcome::Accepted),
        "an honest stop is refused: {before:?}"
    );
    answer(last, world)
}

fn answer(visit: &Visit, world: &World) -> Result<Answer> {
    let outcome = match (&visit.refresh, world.looks.last()) {
        (Outcome::Accepted, Some((path, _))) => {
            visit.targets.get(path).context("the target was looked for")?
        }
        (refresh, _) => refresh,
    };
    Ok(match outcome {
        Outcome::Accepted | Outcome::Verified { .. } => Answer::Takes,
        Outcome::Absent => Answer::Absent,
        Outcome::Refused { .. } => Answer::Refuses,
    })
}

/// Serves a mirror. Clients differ in which characters of a path they encode: a file has its name, however written.
fn serve(mirror: Mirror) -> Result<Server> {
    Ok(Server::start(move |request| reply(&mirror, request))?)
}

fn reply(mirror: &Mirror, request: &Request) -> Reply {
    let (files, name) = match request.path.strip_prefix("/metadata/") {
        Some(name) => (&mirror.metadata, name),
        None => (&mirror.targets, request.path.strip_prefix("/targets/").unwrap_or_default()),
    };
    let asked = decoded(name);
    let found = files.iter().find(|(known, _)| known.as_str() == name || decoded(known) == asked);
    match found {
        None => Reply::Status(404),
        Some((known, bytes)) if mirror.endless.contains(known) => {
            let mut bytes = bytes.clone();
            bytes.resize(ENDLESS, b' ');
            Reply::Bytes(bytes)
        }
        Some((_, bytes)) => Reply::Bytes(bytes.clone()),
    }
}

/// Each `%XX` as the byte that it stands for.
fn decoded(path: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let byte =
                    str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                byte.inspect(|_| rest = after)
            }
            _ => None,
        };
        decoded.push(byte.unwrap_or(*first));
    }
    decoded
}

/// A test that reports why it cannot run, as the runner of all suites counts it.
#[must_use]
pub fn skipped(name: &str, reason: &str) -> Trial {
    let (test, line) = (name.to_owned(), format!("SKIPPED {name}: {reason}\n"));
    Trial::test(test, move || {
        eprint!("{line}");
        let Some(path) = std::env::var_os("TUF_TEST_SKIPS") else { return Ok(()) };
        let file = fs::OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| std::io::Write::write_all(&mut file, line.as_bytes())).map_err(Failed::from)
    })
}
