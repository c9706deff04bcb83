//! `tufrepo monitor`.

mod prometheus;

use std::io::Read as _;
use std::path::Path;

use tuf_repository::metadata::format_expiry;
use tuf_repository::monitor::{FolderSource, HttpSource, MetadataSource, Observation, observe};
use tuf_repository::{UnixTime, check_own};

use crate::cli::failure::Failure;
use crate::cli::monitor_args::MonitorArgs;
use crate::cli::shell::Shell;
use crate::cli::within::{Within, is_due};
use crate::cli::workspace::now;

/// The exit status where a role is due.
const DUE: u8 = 3;
/// The exit status where clients refuse the repository.
const REFUSED: u8 = 4;

/// More than any root metadata has that clients take.
const MOST_ROOT_BYTES: u64 = 512_000;

/// Prints role, version, expiry and seconds until then, tab-separated, one role a line; or metrics for Prometheus. Opens no
/// key and no state.
pub(crate) fn run(args: &MonitorArgs, shell: &Shell) -> Result<(), Failure> {
    let root = read_root(&args.root)?;
    let now = now()?;
    let observed = source(args).and_then(|source| Ok(observe(&root, &*source, now)?));
    if args.prometheus {
        prometheus::print(observed.as_ref().ok(), now)?;
    }
    let observed = observed?;
    if !args.prometheus {
        print(&observed, now);
    }
    for role in &observed.roles {
        let within = Within::of(&args.within, &role.role, u64::MAX);
        if is_due(role.expires, within, now) {
            let expires = role.expires.map(format_expiry).unwrap_or_default();
            shell.warning(format_args!("role {} is due: it expires at {expires}", role.role));
            shell.attention(DUE);
        }
    }
    if let Some(refused) = &observed.refused {
        let failure = Failure::new(format!("clients refuse the repository: {refused} [{}]", refused.code()));
        shell.failure(&failure.next(
            "if it has expired, `tufrepo refresh` signs it anew; otherwise somebody else has written there: `tufrepo restore`",
        ));
        shell.attention(REFUSED);
    }
    Ok(())
}

fn source(args: &MonitorArgs) -> Result<Box<dyn MetadataSource>, Failure> {
    let is_url = args.place.starts_with("http://") || args.place.starts_with("https://");
    if is_url {
        return Ok(Box::new(HttpSource::new(&args.place, args.ca_file.as_deref())?));
    }
    let folder = Path::new(&args.place);
    match folder.is_dir() {
        true => Ok(Box::new(FolderSource::new(folder))),
        false => Err(Failure::new(format!("{} is no folder", folder.display()))
            .next("name the URL or the folder that has timestamp.json")),
    }
}

/// Reads the root metadata that everything is verified from: whoever can change it chooses the verdict.
fn read_root(path: &Path) -> Result<Vec<u8>, Failure> {
    check_own(path)?;
    let failed = |cause| Failure::reading(path, cause);
    let file = tuf_files::open_regular(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MOST_ROOT_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn print(observed: &Observation, now: UnixTime) {
    println!("role\tversion\texpires\tseconds");
    for role in &observed.roles {
        let expires = role.expires.map_or_else(|| "-".to_owned(), format_expiry);
        let left = role.expires.map_or_else(|| "-".to_owned(), |expires| (expires.0 - now.0).to_string());
        println!("{}\t{}\t{expires}\t{left}", role.role, role.version);
    }
}
