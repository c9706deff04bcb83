//! Calls out of order are named as such, and change nothing.

use tuf_tests::recorded::UpdateCycle;
use tuf_tests::{Answer, Device, Repository};
use tuf_verifier_core::{Failure, Misuse, Request, Settings, UnixTime};

const APP: &str = "app-1.0.tar.gz";

fn misuse<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> Misuse {
    match outcome {
        Err(Failure::Misuse(misuse)) => misuse,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_before_the_first_request_answers_it() {
    let repository = Repository::new();
    let root = repository.mirror.file("1.root.json");
    let mut cycle = UpdateCycle::start(root, UnixTime(0), Settings::default()).unwrap();
    assert!(cycle.offer(None).is_ok());
}

#[test]
fn an_answer_to_nothing_is_misuse() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(misuse(drive.cycle().offer(None)), Misuse::NothingToAnswer);
    assert_eq!(misuse(drive.cycle().offer(Some(b"{}".to_vec()))), Misuse::NothingToAnswer);
    assert!(matches!(drive.cycle().next(), Request::Ready(_)));
    assert!(matches!(drive.find(&repository.mirror, APP), Ok(Answer::Found(_))));
    assert_eq!(misuse(drive.cycle().offer(None)), Misuse::NothingToAnswer);
    assert!(matches!(drive.cycle().next(), Request::Found(_)));
}

#[test]
fn an_answer_while_something_is_to_be_written_is_misuse() {
    let repository = Repository::new();
    let root = repository.mirror.file("1.root.json");
    let mut cycle = UpdateCycle::start(root, UnixTime(tuf_tests::NOW), Settings::default()).unwrap();
    let mut refused = 0;
    loop {
        match cycle.next() {
            Request::Load { .. } => cycle.offer(None).unwrap(),
            Request::Fetch { name, max_length } => {
                let accepted = repository.mirror.fetch(&name, max_length);
                let writes = accepted.is_some();
                cycle.offer(accepted).unwrap();
                if writes {
                    assert_eq!(misuse(cycle.offer(None)), Misuse::NothingToAnswer, "after {name}");
                    refused += 1;
                }
            }
            Request::Persist { .. } | Request::Forget { .. } => {}
            Request::Ready(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 3);
}

#[test]
fn a_search_before_the_refresh_is_finished_is_misuse() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    assert_eq!(misuse(drive.cycle().find(APP)), Misuse::NotReady);
    assert!(drive.refresh(&repository.mirror).is_ok());
    assert!(drive.find(&repository.mirror, APP).is_ok());
}

#[test]
fn a_check_without_a_found_target_is_misuse() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    assert_eq!(misuse(drive.check()), Misuse::NothingFound);
    drive.refresh(&repository.mirror).unwrap();
    assert_eq!(misuse(drive.check()), Misuse::NothingFound);
    drive.find(&repository.mirror, APP).unwrap();
    assert!(drive.check().is_ok());
    drive.find(&repository.mirror, "absent").unwrap();
    assert_eq!(misuse(drive.check()), Misuse::NothingFound);
}

#[test]
fn an_unsafe_path_leaves_the_last_search_as_it_was() {
    let repository = Repository::new();
    let mut device = Device::new(&repository);
    let mut drive = device.start().unwrap();
    drive.refresh(&repository.mirror).unwrap();
    drive.find(&repository.mirror, APP).unwrap();
    assert_eq!(misuse(drive.cycle().find("../x")), Misuse::UnsafePath("../x".into()));
}

#[test]
fn garbage_as_the_pinned_root_begins_no_cycle() {
    for garbage in [&b""[..], b"{}", b"[]", b"\xff", b"{\"signed\":{},\"signatures\":[]}"] {
        let failure = UpdateCycle::start(garbage, UnixTime(0), Settings::default()).unwrap_err();
        assert!(matches!(failure, Failure::Malformed(_)), "{failure:?}");
    }
}
