//! What a session established, for a person to read.

use std::error::Error;
use std::path::Path;

use tuf_verifier_host::{Lookup, Session, Target, UnixTime, Waiver};

/// Prints versions, expiry and every check that was not made.
pub(crate) fn print(session: &Session) {
    let report = session.report();
    println!("verified at {}", UnixTime::from_seconds(report.now));
    let roles = [
        ("root", report.root),
        ("timestamp", report.timestamp),
        ("snapshot", report.snapshot),
        ("targets", report.targets),
    ];
    for (name, role) in roles {
        println!("{name} version {}, expires {}", role.version, UnixTime::from_seconds(role.expires));
    }
    tell(&report.waived);
}

/// Prints which forms were taken, in one line, and each check that was not made.
fn tell(waivers: &[Waiver]) {
    if let Some(forms) = Waiver::forms_in_words(waivers) {
        println!("note: {forms}");
    }
    for waiver in waivers.iter().filter(|waiver| !waiver.is_form()) {
        println!("not checked: {waiver}");
    }
}

/// Verifies the targets of these paths, each written to a folder under its name, and says so.
///
/// # Errors
/// The first that is not there or not verified.
pub(crate) fn take(session: &Session, paths: &[String], folder: &Path) -> Result<(), Box<dyn Error>> {
    for path in paths {
        let target = fetch(session, path, folder)?;
        tell(&target.waived);
        println!("verified {path} ({} bytes)", target.length);
    }
    Ok(())
}

/// Writes the verified target of this path to a folder, under its name.
///
/// # Errors
/// It is not there or not verified.
pub(crate) fn fetch(session: &Session, path: &str, folder: &Path) -> Result<Target, Box<dyn Error>> {
    match session.find(path)? {
        Lookup::Found(target) => {
            session.download(&target, &folder.join(target.file_name()))?;
            Ok(target)
        }
        Lookup::NotFound(reason) => Err(format!("no target {path:?}: {reason}").into()),
    }
}
