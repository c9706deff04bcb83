//! `tufrepo doctor store`, `tufrepo prune` and `tufrepo gc`.

use tuf_repository::{Keep, PassedOver, Pruned, Repository};

use crate::cli::failure::Failure;
use crate::cli::output::outln;
use crate::cli::printable::printable;
use crate::cli::shell::Shell;
use crate::cli::store_args::{DoctorStore, Gc, Prune};
use crate::cli::workspace::{Workspace, now};

/// Races a store. Prints each property that it has, one a line.
#[cfg(feature = "object-store")]
pub(crate) fn doctor(args: &DoctorStore, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    use tuf_repository::{Bucket, Error, examine};
    let examination = match &args.url {
        Some(url) => examine(&Bucket::open(url).map_err(Error::from)?)?,
        None => {
            let examination = Repository::examine_store(&workspace.site()?, &workspace.state_folder()?)?;
            examination.ok_or_else(|| {
                Failure::new("this repository is published to a folder, which has a lock")
                    .next("name a store: `tufrepo doctor store s3://BUCKET/PREFIX`")
            })?
        }
    };
    examination.properties.iter().for_each(|property| outln!("{property}"));
    for (name, error) in &examination.left {
        shell.warning(format_args!("{name} was left behind: {error}"));
    }
    shell.status(
        "Sound",
        format_args!(
            "{} races of {} connections each, one winner each time",
            examination.races, examination.racers
        ),
    );
    Ok(())
}

/// Object stores are not built in.
#[cfg(not(feature = "object-store"))]
pub(crate) fn doctor(_: &DoctorStore, _: &Workspace, _: &Shell) -> Result<(), Failure> {
    Err(crate::cli::workspace::without_stores())
}

/// Removes what no client needs any more. Prints each file, one a line.
pub(crate) fn prune(args: &Prune, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let keep = Keep::needed(args.keep_days, args.keep_snapshots);
    remove(&workspace.repository()?, &keep, args.dry_run, shell)
}

/// Removes what interrupted publishes have left. Prints each file, one a line.
pub(crate) fn gc(args: &Gc, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let keep = Keep::everything_but_orphans(args.keep_days);
    remove(&workspace.repository()?, &keep, args.dry_run, shell)
}

fn remove(repository: &Repository, keep: &Keep, dry_run: bool, shell: &Shell) -> Result<(), Failure> {
    let Pruned { removed, bytes, kept, passed_over } = match dry_run {
        true => repository.prunable(keep, now()?)?,
        false => repository.prune(keep, now()?)?,
    };
    removed.iter().for_each(|name| outln!("{}", printable(name)));
    for PassedOver { folder, reason } in passed_over {
        shell.warning(format_args!(
            "{} was not looked into, and nothing in it was removed: {reason}",
            folder.display()
        ));
    }
    let count = removed.len();
    match dry_run {
        true => {
            shell.status("Checked", format_args!("{count} files ({bytes} bytes) would go, {kept} stay"));
            shell.note("nothing was removed, because of `--dry-run`");
        }
        false => shell.status("Removed", format_args!("{count} files ({bytes} bytes), {kept} stay")),
    }
    Ok(())
}
