//! Somebody else writes to the repository's folder while a publisher does: between its look and its write, and after it.
#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::world::{NOW, World, copy_folder, files};
use serde_json::json;
use tempfile::TempDir;
use tuf_repository::metadata::sha256_hex;
use tuf_repository::{Error, Repository, TargetDescription, Write, WriteObserver};

/// Puts a link to a folder of somebody else's in the place of a folder above a file, immediately before that file is
/// written: after every look at it that could come first.
struct Swap {
    repository: PathBuf,
    elsewhere: PathBuf,
    /// How many writes to the repository come first.
    left: AtomicUsize,
    /// Which folder: 0 is the one that the file is in.
    level: usize,
    done: AtomicBool,
}

impl WriteObserver for Swap {
    fn before(&self, write: Write<'_>) -> io::Result<()> {
        let (Write::Create(path) | Write::Replace(path) | Write::Remove(path)) = write else { return Ok(()) };
        let Some(above) = path.ancestors().skip(1).nth(self.level) else { return Ok(()) };
        if !above.starts_with(&self.repository) || above == self.repository {
            return Ok(());
        }
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
            || self.done.swap(true, Ordering::SeqCst)
        {
            return Ok(());
        }
        // What is replaced or removed is there too, and what is created could be.
        let victim = self.elsewhere.join(path.strip_prefix(above).expect("below it"));
        fs::create_dir_all(victim.parent().expect("a folder"))?;
        if !matches!(write, Write::Create(_)) {
            fs::write(&victim, "of somebody else")?;
        }
        if above.exists() {
            fs::rename(above, above.with_extension("moved"))?;
        }
        fs::create_dir_all(above.parent().expect("a folder"))?;
        symlink(&self.elsewhere, above)
    }
}

fn swaps_before_every_write(world: &World, what: &str, act: impl Fn(&Repository) -> Result<(), Error>) {
    let mut swapped = 0;
    for level in 0..3 {
        for number in 0.. {
            let (copy, elsewhere) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
            copy_folder(world.home(), copy.path());
            let swap = Arc::new(Swap {
                repository: copy.path().join("repo"),
                elsewhere: elsewhere.path().to_owned(),
                left: AtomicUsize::new(number),
                level,
                done: AtomicBool::new(false),
            });
            let outcome = act(&world.open_at(copy.path()).observe_writes(Arc::<Swap>::clone(&swap)));
            if !swap.done.load(Ordering::SeqCst) {
                outcome.expect("nothing was swapped");
                break;
            }
            swapped += 1;
            let refused = outcome.expect_err("refused");
            assert_eq!(refused.code(), "symbolic-link", "{what}: level {level}, write {number}: {refused}");
            let there = files(elsewhere.path());
            assert!(
                there.values().all(|bytes| bytes == b"of somebody else") && there.len() <= 1,
                "{what}: level {level}, write {number}: {there:?}"
            );
        }
    }
    assert!(swapped >= 3, "{what}: {swapped} swaps");
}

#[test]
fn rejects_a_link_that_comes_between_the_look_and_the_write() {
    let world = World::with_keys(&[]);
    swaps_before_every_write(&world, "stage", |repository| {
        repository.add_target("targets", "a/b/c", b"bytes")
    });
    world.open().add_target("targets", "a/b/c", b"bytes").expect("staged");
    swaps_before_every_write(&world, "publish", |repository| repository.publish(NOW).map(drop));
}

/// The same folders as above, one after the other, between two calls.
#[test]
fn rejects_a_link_in_the_place_of_a_folder_at_each_level() {
    let world = World::with_keys(&[]);
    let repository = world.open();
    repository.add_target("targets", "a/b/c", b"one").expect("staged");
    repository.publish(NOW).expect("published");
    let names = ["metadata", "targets", "targets/a", "targets/a/b", "staged/targets", "staged/targets/a/b"];
    for name in names.into_iter().chain(["staged/unfinished", "staged/lock", "staged"]) {
        repository.add_target("targets", "a/b/c", b"two").expect("staged");
        let (path, moved) = (world.path().join(name), world.home().join("moved"));
        let elsewhere = TempDir::new().expect("a folder");
        let is_there = path.exists();
        if is_there {
            fs::rename(&path, &moved).expect("a move");
            if moved.is_dir() {
                copy_folder(&moved, elsewhere.path());
            }
        }
        let target =
            if name == "staged/lock" { elsewhere.path().join("lock") } else { elsewhere.path().to_owned() };
        symlink(target, &path).expect("a link");
        let before = files(elsewhere.path());
        let staged = repository.add_target("targets", "d", b"three");
        let refused = staged.and_then(|()| repository.publish(NOW).map(drop)).expect_err(name);
        assert!(matches!(&refused, Error::SymbolicLink(at) if *at == path), "{name}: {refused:?}");
        if name.starts_with("staged") && !name.ends_with("a/b") {
            assert_eq!(repository.discard().expect_err(name).code(), "symbolic-link", "{name}");
        }
        assert!(files(elsewhere.path()) == before, "{name}: nothing is written through it");
        fs::remove_file(&path).expect("a removal");
        if is_there {
            fs::rename(&moved, &path).expect("a move");
        }
    }
    repository.add_target("targets", "a/b/c", b"two").expect("staged");
    repository.publish(NOW).expect("a publish");
}

#[test]
fn accepts_links_in_what_is_removed_and_follows_none() {
    let world = World::with_keys(&[]);
    let elsewhere = TempDir::new().expect("a folder");
    fs::write(elsewhere.path().join("file"), b"bytes").expect("a file");
    world.open().add_target("targets", "a/b", b"bytes").expect("staged");
    symlink(elsewhere.path(), world.path().join("staged/targets/a/link")).expect("a link");
    world.open().discard().expect("discarded");
    assert!(elsewhere.path().join("file").exists() && !world.path().join("staged/targets").exists());
}

/// A file of somebody else's with the right bytes, who keeps it open to change it later.
fn planted(path: &Path, bytes: &[u8]) -> File {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).expect("a file");
    file.write_all(bytes).expect("written");
    file.set_permissions(PermissionsExt::from_mode(0o666)).expect("a mode");
    file
}

/// Stops a publish before its timestamp.
struct StopAtTimestamp;

impl WriteObserver for StopAtTimestamp {
    fn before(&self, write: Write<'_>) -> io::Result<()> {
        match write {
            Write::Replace(path) if path.ends_with("metadata/timestamp.json") => {
                Err(io::Error::other("crash"))
            }
            _ => Ok(()),
        }
    }
}

fn changes_nothing(mut planted: File, path: &Path, genuine: &[u8]) {
    planted.rewind().and_then(|()| planted.write_all(b"evil")).expect("written");
    assert_eq!(fs::read(path).expect("a file"), genuine, "{}", path.display());
    let found = fs::metadata(path).expect("a file");
    assert_eq!((found.mode() & 0o022, found.nlink()), (0, 1), "{}", path.display());
}

#[test]
fn rejects_the_files_of_others_that_have_the_right_bytes() {
    let world = World::with_keys(&[]);
    let bytes = b"the application";
    let name = format!("a/{}.app", sha256_hex(bytes));
    let (staged, published) =
        (world.path().join("staged/targets").join(&name), world.path().join("targets").join(&name));
    let repository = world.open();
    // What is staged.
    repository.add_target("targets", "a/app", bytes).expect("staged");
    let of_others = planted(&staged, bytes);
    let again = repository.add_target("targets", "a/app", bytes);
    again.expect("staged");
    changes_nothing(of_others, &staged, bytes);
    // What it is published from, and where it is published.
    let of_others = [planted(&staged, bytes), planted(&published, bytes)];
    let stopped = world.open().observe_writes(Arc::new(StopAtTimestamp)).publish(NOW);
    assert_eq!(stopped.expect_err("a crash").code(), "io");
    for file in of_others {
        changes_nothing(file, &published, bytes);
    }
    // Metadata of a publish that was interrupted.
    let metadata = world.path().join("metadata/2.targets.json");
    let signed = fs::read(&metadata).expect("metadata");
    let of_others = planted(&metadata, &signed);
    repository.publish(NOW).expect("published");
    changes_nothing(of_others, &metadata, &signed);
    // What is listed anew, with nothing staged.
    let of_others = planted(&published, bytes);
    let custom = serde_json::from_value(json!({"channel": "stable"})).expect("an object");
    let description = TargetDescription { length: 15, sha256: sha256_hex(bytes), custom: Some(custom) };
    let mut changes = repository.stage().expect("a set of changes");
    changes.describe_target("targets", "a/app", description).expect("described");
    changes.save().expect("saved");
    repository.publish(NOW).expect("published");
    changes_nothing(of_others, &published, bytes);
}

/// Gives the name of an unfinished file to another file or to a link, after its bytes are written and before it gets its place.
struct SwapUnfinished {
    folder: PathBuf,
    elsewhere: PathBuf,
    written: &'static str,
    as_link: bool,
}

impl WriteObserver for SwapUnfinished {
    fn before(&self, write: Write<'_>) -> io::Result<()> {
        let (Write::Create(path) | Write::Replace(path)) = write else { return Ok(()) };
        if !path.to_string_lossy().contains(self.written) {
            return Ok(());
        }
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.path();
            fs::remove_file(&name)?;
            if self.as_link {
                symlink(&self.elsewhere, &name)?
            } else {
                fs::copy(&self.elsewhere, &name).map(|_| ())?
            }
        }
        Ok(())
    }
}

#[test]
fn rejects_another_file_in_the_place_of_an_unfinished_one() {
    for as_link in [false, true] {
        for written in
            ["staged/targets", "repo/targets", "metadata/2.targets.json", "metadata/timestamp.json"]
        {
            let world = World::with_keys(&[]);
            let elsewhere = world.home().join("secret");
            fs::write(&elsewhere, b"bytes").expect("a file");
            let folder = world.path().join("staged/unfinished");
            let swap = Arc::new(SwapUnfinished { folder, elsewhere, written, as_link });
            let repository = world.open().observe_writes(swap);
            let staged = repository.add_target("targets", "a", b"bytes");
            let refused = staged.and_then(|()| repository.publish(NOW).map(drop)).expect_err(written);
            let code = if as_link { "symbolic-link" } else { "published-changed" };
            assert_eq!(refused.code(), code, "{written}: {refused}");
        }
    }
}

/// Names in the folder of staged files that were put aside.
fn put_aside(world: &World) -> usize {
    let names = fs::read_dir(world.path().join("staged")).expect("a folder");
    names
        .filter(|entry| entry.as_ref().expect("an entry").file_name().to_string_lossy().starts_with("aside-"))
        .count()
}

/// Somebody makes the folder of unfinished files first, so that names in it can be given to other files, or so that it cannot
/// be removed.
#[test]
fn rejects_a_folder_of_unfinished_files_that_others_can_write_to() {
    let world = World::with_keys(&[]);
    let unfinished = world.path().join("staged/unfinished");
    let permissions =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    let nobody = 65534;
    let mut aside = 0;
    for mode in [0o777, 0o1777, 0o770, 0o555] {
        let repository = world.open();
        let _ = fs::remove_dir_all(&unfinished);
        fs::create_dir_all(unfinished.join("of-others/kept")).expect("a folder");
        permissions(&unfinished.join("of-others"), 0o555);
        permissions(&unfinished, mode);
        // The permissions of a folder of another user do not matter. Only root can make one.
        if mode == 0o555 && std::os::unix::fs::chown(&unfinished, Some(nobody), Some(nobody)).is_err() {
            permissions(&unfinished, 0o757);
        }
        aside += 1;
        repository.add_target("targets", "a", format!("{mode}").as_bytes()).expect("staged");
        let made = fs::metadata(&unfinished).expect("a folder");
        assert_eq!((made.mode() & 0o7777, put_aside(&world)), (0o700, aside), "{mode:o}");
        repository.publish(NOW).expect("published");
        assert!(!unfinished.exists(), "{mode:o}");
    }
    // No folder at all.
    fs::write(&unfinished, b"a file").expect("a file");
    world.open().add_target("targets", "b", b"bytes").expect("staged");
    assert_eq!(put_aside(&world), aside + 1);
    world.open().publish(NOW).expect("published");
}

#[test]
fn recovers_from_what_cannot_be_removed_of_what_was_staged() {
    let world = World::with_keys(&[]);
    let bytes = b"the application";
    let staged = world.path().join("staged/targets/a").join(format!("{}.app", sha256_hex(bytes)));
    world.open().add_target("targets", "a/app", bytes).expect("staged");
    let stopped = world.open().observe_writes(Arc::new(StopAtTimestamp)).publish(NOW);
    assert_eq!(stopped.expect_err("a crash").code(), "io");
    // Neither is a folder removed as a file, nor a file as a folder.
    fs::remove_file(&staged).expect("a removal");
    fs::create_dir(&staged).expect("a folder");
    world.open().publish(NOW).expect("finished");
    assert!(!world.open().publish(NOW).expect("nothing is left to do").finished_interrupted);
    let targets = world.path().join("staged/targets");
    fs::remove_dir_all(&targets).expect("a removal");
    fs::write(&targets, b"a file").expect("a file");
    assert!(world.open().add_target("targets", "b", bytes).is_err());
    world.open().discard().expect("discarded");
    world.open().add_target("targets", "b", bytes).expect("staged");
    assert_eq!(put_aside(&world), 1);
    world.open().publish(NOW).expect("published");
}
