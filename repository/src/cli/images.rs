//! `tufrepo image`.

use tuf_oci::registry::Location;
use tuf_oci::{Host, Reference, Repository};
use tuf_repository::Error;
use tuf_repository::images::{Image, delegation, stage, unstage};

use crate::cli::failure::Failure;
use crate::cli::image_args::{ImageAdd, ImageDelegate, ImageRemove};
use crate::cli::output::outln;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;

/// Stages the delegation that the images of one repository need.
pub(crate) fn delegate(args: &ImageDelegate, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let (host, repository) = host_and_repository(&args.name)?;
    let keys = workspace.role_keys(&args.key, args.threshold)?;
    workspace.repository()?.delegate("targets", delegation(&args.role, &host, &repository, keys))?;
    shell.status("Staged", format_args!("delegation of role targets to {} for {}", args.role, args.name));
    Ok(())
}

/// Stages what an image is. Prints the target path of each manifest that is new or changed, one a line.
pub(crate) fn add(args: &ImageAdd, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let reference = reference(&args.reference)?;
    let repository = workspace.repository()?;
    // Asked for before anything is fetched, so that a missing role does not come as a late surprise.
    if !repository.stage()?.has_role(&args.role)? {
        return Err(Error::NoSuchRole(args.role.clone()).into());
    }
    let image = collect(args, &reference)?;
    let mut staging = repository.stage()?;
    let staged = stage(&image, &args.role, &mut staging)?;
    staging.save()?;
    staged.changed.iter().for_each(|path| outln!("{path}"));
    let (changed, unchanged) = (staged.changed.len(), staged.unchanged);
    shell.status(
        "Staged",
        format_args!(
            "{reference} as {}: {changed} targets ({unchanged} were targets already)",
            image.manifest.digest
        ),
    );
    Ok(())
}

/// Stages the removal of a tag or a digest. Prints their target paths, one a line.
pub(crate) fn remove(args: &ImageRemove, workspace: &Workspace, shell: &Shell) -> Result<(), Failure> {
    let reference = reference(&args.reference)?;
    let repository = workspace.repository()?;
    let mut staged = repository.stage()?;
    let paths = unstage(&reference, &args.role, &mut staged)?;
    staged.save()?;
    paths.iter().for_each(|path| outln!("{path}"));
    shell.status("Staged", format_args!("removal of {reference}"));
    Ok(())
}

fn collect(args: &ImageAdd, reference: &Reference) -> Result<Image, Failure> {
    Ok(match (&args.layout, &args.digests) {
        (Some(folder), _) => Image::from_layout(reference, folder)?,
        (None, Some(list)) => Image::from_list(reference, list)?,
        (None, None) => {
            let registry = args.access.registry(Location::of(reference, args.plain_http))?;
            Image::from_registry(reference, &registry)?
        }
    })
}

fn reference(text: &str) -> Result<Reference, Failure> {
    Reference::parse(text).map_err(|error| {
        Failure::new(format!("{text:?}: {error}"))
            .next("write it out, such as `registry.example/team/app:v1` or `docker.io/library/busybox:1.36`")
    })
}

fn host_and_repository(name: &str) -> Result<(Host, Repository), Failure> {
    let wrong = |reason: String| {
        Failure::new(format!("{name:?}: {reason}")).next("write it out, such as `registry.example/team/app`")
    };
    let (host, repository) =
        name.split_once('/').ok_or_else(|| wrong("it is not REGISTRY/REPOSITORY".to_owned()))?;
    let host = host.parse().map_err(|error| wrong(format!("{error}")))?;
    let repository = repository.parse().map_err(|error| wrong(format!("{error}")))?;
    Ok((host, repository))
}
