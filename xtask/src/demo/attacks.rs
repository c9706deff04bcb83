//! The attacks, each against a client that must refuse it, with the words that its user sees.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::client::Client;
use super::site::{Shown, Site};
use super::stage::Stage;
use super::{PROGRAM, heading};
use crate::children;

/// Statuses of `cargo tuf-install`.
const VERIFICATION_FAILED: i32 = 40;
const EXPIRED_OR_ROLLED_BACK: i32 = 42;
const NO_ANSWER: i32 = 68;

/// One attack.
struct Attack {
    title: &'static str,
    about: &'static str,
    /// Whether the client has installed the program before.
    returning: bool,
    /// What the attack makes the client see.
    prepare: fn(&Stage) -> Result<Shown>,
    /// The status that the client must end with.
    status: i32,
    /// Words that its user must see.
    words: &'static str,
}

const ATTACKS: [Attack; 9] = [
    Attack {
        title: "A tampered crate",
        about: "The mirror changes some bytes of a dependency.",
        returning: false,
        prepare: tampered_crate,
        status: VERIFICATION_FAILED,
        words: "wrong software",
    },
    Attack {
        title: "An index line with an added dependency",
        about: "The mirror leaves every crate as it is, and adds a dependency to the index.",
        returning: false,
        prepare: added_dependency,
        status: VERIFICATION_FAILED,
        words: "wrong software",
    },
    Attack {
        title: "Replayed old metadata",
        about: "The mirror serves what was published before, truly signed, to somebody who has seen newer.",
        returning: true,
        prepare: replayed_metadata,
        status: EXPIRED_OR_ROLLED_BACK,
        words: "rollback attack",
    },
    Attack {
        title: "An expired timestamp",
        about: "The mirror goes on serving a state that nobody vouches for any more.",
        returning: false,
        prepare: |stage| with_stolen_key(stage, "expired"),
        status: EXPIRED_OR_ROLLED_BACK,
        words: "freeze attack",
    },
    Attack {
        title: "A stolen timestamp key that names a forged snapshot",
        about: "The thief signs a timestamp for a snapshot of their own making.",
        returning: false,
        prepare: |stage| with_stolen_key(stage, "forged-snapshot"),
        status: VERIFICATION_FAILED,
        words: "arbitrary software attack",
    },
    Attack {
        title: "A stolen timestamp key that goes back to an old snapshot",
        about: "The thief signs a newer timestamp for an older snapshot, to somebody who has seen the newer one.",
        returning: true,
        prepare: |stage| with_stolen_key(stage, "older-snapshot"),
        status: EXPIRED_OR_ROLLED_BACK,
        words: "rollback attack",
    },
    Attack {
        title: "A repository with other keys",
        about: "Somebody else's repository answers under the same URL.",
        returning: false,
        prepare: foreign_repository,
        status: VERIFICATION_FAILED,
        words: "arbitrary software attack",
    },
    Attack {
        title: "Endless data",
        about: "The mirror answers the request for the timestamp with bytes without end.",
        returning: false,
        prepare: |stage| Ok(Shown::EndlessTimestamp(stage.published())),
        status: VERIFICATION_FAILED,
        words: "endless data attack",
    },
    Attack {
        title: "No server",
        about: "Nobody answers. That is no verdict, and it is not reported as one.",
        returning: false,
        prepare: |_| Ok(Shown::Nothing),
        status: NO_ANSWER,
        words: "127.0.0.1",
    },
];

/// Shows each attack being refused, all at the URL that the clients know. Returns how many were one.
pub(super) fn show_all(stage: &Stage, site: &mut Site, returning: &Client) -> Result<usize> {
    for (number, attack) in (1..).zip(&ATTACKS) {
        heading(&format!("{number}. {}", attack.title));
        println!("{}", attack.about);
        let name = format!("client-{number}");
        let client =
            if attack.returning { returning.like(stage, &name)? } else { Client::new(stage, &name)? };
        site.show((attack.prepare)(stage)?);
        show(attack, site.url(), &client).with_context(|| format!("{number}. {}", attack.title))?;
    }
    Ok(ATTACKS.iter().filter(|attack| attack.status != NO_ANSWER).count())
}

fn show(attack: &Attack, url: &str, client: &Client) -> Result<()> {
    let finished = children::finished(&mut client.install(url))?;
    for line in finished.stderr.lines() {
        println!("  | {line}");
    }
    let status = finished.status.code();
    println!("exit status: {}", status.map_or("none".to_owned(), |status| status.to_string()));
    if client.installed().exists() {
        bail!("something was installed");
    }
    if status != Some(attack.status) {
        bail!("the exit status must be {}", attack.status);
    }
    if !finished.stderr.contains(attack.words) {
        bail!("the words {:?} are missing", attack.words);
    }
    Ok(())
}

fn tampered_crate(stage: &Stage) -> Result<Shown> {
    let mirror = stage.mirror("mirror-tampered-crate")?;
    let file = find(&mirror.join("targets/crates/anyhow"), "anyhow-")?;
    let mut bytes = fs::read(&file)?;
    let middle = bytes.len() / 2;
    for byte in bytes.iter_mut().skip(middle).take(16) {
        *byte ^= 0xff;
    }
    fs::write(&file, bytes)?;
    Ok(Shown::Folder(mirror))
}

fn added_dependency(stage: &Stage) -> Result<Shown> {
    let mirror = stage.mirror("mirror-added-dependency")?;
    let file = find(&mirror.join("targets/index"), &format!(".{PROGRAM}"))?;
    let mut changed = String::new();
    for line in fs::read_to_string(&file)?.lines() {
        let mut entry: Value = serde_json::from_str(line)?;
        let dependencies = entry["deps"].as_array_mut().context("an index line lists dependencies")?;
        dependencies.push(json!({
            "name": "libc", "req": "^0.2", "features": [], "optional": false, "default_features": true,
            "target": null, "kind": "build",
        }));
        changed += &format!("{entry}\n");
    }
    fs::write(&file, changed)?;
    Ok(Shown::Folder(mirror))
}

fn replayed_metadata(stage: &Stage) -> Result<Shown> {
    let mirror = stage.mirror("mirror-replayed-metadata")?;
    let metadata = mirror.join("metadata");
    fs::remove_dir_all(&metadata)?;
    super::stage::copy_folder(&stage.published_before(), &metadata)?;
    Ok(Shown::Folder(mirror))
}

fn with_stolen_key(stage: &Stage, attack: &str) -> Result<Shown> {
    let mirror = stage.mirror(&format!("mirror-{attack}"))?;
    stage.with_stolen_timestamp_key(attack, &mirror)?;
    Ok(Shown::Folder(mirror))
}

fn foreign_repository(stage: &Stage) -> Result<Shown> {
    let foreign = stage.folder().join("foreign");
    stage.init_foreign(&foreign)?;
    Ok(Shown::Folder(foreign))
}

/// The first file below a folder whose name contains this.
fn find(folder: &Path, part: &str) -> Result<PathBuf> {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name.to_string_lossy().contains(part)) {
                return Ok(path);
            }
        }
    }
    bail!("no file with {part} in its name is below {}", folder.display())
}
