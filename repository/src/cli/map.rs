//! `tufrepo map`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde_json::Map;
use tempfile::NamedTempFile;
use tuf_files::read_regular;
use tuf_repository::map::{MapError, MapFile, Mapping};

use crate::cli::failure::Failure;
use crate::cli::inspect::root_file;
use crate::cli::map_args::{MapAdd, MapCommand, MapNew, MapShow};
use crate::cli::output::outln;
use crate::cli::printable::printable;
use crate::cli::shell::Shell;

/// Makes, changes or shows a map file. It belongs to clients: no repository, no key and no settings are opened.
pub(crate) fn run(command: &MapCommand, shell: &Shell) -> Result<(), Failure> {
    match command {
        MapCommand::New(new) => make(new, shell),
        MapCommand::Add(more) => add(more, shell),
        MapCommand::Show(shown) => show(shown, shell),
    }
}

fn make(args: &MapNew, shell: &Shell) -> Result<(), Failure> {
    let mut map = MapFile::default();
    add_repositories(&mut map, &args.url)?;
    let file = written(&map, &args.file)?;
    file.persist_noclobber(&args.file).map_err(|error| not_written(&args.file, &error.error))?;
    shell.status("Created", format_args!("{} with {}", args.file.display(), count(&map)));
    shell.note("a client asks nobody before a mapping covers the path: `tufrepo map add FILE --paths PATTERN --ask NAME`");
    Ok(())
}

fn add(args: &MapAdd, shell: &Shell) -> Result<(), Failure> {
    let mut map = read(&args.file)?;
    add_repositories(&mut map, &args.url)?;
    if !args.paths.is_empty() {
        let mapping = Mapping {
            paths: args.paths.clone(),
            repositories: args.ask.clone(),
            threshold: args.threshold.unwrap_or(args.ask.len() as u64),
            terminating: args.terminating,
            unrecognized: Map::new(),
        };
        map.add_mapping(mapping, args.before).map_err(failed)?;
    }
    let file = written(&map, &args.file)?;
    file.persist(&args.file).map_err(|error| not_written(&args.file, &error.error))?;
    shell.status("Changed", format_args!("{}: {}", args.file.display(), count(&map)));
    warn(&map, shell);
    Ok(())
}

/// Prints each repository and each mapping, tab-separated, one a line; or the repositories that are asked for a target.
fn show(args: &MapShow, shell: &Shell) -> Result<(), Failure> {
    let map = read(&args.file)?;
    let mut roots = BTreeMap::new();
    for (name, file) in &args.root {
        roots.insert(name.clone(), root_file(Path::new(file))?);
    }
    let without_root = map.check_roots(&roots).map_err(failed)?;
    match &args.target {
        Some(target) => {
            for name in map.asked(target).map_err(failed)? {
                outln!("{}", printable(&name));
            }
        }
        None => print(&map),
    }
    warn(&map, shell);
    if !without_root.is_empty() {
        let names: Vec<&str> = without_root.into_iter().collect();
        shell.note(format_args!(
            "not compared, because `--root NAME=FILE` was not given: the root metadata of {}",
            names.join(", ")
        ));
    }
    Ok(())
}

fn print(map: &MapFile) {
    for (name, urls) in &map.repositories {
        outln!("repository\t{}\t{}", printable(name), printable(&urls.join(" ")));
    }
    for (number, mapping) in (1..).zip(&map.mapping) {
        outln!(
            "{number}\t{}\t{} of {}\t{}",
            printable(&mapping.paths.join(" ")),
            mapping.threshold,
            printable(&mapping.repositories.join(" ")),
            if mapping.terminating { "ends here" } else { "goes on" }
        );
    }
}

fn add_repositories(map: &mut MapFile, repositories: &[(String, String)]) -> Result<(), Failure> {
    for (name, url) in repositories {
        map.add_repository(name, url).map_err(failed)?;
    }
    Ok(())
}

fn warn(map: &MapFile, shell: &Shell) {
    for number in map.unreached() {
        shell.warning(format_args!(
            "no client comes to mapping {number}: a mapping before it covers every path, and ends the search"
        ));
    }
    for name in map.unasked() {
        shell.warning(format_args!("no mapping asks repository {}", printable(name)));
    }
}

fn count(map: &MapFile) -> String {
    format!("{} repositories, {} mappings", map.repositories.len(), map.mapping.len())
}

fn read(path: &Path) -> Result<MapFile, Failure> {
    let bytes = read_regular(path, MapFile::MOST_BYTES).map_err(|cause| Failure::reading(path, cause))?;
    MapFile::parse(&bytes).map_err(failed)
}

/// The map in an unfinished file of the same folder.
fn written(map: &MapFile, path: &Path) -> Result<NamedTempFile, Failure> {
    let bytes = map.to_bytes().map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(&bytes)?;
        readable(&file)?;
        file.as_file().sync_all()?;
        Ok(file)
    });
    file.map_err(|cause| not_written(path, &cause))
}

/// A map is no secret, and clients of other users read it. An unfinished file is its owner's alone.
fn readable(file: &NamedTempFile) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    let _ = file;
    Ok(())
}

fn not_written(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::writing(path, cause)
}

fn failed(error: MapError) -> Failure {
    let failure = Failure::new(format!("{error} [{}]", error.code()));
    match error {
        MapError::UnknownRepository { .. } => failure.next("add it with `--url NAME=URL`"),
        MapError::SameRoot { .. } => {
            failure.next("ask one of them alone, or give them root metadata that no one set of keys can sign")
        }
        MapError::NoSuchMapping { .. } => failure.next("`tufrepo map show` numbers the mappings"),
        _ => failure,
    }
}
