//! Who can change what is at a path.
//!
//! | at the path, at each folder above it, and at each link on the way | may be |
//! |---|---|
//! | owner | one of [`Owners`] |
//! | writable by everybody | a folder with the sticky bit alone |
//! | writable by its group | a folder with the sticky bit, or the owner's private group, where [`Owners`] allow that |
//!
//! In a folder with the sticky bit others can make files but not replace those of somebody else, so the owner of the
//! file, or of the link, decides. The npm package has the same rules; one table of cases tests both.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The users whose files count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    #[cfg_attr(not(unix), allow(dead_code))]
    uids: Vec<u32>,
    /// Whether a group may write that nobody but the owner is in.
    #[cfg_attr(not(unix), allow(dead_code))]
    private_groups: bool,
}

/// A path that somebody else can change.
#[derive(Debug)]
pub struct Exposed {
    /// The file, link or folder: the path that was asked about, one above it, or one that a link on the way leads to.
    pub path: PathBuf,
    /// Who can change it.
    pub exposure: Exposure,
}

/// Who can change a path.
#[derive(Debug)]
#[non_exhaustive]
pub enum Exposure {
    /// It belongs to this user.
    Owner(u32),
    /// This group can write to it.
    Group {
        /// The group.
        gid: u32,
        /// The permission bits.
        mode: u32,
    },
    /// Everybody can write to it.
    Everybody {
        /// The permission bits.
        mode: u32,
    },
    /// The operating system does not tell.
    Unknown(io::Error),
}

impl Owners {
    /// Root alone.
    #[must_use]
    pub fn root() -> Self {
        Self { uids: vec![0], private_groups: false }
    }

    /// Root and the user of this process. A group may write that nobody but the owner is in: with the umask 002 of many
    /// systems every file is writable by such a group.
    #[must_use]
    pub fn user() -> Self {
        #[cfg(unix)]
        let uids = vec![0, nix::unistd::geteuid().as_raw()];
        #[cfg(not(unix))]
        let uids = Vec::new();
        Self { uids, private_groups: true }
    }

    /// As [`user`](Self::user); under `sudo` also the user who called it, as git has it. Whoever may run one program as root
    /// by `sudo` decides what that program trusts: programs that sign or install for everybody use [`user`](Self::user).
    #[must_use]
    pub fn of_this_process() -> Self {
        let mut owners = Self::user();
        #[cfg(unix)]
        if nix::unistd::geteuid().is_root() {
            let caller = std::env::var("SUDO_UID").ok();
            owners.uids.extend(caller.and_then(|uid| uid.parse::<u32>().ok()));
        }
        owners
    }

    /// Refuses a path that anybody else can change: what is there, a folder above it, a link on the way, or what a link leads
    /// to. A missing path is as safe as the nearest directory above it that is there, without the protection of a sticky bit: in a
    /// directory such as `/tmp`, anybody can make what is missing. Systems without Unix permissions are not checked.
    ///
    /// # Errors
    /// The part that somebody else can change.
    pub fn check(&self, path: &Path) -> Result<(), Exposed> {
        #[cfg(unix)]
        return unix::check(self, path);
        #[cfg(not(unix))]
        {
            let _ = path;
            Ok(())
        }
    }

    /// As [`check`](Self::check) for a folder in which a program keeps what nobody else may add to: the folder belongs to the
    /// user of this process, and nobody else can write to it, neither a private group nor, with the sticky bit, everybody.
    ///
    /// # Errors
    /// The part that somebody else can change.
    pub fn check_private_folder(&self, folder: &Path) -> Result<(), Exposed> {
        self.check(folder)?;
        #[cfg(unix)]
        unix::check_private(folder)?;
        Ok(())
    }

    /// As [`check_private_folder`](Self::check_private_folder) for an opened folder itself, whatever its path names by now, and
    /// whoever can change what is above it. `path` is what an error says.
    ///
    /// # Errors
    /// The folder is somebody else's, or somebody else can write to it.
    pub fn check_private_opened(&self, folder: &File, path: &Path) -> Result<(), Exposed> {
        #[cfg(unix)]
        return unix::check_private_opened(folder.metadata(), path);
        #[cfg(not(unix))]
        {
            let _ = (folder, path);
            Ok(())
        }
    }

    /// As [`check`](Self::check) for an opened file itself, whatever its path names by now. `path` is what an error says.
    ///
    /// # Errors
    /// Somebody else can change the file.
    pub fn check_opened(&self, file: &File, path: &Path) -> Result<(), Exposed> {
        #[cfg(unix)]
        return unix::check_opened(self, file, path);
        #[cfg(not(unix))]
        {
            let _ = (file, path);
            Ok(())
        }
    }
}

#[cfg(unix)]
mod unix {
    use super::{Exposed, Exposure, File, Owners, Path, PathBuf, fs, io};
    use std::ffi::OsString;
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;
    use std::path::Component;

    /// Links on the way to a file that are followed, as many as Linux follows.
    const MOST_LINKS: usize = 40;

    const GROUP: u32 = 0o020;
    const OTHERS: u32 = 0o002;
    const STICKY: u32 = 0o1000;

    /// Goes to the path as the system does, part by part, and looks at each folder, link and file on the way. Of several that
    /// somebody else can change, the last is told: the one that is nearest to what was asked about.
    pub(super) fn check(owners: &Owners, path: &Path) -> Result<(), Exposed> {
        let unknown =
            |path: &Path, error| Exposed { path: path.to_owned(), exposure: Exposure::Unknown(error) };
        let path = std::path::absolute(path).map_err(|error| unknown(path, error))?;
        let (mut here, mut left, mut links) = (PathBuf::from("/"), backwards(&path), MOST_LINKS);
        let mut folder = fs::symlink_metadata(&here).map_err(|error| unknown(&here, error))?;
        let mut exposed = exposure(owners, &folder).map(|exposure| Exposed { path: here.clone(), exposure });
        while let Some(part) = left.pop() {
            // What was passed has no links any more.
            let next = if part == ".." { here.parent().unwrap_or(&here).to_owned() } else { here.join(part) };
            let found = match fs::symlink_metadata(&next) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    // The sticky bit protects what is there. What is missing, anybody who may write to the folder can make.
                    let may_be_made = writers(owners, &folder);
                    exposed = may_be_made.map(|exposure| Exposed { path: here, exposure }).or(exposed);
                    break;
                }
                Err(error) => return Err(exposed.unwrap_or_else(|| unknown(&next, error))),
            };
            if let Some(exposure) = exposure(owners, &found) {
                exposed = Some(Exposed { path: next.clone(), exposure });
            }
            if found.is_symlink() {
                let target = fs::read_link(&next).map_err(|error| unknown(&next, error))?;
                let too_many = || unknown(&next, io::Error::other("too many symbolic links"));
                links = links.checked_sub(1).ok_or_else(too_many)?;
                if target.is_absolute() {
                    here = PathBuf::from("/");
                    folder = fs::symlink_metadata(&here).map_err(|error| unknown(&here, error))?;
                }
                left.extend(backwards(&target));
            } else {
                (here, folder) = (next, found);
            }
        }
        exposed.map_or(Ok(()), Err)
    }

    /// The parts of a path, the last one first.
    fn backwards(path: &Path) -> Vec<OsString> {
        let named = |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
        path.components().filter(named).map(|part| part.as_os_str().to_owned()).rev().collect()
    }

    pub(super) fn check_private(folder: &Path) -> Result<(), Exposed> {
        match fs::metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            found => check_private_opened(found, folder),
        }
    }

    pub(super) fn check_private_opened(found: io::Result<Metadata>, folder: &Path) -> Result<(), Exposed> {
        let refused = |exposure| Exposed { path: folder.to_owned(), exposure };
        let found = found.map_err(|error| refused(Exposure::Unknown(error)))?;
        let (uid, gid, mode) = (found.uid(), found.gid(), found.mode() & 0o7777);
        if uid != nix::unistd::geteuid().as_raw() {
            return Err(refused(Exposure::Owner(uid)));
        }
        match mode {
            mode if mode & OTHERS != 0 => Err(refused(Exposure::Everybody { mode })),
            mode if mode & GROUP != 0 => Err(refused(Exposure::Group { gid, mode })),
            _ => Ok(()),
        }
    }

    pub(super) fn check_opened(owners: &Owners, file: &File, path: &Path) -> Result<(), Exposed> {
        let found = file.metadata().map(|found| exposure(owners, &found));
        match found.unwrap_or_else(|error| Some(Exposure::Unknown(error))) {
            Some(exposure) => Err(Exposed { path: path.to_owned(), exposure }),
            None => Ok(()),
        }
    }

    fn exposure(owners: &Owners, found: &Metadata) -> Option<Exposure> {
        if !owners.uids.contains(&found.uid()) {
            return Some(Exposure::Owner(found.uid()));
        }
        // The bits of a link say nothing: its owner, or who can write to its folder, replaces it.
        if found.is_symlink() || (found.is_dir() && found.mode() & STICKY != 0) {
            return None;
        }
        writers(owners, found)
    }

    /// Who may write to a file or folder that belongs to one of the owners, by its permission bits.
    fn writers(owners: &Owners, found: &Metadata) -> Option<Exposure> {
        if found.is_symlink() {
            return None;
        }
        let (gid, mode) = (found.gid(), found.mode() & 0o7777);
        if mode & OTHERS != 0 {
            return Some(Exposure::Everybody { mode });
        }
        // Where there is an access list, these bits are the most that it grants to anybody.
        if mode & GROUP != 0 && !(owners.private_groups && is_private(gid, found.uid())) {
            return Some(Exposure::Group { gid, mode });
        }
        None
    }

    /// Whether nobody but this user is in the group: it is the primary group of this user alone, and has no other members.
    /// A user or group that is in no local file is not known to be alone.
    fn is_private(gid: u32, uid: u32) -> bool {
        let (Ok(users), Ok(groups)) = (fs::read_to_string("/etc/passwd"), fs::read_to_string("/etc/group"))
        else {
            return false;
        };
        let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
        let in_group: Vec<Vec<String>> = users
            .lines()
            .map(fields)
            .filter(|user| user.get(3).and_then(|text| text.parse().ok()) == Some(gid))
            .collect();
        let [user] = in_group.as_slice() else { return false };
        if user.get(2).and_then(|text| text.parse().ok()) != Some(uid) {
            return false;
        }
        let is_this = |group: &Vec<String>| group.get(2).and_then(|text| text.parse().ok()) == Some(gid);
        let mut named = groups.lines().map(fields).filter(is_this).peekable();
        named.peek().is_some()
            && named.all(|group| {
                let members = group.get(3).map_or("", String::as_str);
                members
                    .split(',')
                    .all(|member| member.is_empty() || Some(member) == user.first().map(String::as_str))
            })
    }
}

impl std::error::Error for Exposed {}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.display(), self.exposure)
    }
}

/// What follows the path in a sentence.
impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(uid) => write!(f, "belongs to user {uid}"),
            Self::Group { gid, mode } => write!(f, "can be written by group {gid} (mode {mode:04o})"),
            Self::Everybody { mode } => write!(f, "can be written by everybody (mode {mode:04o})"),
            Self::Unknown(error) => write!(f, "cannot be looked at: {error}"),
        }
    }
}
