//! The refresh that every command begins with, and what it says meanwhile.

use tuf_verifier_host::{Progress, UnixTime, Waiver};

use crate::cargo_config::CargoConfig;
use crate::config::Config;
use crate::event::Event;
use crate::failure::Failure;
use crate::repository::{Network, Repository};
use crate::shell::Shell;

/// Brings the metadata up to date and says so.
///
/// # Errors
/// As [`Repository::refresh`].
pub fn refresh(
    config: &Config,
    cargo: &CargoConfig,
    network: Network,
    shell: &Shell,
) -> Result<Repository, Failure> {
    let from = match network {
        Network::Online => String::new(),
        Network::Offline => " from the trusted store (offline)".to_owned(),
    };
    let root = config.trusted_root.display();
    shell.status(
        "Updating",
        format_args!("TUF repository {}{from} (trusted root: {root})", config.repository),
    );
    let speaker = shell.clone();
    let repository = Repository::refresh(config, cargo, network, move |progress| speak(&speaker, progress))?;
    let report = repository.report();
    for notice in &report.notices {
        shell.warning(format_args!("{} in the trusted store was not used: {}", notice.name, notice.why));
    }
    let expires = [report.root, report.timestamp, report.snapshot, report.targets].map(|role| role.expires);
    let soonest = UnixTime::from_seconds(expires.into_iter().min().unwrap_or_default());
    let (timestamp, root) = (report.timestamp.version, report.root.version);
    shell.status(
        "Verified",
        format_args!("metadata (root {root}, timestamp {timestamp}), current until {soonest}"),
    );
    if let Some(forms) = Waiver::forms_in_words(&report.waived) {
        shell.status("Note", forms);
    }
    for waiver in report.waived.iter().filter(|waiver| !waiver.is_form()) {
        shell.status("Waived", waiver);
    }
    for event in Event::notices(&report)
        .chain(Event::waivers(&report))
        .chain([Event::refreshed(config.repository.to_string(), &report)])
    {
        shell.emit(&event).map_err(Failure::Stdout)?;
    }
    Ok(repository)
}

fn speak(shell: &Shell, progress: Progress<'_>) {
    match progress {
        Progress::WaitingForLock => shell.status("Blocking", "waiting for the lock of the trusted store"),
        Progress::Fetching { name, .. } => shell.progress("Fetching", 0, None, name),
        Progress::Fetched { name, bytes, .. } => {
            shell.detail("Fetched", format_args!("{name} ({bytes} bytes)"));
        }
        Progress::Absent { name, .. } => shell.detail("Absent", name),
        Progress::Verified { name, .. } => shell.detail("Verified", name),
        _ => {}
    }
}
