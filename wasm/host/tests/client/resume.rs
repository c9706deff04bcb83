//! Transfers of targets that break off, and go on.

use crate::told::Answer::{Breaks, BreaksAnew, Goes, GoesAnew, IsDown, RefusesTheRange, Says, SaysAndBreaks};
use crate::told::Told;
use crate::world::{CONTENT, PATH, World, found, repository, verdict};

#[test]
fn goes_on_where_a_transfer_broke_off() {
    let told = Told::new([Breaks(10), Breaks(3), Goes]);
    assert_eq!(told.read().unwrap(), CONTENT);
    let tag = Some("\"tag\"".to_owned());
    assert_eq!(*told.asked.lock().unwrap(), [(0, None), (10, tag.clone()), (13, tag)]);
}

#[test]
fn begins_anew_where_the_source_does() {
    let told = Told::new([Breaks(10), BreaksAnew(20), GoesAnew]);
    assert_eq!(told.read().unwrap(), CONTENT);
    assert_eq!(told.offsets(), [0, 10, 20]);
}

#[test]
fn gives_up_on_a_source_that_breaks_off_again_and_again() {
    let told = Told::new((0..100).map(|_| Breaks(1)));
    assert_eq!(told.read().unwrap_err().code(), "source-unreadable");
    assert_eq!(told.offsets(), [0, 1, 2, 3]);
}

#[test]
fn gives_up_on_a_source_that_always_begins_anew() {
    let content = vec![b'x'; 3 << 20];
    let mut repository = repository();
    repository.add_target("targets", PATH, &content).publish();
    let told = Told::with(World::of(&repository), &content, (0..100).map(|_| BreaksAnew(2 << 20)));
    assert_eq!(told.read().unwrap_err().code(), "source-unreadable");
    assert_eq!(told.offsets(), [0, 2 << 20, 2 << 20, 2 << 20, 2 << 20]);
}

#[test]
fn goes_on_as_often_as_much_is_received() {
    let content = vec![b'x'; 10 << 20];
    let mut repository = repository();
    repository.add_target("targets", PATH, &content).publish();
    let answers = (0..9).map(|_| Breaks(1 << 20)).chain([Goes]);
    let told = Told::with(World::of(&repository), &content, answers);
    assert_eq!(told.read().unwrap(), content);
}

#[test]
fn asks_for_nothing_more_where_the_transfer_broke_off_behind_its_end() {
    let told = Told::new([Breaks(CONTENT.len())]);
    assert_eq!(told.read().unwrap(), CONTENT);
    assert_eq!(told.offsets(), [0]);
}

/// One byte more than the rest, and then the connection would break.
#[test]
fn reads_one_byte_more_than_the_rest_at_most() {
    let told = Told::new([Breaks(10), SaysAndBreaks(&[b'x'; CONTENT.len() - 10 + 1])]);
    assert_eq!(verdict(told.read()), "endless-data");
    assert_eq!(told.offsets(), [0, 10]);
}

#[test]
fn goes_on_at_the_next_mirror() {
    let (first, second) = (Told::new([Breaks(10), Breaks(0)]), Told::new([Goes]));
    let session = first.client().mirror(second.clone()).refresh().unwrap();
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).unwrap(), CONTENT);
    // What tells states of the file apart is each mirror's own.
    assert_eq!(*second.asked.lock().unwrap(), [(10, None)]);
}

#[test]
fn recovers_from_a_mirror_that_sends_a_wrong_beginning() {
    let first = Told::new([SaysAndBreaks(b"wrong"), IsDown]);
    let second = Told::new([Goes, Goes]);
    let session = first.client().mirror(second.clone()).refresh().unwrap();
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).unwrap(), CONTENT);
    assert_eq!(second.offsets(), [5, 0]);
}

#[test]
fn recovers_from_a_mirror_that_sends_a_wrong_end() {
    let first = Told::new([Breaks(10), IsDown, Goes]);
    let second = Told::new([Says(b"wrong")]);
    let session = first.client().mirror(second.clone()).refresh().unwrap();
    let target = found(&session, PATH);
    assert_eq!(session.read(&target).unwrap(), CONTENT);
    assert_eq!(first.offsets(), [0, 10, 0]);
}

#[test]
fn asks_for_the_whole_where_the_rest_is_refused() {
    let told = Told::new([Breaks(10), RefusesTheRange, Goes]);
    assert_eq!(told.read().unwrap(), CONTENT);
    assert_eq!(told.offsets(), [0, 10, 0]);
}
