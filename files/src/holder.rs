//! Which process holds the lock of a file.

use std::fmt;
use std::path::Path;

/// A process that holds the lock of a file, as far as the system tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The number of the process.
    pub pid: u32,
    /// The user whose process it is; none where it has just ended, or the system does not tell.
    pub uid: Option<u32>,
    /// The name of its program.
    pub program: Option<String>,
}

impl Holder {
    /// The holder of the lock of the file at this path. None where the system does not tell: only Linux does, and of the processes of
    /// other users it tells only of those that took the lock themselves.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        #[cfg(target_os = "linux")]
        return linux::holder(path);
        #[cfg(not(target_os = "linux"))]
        {
            let _ = path;
            None
        }
    }
}

/// `process 41 (cargo-tuf) of user 1000`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        if let Some(program) = &self.program {
            write!(f, " ({program})")?;
        }
        self.uid.map_or(Ok(()), |uid| write!(f, " of user {uid}"))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Holder, Path};
    use std::fs::{self, Metadata};
    use std::os::unix::fs::MetadataExt;

    pub(super) fn holder(path: &Path) -> Option<Holder> {
        let file = fs::metadata(path).ok()?;
        // `/proc/locks` names the process that took the lock, which may have ended and left it to another: Node takes a lock
        // through the program `flock`, and keeps it. Then the open files say who has it.
        let pid = taker(&file).filter(|pid| holds(*pid, &file) != Some(false)).or_else(|| {
            fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
                let pid = process.file_name().to_str()?.parse().ok()?;
                (holds(pid, &file) == Some(true)).then_some(pid)
            })
        })?;
        let process = format!("/proc/{pid}");
        let program = fs::read_to_string(format!("{process}/comm")).ok();
        Some(Holder {
            pid,
            uid: fs::metadata(&process).ok().map(|found| found.uid()),
            program: program.map(|name| name.trim().chars().filter(|c| !c.is_control()).collect()),
        })
    }

    fn taker(file: &Metadata) -> Option<u32> {
        // As glibc's `gnu_dev_major` and `gnu_dev_minor`.
        let device = file.dev();
        let major = ((device >> 32) & 0xffff_f000) | ((device >> 8) & 0xfff);
        let minor = ((device >> 12) & 0xffff_ff00) | (device & 0xff);
        let name = format!("{major:02x}:{minor:02x}:{}", file.ino());
        fs::read_to_string("/proc/locks").ok()?.lines().find_map(|line| locked(line, &name))
    }

    /// The process in a line such as `1: FLOCK  ADVISORY  WRITE 41 fe:00:17 0 EOF`. One that waits has `->` before its kind.
    fn locked(line: &str, name: &str) -> Option<u32> {
        let mut words = line.split_whitespace().skip(1);
        let is_held = words.next() == Some("FLOCK");
        let pid = words.nth(2)?.parse().ok()?;
        (is_held && words.next() == Some(name)).then_some(pid)
    }

    /// Whether a process has the lock of this file, as its open files say; none where this process may not look at them.
    fn holds(pid: u32, file: &Metadata) -> Option<bool> {
        let process = format!("/proc/{pid}");
        let open = match fs::read_dir(format!("{process}/fdinfo")) {
            Ok(open) => open,
            Err(_) => return fs::metadata(process).is_err().then_some(false),
        };
        Some(open.flatten().any(|entry| {
            let descriptor = format!("{process}/fd/{}", entry.file_name().to_string_lossy());
            let is_locked =
                |text: String| text.lines().any(|line| line.starts_with("lock:") && line.contains("FLOCK"));
            fs::metadata(descriptor).is_ok_and(|found| (found.dev(), found.ino()) == (file.dev(), file.ino()))
                && fs::read_to_string(entry.path()).is_ok_and(is_locked)
        }))
    }
}
