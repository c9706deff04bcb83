//! The search on several repositories, answer by answer (TAP 4).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends so")]

use tuf_verifier_core::{Failure, Hash, Listing, MapNotFound, MapRequest, MapSearch, Misuse, RepositoryMap};

/// A search for `x` on the repositories `a` to `e`, with these mappings: repositories, threshold, terminating.
fn search(mappings: &[(&str, u64, bool)]) -> MapSearch {
    let mappings: Vec<String> = mappings
        .iter()
        .map(|(repositories, threshold, terminating)| {
            let names: Vec<String> = repositories.chars().map(|name| format!("\"{name}\"")).collect();
            let names = names.join(",");
            format!(
                r#"{{"paths":["*"],"repositories":[{names}],"threshold":{threshold},"terminating":{terminating}}}"#
            )
        })
        .collect();
    let mappings = mappings.join(",");
    let map = format!(
        r#"{{"repositories":{{"a":["1"],"b":["2"],"c":["3"],"d":["4"],"e":["5"]}},"mapping":[{mappings}]}}"#
    );
    RepositoryMap::parse(map.as_bytes()).unwrap().search("x").unwrap()
}

fn hash(algorithm: &str, digest: &str) -> Hash {
    Hash { algorithm: algorithm.into(), digest: digest.into() }
}

fn listing(length: u64, hashes: &[(&str, &str)]) -> Option<Listing> {
    let hashes = hashes.iter().map(|(algorithm, digest)| hash(algorithm, digest)).collect();
    Some(Listing { length, hashes })
}

/// The target that this number stands for; none for 0.
fn target(number: u64) -> Option<Listing> {
    if number == 0 { None } else { listing(number, &[("sha256", "00")]) }
}

/// Answers as these repositories do, and returns the end and which repositories were asked.
fn run(mut search: MapSearch, answers: &[(&str, u64)]) -> (MapRequest, String) {
    let mut asked = String::new();
    loop {
        match search.next() {
            MapRequest::Ask { repository } => {
                assert_eq!(search.next(), MapRequest::Ask { repository: repository.clone() }, "it repeats");
                asked.push_str(&repository);
                let (_, number) =
                    answers.iter().find(|(name, _)| *name == &*repository).expect("nobody else");
                search.answer(target(*number)).unwrap();
            }
            end => {
                assert_eq!(search.answer(None), Err(Failure::Misuse(Misuse::NothingToAnswer)));
                assert_eq!(search.next(), end, "an end stays the end");
                return (end, asked);
            }
        }
    }
}

fn names(names: &str) -> Vec<Box<str>> {
    names.chars().map(|name| name.to_string().into()).collect()
}

fn found(repositories: &str) -> MapRequest {
    MapRequest::Found { repositories: names(repositories) }
}

fn absent(repositories: &str) -> MapRequest {
    MapRequest::NotFound(MapNotFound::Absent { repositories: names(repositories) })
}

fn disagreement(mapping: u32, repositories: &str) -> MapRequest {
    MapRequest::NotFound(MapNotFound::Disagreement { mapping, repositories: names(repositories) })
}

#[test]
fn asks_no_repository_for_a_path_that_no_mapping_covers() {
    assert_eq!(search(&[]).next(), MapRequest::NotFound(MapNotFound::Unmapped));
}

#[test]
fn finds_the_target_of_the_first_repository_that_lists_it() {
    assert_eq!(run(search(&[("abc", 1, true)]), &[("a", 1)]), (found("a"), "a".into()));
    assert_eq!(run(search(&[("abc", 1, true)]), &[("a", 0), ("b", 2)]), (found("b"), "ab".into()));
}

#[test]
fn asks_in_the_listed_order_until_the_threshold_is_met() {
    let answers = [("c", 1), ("a", 0), ("b", 1)];
    assert_eq!(run(search(&[("cabde", 2, true)]), &answers), (found("cb"), "cab".into()));
}

/// The earliest repository of those that agree is the winner, not the most frequent answer.
#[test]
fn names_the_agreeing_repositories_alone_the_earliest_first() {
    let answers = [("a", 9), ("b", 1), ("c", 2), ("d", 2)];
    assert_eq!(run(search(&[("abcde", 2, true)]), &answers), (found("cd"), "abcd".into()));
    let answers = [("a", 9), ("b", 2), ("c", 0), ("d", 2)];
    assert_eq!(run(search(&[("abcde", 2, true)]), &answers), (found("bd"), "abcd".into()));
}

#[test]
fn rejects_repositories_that_differ_in_the_length_alone() {
    let mut search = search(&[("ab", 2, true)]);
    search.answer(listing(1, &[("sha256", "00")])).unwrap();
    search.answer(listing(2, &[("sha256", "00")])).unwrap();
    assert_eq!(search.next(), disagreement(0, "ab"));
}

#[test]
fn rejects_repositories_that_differ_in_one_hash_alone() {
    let mut search = search(&[("ab", 2, true)]);
    search.answer(listing(1, &[("sha256", "00"), ("sha512", "01")])).unwrap();
    search.answer(listing(1, &[("sha256", "00"), ("sha512", "02")])).unwrap();
    assert_eq!(search.next(), disagreement(0, "ab"));
}

/// A hash that one of them does not list is one that it does not vouch for.
#[test]
fn rejects_repositories_that_list_hashes_of_different_algorithms() {
    let (sha256, sha512) = (("sha256", "00"), ("sha512", "01"));
    for (one, other) in [
        (&[sha256][..], &[sha256, sha512][..]),
        (&[sha256, sha512], &[sha512]),
        (&[sha256], &[("sha512", "00")]),
    ] {
        let mut search = search(&[("ab", 2, true)]);
        search.answer(listing(1, one)).unwrap();
        search.answer(listing(1, other)).unwrap();
        assert_eq!(search.next(), disagreement(0, "ab"));
    }
}

#[test]
fn rejects_one_repository_where_two_must_agree() {
    for (answers, listing) in [([("a", 1), ("b", 0)], "a"), ([("a", 0), ("b", 1)], "b")] {
        assert_eq!(run(search(&[("ab", 2, true)]), &answers), (disagreement(0, listing), "ab".into()));
    }
}

#[test]
fn two_repositories_that_list_nothing_agree_on_nothing() {
    assert_eq!(run(search(&[("ab", 2, true)]), &[("a", 0), ("b", 0)]), (absent("ab"), "ab".into()));
}

#[test]
fn a_terminating_mapping_ends_the_search() {
    let mappings = [("a", 1, true), ("b", 1, true)];
    assert_eq!(run(search(&mappings), &[("a", 0)]), (absent("a"), "a".into()));
    let mappings = [("ab", 2, true), ("c", 1, true)];
    assert_eq!(run(search(&mappings), &[("a", 1), ("b", 2)]), (disagreement(0, "ab"), "ab".into()));
}

#[test]
fn another_mapping_lets_the_search_go_on() {
    let mappings = [("a", 1, false), ("b", 1, true)];
    assert_eq!(run(search(&mappings), &[("a", 0), ("b", 1)]), (found("b"), "ab".into()));
    let mappings = [("ab", 2, false), ("c", 1, true)];
    assert_eq!(run(search(&mappings), &[("a", 1), ("b", 2), ("c", 3)]), (found("c"), "abc".into()));
}

#[test]
fn a_search_ends_after_the_last_mapping_without_termination_too() {
    let mappings = [("a", 1, false), ("b", 1, false)];
    assert_eq!(run(search(&mappings), &[("a", 0), ("b", 0)]), (absent("ab"), "ab".into()));
}

#[test]
fn asks_no_repository_twice() {
    let mappings = [("ab", 2, false), ("ba", 1, true)];
    assert_eq!(run(search(&mappings), &[("a", 1), ("b", 2)]), (found("b"), "ab".into()));
    let mappings = [("ab", 2, false), ("ca", 2, true)];
    assert_eq!(run(search(&mappings), &[("a", 1), ("b", 0), ("c", 1)]), (found("ca"), "abc".into()));
}

/// Answers known from an earlier mapping count in the order of this one, no further than needed.
#[test]
fn a_known_answer_is_not_taken_before_its_turn() {
    let mappings = [("abcd", 3, false), ("abcd", 2, true)];
    let answers = [("a", 1), ("b", 2), ("c", 2), ("d", 1)];
    assert_eq!(run(search(&mappings), &answers), (found("bc"), "abcd".into()));
}

#[test]
fn reports_the_first_mapping_whose_repositories_disagree() {
    let mappings = [("a", 1, false), ("bc", 2, false), ("cd", 2, false), ("e", 1, true)];
    let answers = [("a", 0), ("b", 1), ("c", 2), ("d", 3), ("e", 0)];
    assert_eq!(run(search(&mappings), &answers), (disagreement(1, "bc"), "abcde".into()));
}

#[test]
fn the_index_of_a_mapping_counts_those_that_do_not_cover_the_path() {
    let map = br#"{"repositories":{"a":["1"],"b":["2"]},"mapping":[
        {"paths":["other"],"repositories":["a"],"threshold":1,"terminating":true},
        {"paths":["x"],"repositories":["a","b"],"threshold":2,"terminating":true}
    ]}"#;
    let search = RepositoryMap::parse(map).unwrap().search("x").unwrap();
    assert_eq!(run(search, &[("a", 1), ("b", 2)]), (disagreement(1, "ab"), "ab".into()));
}

/// A compromised repository alone neither brings its own target nor, beyond withholding, takes one away from the rest.
#[test]
fn one_compromised_repository_of_three_cannot_choose_where_two_must_agree() {
    for (evil, winners) in [("a", "bc"), ("b", "ac"), ("c", "ab")] {
        for lie in [0, 7] {
            let answers = ["a", "b", "c"].map(|name| (name, if name == evil { lie } else { 1 }));
            assert_eq!(run(search(&[("abc", 2, true)]), &answers).0, found(winners), "{evil} says {lie}");
        }
    }
}
