//! Target files that are not whole yet: kept on disk, and taken up by the next download.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use tuf_verifier_host::{Downloaded, Progress};

use crate::told::Answer::{Breaks, BreaksAnew, Goes, GoesAnew, RefusesTheRange, Says};
use crate::told::Told;
use crate::world::{CONTENT, PATH, World, found, repository, verdict};

/// A folder to download to.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn app(&self) -> PathBuf {
        self.0.path().join("app")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The one unfinished file.
    fn unfinished(&self) -> PathBuf {
        let names = self.names();
        let is_unfinished = |name: &&String| name.starts_with(".tuf-") && name.ends_with(".unfinished");
        let unfinished: Vec<&String> = names.iter().filter(is_unfinished).collect();
        assert_eq!(unfinished.len(), 1, "{names:?}");
        self.0.path().join(unfinished[0])
    }

    /// A folder in which a transfer broke off after 10 bytes.
    fn with_unfinished() -> Self {
        let place = Self::new();
        Told::new([Breaks(10)]).download(&place.app()).expect_err("it broke off");
        place
    }

    fn holds_the_target_alone(&self) {
        assert_eq!(fs::read(self.app()).unwrap(), CONTENT);
        assert_eq!(self.names(), ["app"]);
    }
}

#[test]
fn leaves_the_target_alone_behind() {
    let (told, place) = (Told::new([Breaks(10), Breaks(3), Goes]), Place::new());
    assert_eq!(told.download(&place.app()).unwrap(), Downloaded::Fetched);
    place.holds_the_target_alone();
}

#[test]
fn begins_anew_where_the_source_does() {
    let (told, place) = (Told::new([Breaks(10), BreaksAnew(20), GoesAnew]), Place::new());
    told.download(&place.app()).unwrap();
    place.holds_the_target_alone();
    assert_eq!(told.offsets(), [0, 10, 20]);
}

#[test]
fn asks_for_the_whole_where_the_rest_is_refused() {
    let (told, place) = (Told::new([RefusesTheRange, Goes]), Place::with_unfinished());
    told.download(&place.app()).unwrap();
    assert_eq!(told.offsets(), [10, 0]);
    place.holds_the_target_alone();
}

#[test]
fn keeps_what_was_received_for_the_next_session() {
    let place = Place::with_unfinished();
    assert_eq!(fs::read(place.unfinished()).unwrap(), &CONTENT[..10]);
    assert!(!place.app().exists());
    let told = Told::new([Breaks(5)]);
    assert_eq!(told.download(&place.app()).unwrap_err().code(), "source-unreachable");
    assert_eq!(fs::read(place.unfinished()).unwrap(), &CONTENT[..15]);
    let told = Told::new([Goes]);
    assert_eq!(told.download(&place.app()).unwrap(), Downloaded::Fetched);
    assert_eq!(*told.asked.lock().unwrap(), [(15, None)]);
    place.holds_the_target_alone();
}

#[test]
fn keeps_nothing_where_nothing_was_received() {
    let place = Place::new();
    Told::new([]).download(&place.app()).expect_err("it is down");
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn keeps_what_was_there_where_the_source_is_down() {
    let place = Place::with_unfinished();
    Told::new([]).download(&place.app()).expect_err("it is down");
    assert_eq!(fs::read(place.unfinished()).unwrap(), &CONTENT[..10]);
}

#[test]
fn recovers_from_an_unfinished_file_of_other_bytes() {
    for poison in [b"wrong".to_vec(), vec![b'x'; CONTENT.len()], vec![b'x'; CONTENT.len() + 1]] {
        let place = Place::with_unfinished();
        fs::write(place.unfinished(), &poison).unwrap();
        let told = Told::new([Goes, Goes]);
        assert_eq!(told.download(&place.app()).unwrap(), Downloaded::Fetched);
        assert_eq!(*told.offsets().last().unwrap(), 0);
        place.holds_the_target_alone();
    }
}

#[test]
fn an_unfinished_file_of_other_bytes_is_no_verdict() {
    let place = Place::with_unfinished();
    fs::write(place.unfinished(), b"wrong").unwrap();
    let told = Told::new([Goes]);
    assert_eq!(told.download(&place.app()).unwrap_err().code(), "source-unreachable");
    assert_eq!(told.offsets(), [5, 0]);
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn refused_bytes_are_not_kept() {
    let place = Place::new();
    let told = Told::new([Says(b"an attacker's")]);
    assert_eq!(verdict(told.download(&place.app())), "wrong-software");
    assert_eq!(place.names(), Vec::<String>::new());
    let place = Place::with_unfinished();
    let told = Told::new([Says(&[b'x'; 100]), Says(&[b'x'; 100])]);
    assert_eq!(verdict(told.download(&place.app())), "endless-data");
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn asks_for_nothing_where_the_unfinished_file_is_whole() {
    let place = Place::with_unfinished();
    fs::write(place.unfinished(), CONTENT).unwrap();
    let told = Told::new([]);
    assert_eq!(told.download(&place.app()).unwrap(), Downloaded::Fetched);
    assert_eq!(told.offsets(), Vec::<u64>::new());
    place.holds_the_target_alone();
}

#[test]
fn an_unfinished_file_is_of_one_target() {
    let place = Place::with_unfinished();
    let content = b"the bytes of application two";
    assert_eq!(content.len(), CONTENT.len());
    let mut repository = repository();
    repository.add_target("targets", PATH, content).publish();
    let told = Told::with(World::of(&repository), content, [Goes]);
    assert_eq!(told.download(&place.app()).unwrap(), Downloaded::Fetched);
    assert_eq!(told.offsets(), [0]);
    assert_eq!(fs::read(place.app()).unwrap(), content);
    assert_eq!(fs::read(place.unfinished()).unwrap(), &CONTENT[..10]);
}

#[test]
fn goes_on_behind_the_longest_unfinished_file() {
    let place = Place::with_unfinished();
    let unfinished = place.unfinished();
    for (name, length) in [("a", 5), ("b", 20), ("c", 0)] {
        let stem = unfinished.to_str().unwrap().strip_suffix(".unfinished").unwrap();
        fs::write(format!("{stem}{name}.unfinished"), &CONTENT[..length]).unwrap();
    }
    // One that is longer than the target is of no use, and is deleted too.
    fs::write(unfinished.with_extension("d.unfinished"), [CONTENT, b"and more"].concat()).unwrap();
    let told = Told::new([Goes]);
    told.download(&place.app()).unwrap();
    assert_eq!(told.offsets(), [20]);
    place.holds_the_target_alone();
}

/// The first one has received 10 bytes when the second one begins, and ends after it.
#[test]
fn two_downloads_at_once_do_not_disturb_each_other() {
    let (place, first, second) = (Place::new(), Told::new([Breaks(10), Goes]), Told::new([Goes]));
    let (reached, here) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let client = first.client().progress(move |progress| {
        if matches!(progress, Progress::TargetBytes { received: 10, .. }) {
            reached.send(()).unwrap();
            wait.recv().unwrap();
        }
    });
    thread::scope(|scope| {
        let slow = scope.spawn(|| {
            let session = client.refresh().unwrap();
            let target = found(&session, PATH);
            session.download(&target, &place.app())
        });
        here.recv().unwrap();
        assert_eq!(second.download(&place.app()).unwrap(), Downloaded::Fetched);
        go.send(()).unwrap();
        assert_eq!(slow.join().unwrap().unwrap(), Downloaded::Fetched);
    });
    assert_eq!((first.offsets(), second.offsets()), (vec![0, 10], vec![0]));
    place.holds_the_target_alone();
}

#[test]
#[ignore = "a part of the test below, which runs it in a process of its own"]
fn downloads_until_it_is_killed() {
    let to = PathBuf::from(env::var_os("TUF_TEST_DOWNLOAD").expect("run by another test"));
    let client = Told::new([Breaks(20)]).client().progress(|progress| {
        if matches!(progress, Progress::TargetBytes { .. }) {
            println!("received");
            loop {
                thread::park();
            }
        }
    });
    let session = client.refresh().unwrap();
    let target = found(&session, PATH);
    session.download(&target, &to).unwrap();
}

#[test]
fn goes_on_behind_what_a_killed_process_received() {
    let place = Place::new();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "unfinished::downloads_until_it_is_killed", "--ignored", "--nocapture"])
        .env("TUF_TEST_DOWNLOAD", place.app())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line.contains("received")));
    // While it lives, what it received is its own.
    let told = Told::new([]);
    told.download(&place.app()).expect_err("the source is down");
    assert_eq!(told.offsets(), [0]);
    child.kill().unwrap();
    child.wait().unwrap();
    let told = Told::new([Goes]);
    told.download(&place.app()).unwrap();
    assert_eq!(told.offsets(), [20]);
    place.holds_the_target_alone();
}

#[cfg(unix)]
#[test]
fn writes_to_no_file_that_it_did_not_make() {
    let place = Place::with_unfinished();
    let unfinished = place.unfinished();
    let elsewhere = Place::new();
    fs::write(elsewhere.app(), &CONTENT[..10]).unwrap();
    fs::remove_file(&unfinished).unwrap();
    std::os::unix::fs::symlink(elsewhere.app(), &unfinished).unwrap();
    fs::hard_link(elsewhere.app(), unfinished.with_extension("hard.unfinished")).unwrap();
    Told::new([Goes]).download(&place.app()).unwrap();
    assert_eq!(fs::read(place.app()).unwrap(), CONTENT);
    assert_eq!(fs::read(elsewhere.app()).unwrap(), &CONTENT[..10]);
}

#[cfg(unix)]
#[test]
fn waits_for_no_pipe_in_the_place_of_an_unfinished_file() {
    let place = Place::with_unfinished();
    let unfinished = place.unfinished();
    fs::remove_file(&unfinished).unwrap();
    nix::unistd::mkfifo(&unfinished, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let told = Told::new([Goes]);
    told.download(&place.app()).unwrap();
    assert_eq!(told.offsets(), [0]);
}
