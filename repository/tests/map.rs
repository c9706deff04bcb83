//! Map files (TAP 4): what the publisher writes is what the verifier's core reads, the reader of every client program, and
//! what clients refuse is not written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::command::Desk;
use crate::world::{NOW, World};
use serde_json::{Map, json};
use tuf_repository::map::{MapError, MapFile, Mapping};
use tuf_verifier_core::{
    Listing, MapNotFound, MapRequest, MapSearch, RepositoryMap, Request, Settings, UpdateCycle,
};

fn mapping(paths: &[&str], repositories: &[&str], threshold: u64, terminating: bool) -> Mapping {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let (paths, repositories) = (owned(paths), owned(repositories));
    Mapping { paths, repositories, threshold, terminating, unrecognized: Map::new() }
}

/// An image repository with a mirror, and a director; both for firmware, the image repository alone for the rest.
fn vehicle() -> MapFile {
    let mut map = MapFile::default();
    for (name, url) in [
        ("image", "https://image.example.com/"),
        ("image", "https://mirror.example.com/tuf/"),
        ("director", "https://director.example.com/"),
    ] {
        map.add_repository(name, url).expect("a repository");
    }
    map.add_mapping(mapping(&["*"], &["image"], 1, true), None).expect("a mapping");
    let firmware = mapping(&["firmware/*"], &["image", "director"], 2, true);
    map.add_mapping(firmware, Some(1)).expect("a mapping");
    map
}

#[test]
fn what_is_written_is_what_clients_read() {
    let map = vehicle();
    let bytes = map.to_bytes().expect("a map");
    assert_eq!(MapFile::parse(&bytes).expect("a map"), map);
    let read = RepositoryMap::parse(&bytes).expect("a map");
    let urls: BTreeMap<String, Vec<String>> = read
        .repositories()
        .iter()
        .map(|repository| {
            let urls = repository.urls.iter().map(|url| String::from(&**url)).collect();
            (String::from(&*repository.name), urls)
        })
        .collect();
    assert_eq!(urls, map.repositories);
    assert_eq!(map.asked("firmware/brakes.bin").expect("asked"), ["image", "director"]);
    assert_eq!(map.asked("manual.pdf").expect("asked"), ["image"]);
    assert!(matches!(map.asked("../x"), Err(MapError::Refused(_))));
}

/// What a repository lists of a target.
fn listing(world: &World, path: &str) -> Option<Listing> {
    let served = |name: &str| fs::read(world.path().join("metadata").join(name)).ok();
    let mut cycle =
        UpdateCycle::start(&served("1.root.json").expect("root metadata"), NOW, Settings::default())
            .expect("root metadata");
    let mut is_asked = false;
    loop {
        match cycle.next() {
            Request::Load { .. } => cycle.offer(None).expect("taken"),
            Request::Fetch { name, .. } => cycle.offer(served(&name)).expect("taken"),
            Request::Persist { .. } | Request::Forget { .. } => {}
            Request::Ready(_) if !is_asked => {
                is_asked = true;
                cycle.find(path).expect("a search");
            }
            Request::Found(target) => return Some(Listing::from(&target)),
            _ => return None,
        }
    }
}

fn drive(mut search: MapSearch, repositories: &BTreeMap<&str, &World>, path: &str) -> MapRequest {
    loop {
        match search.next() {
            MapRequest::Ask { repository } => {
                search.answer(listing(repositories[&*repository], path)).expect("an answer");
            }
            ended => return ended,
        }
    }
}

#[test]
fn two_published_repositories_agree_or_do_not() {
    let (image, director) = (World::with_keys(&[]), World::with_keys(&[]));
    for (world, brakes) in [(&image, b"same "), (&director, b"same ")] {
        let repository = world.open();
        repository.add_target("targets", "firmware/brakes.bin", brakes).expect("a staged target");
        repository.publish(NOW).expect("a publish");
    }
    image.open().add_target("targets", "firmware/radio.bin", b"one").expect("a staged target");
    director.open().add_target("targets", "firmware/radio.bin", b"other").expect("a staged target");
    for world in [&image, &director] {
        world.open().publish(NOW).expect("a publish");
    }
    let map = vehicle();
    let root = |world: &World| fs::read(world.path().join("metadata/1.root.json")).expect("root metadata");
    let roots =
        BTreeMap::from([("image".to_owned(), root(&image)), ("director".to_owned(), root(&director))]);
    assert!(map.check_roots(&roots).expect("two roots").is_empty());
    let read = RepositoryMap::parse(&map.to_bytes().expect("a map")).expect("a map");
    let repositories = BTreeMap::from([("image", &image), ("director", &director)]);
    let search = |path: &str| drive(read.search(path).expect("a search"), &repositories, path);
    let both = vec!["image".into(), "director".into()];
    assert_eq!(search("firmware/brakes.bin"), MapRequest::Found { repositories: both.clone() });
    let disagreement = MapNotFound::Disagreement { mapping: 0, repositories: both };
    assert_eq!(search("firmware/radio.bin"), MapRequest::NotFound(disagreement));
}

#[test]
fn two_names_of_one_repository_do_not_agree() {
    let (image, other) = (World::with_keys(&[]), World::with_keys(&[]));
    let root = |world: &World| fs::read(world.path().join("metadata/1.root.json")).expect("root metadata");
    let map = vehicle();
    let pinned = |director: Vec<u8>| {
        BTreeMap::from([("image".to_owned(), root(&image)), ("director".to_owned(), director)])
    };
    match map.check_roots(&pinned(root(&image))) {
        Err(MapError::SameRoot { one, other }) => {
            assert_eq!([one, other].map(|name| name == "image" || name == "director"), [true, true]);
        }
        other => panic!("{other:?}"),
    }
    map.check_roots(&pinned(root(&other))).expect("two roots");
    let one = BTreeMap::from([("image".to_owned(), root(&image))]);
    assert_eq!(map.check_roots(&one).expect("one root").into_iter().collect::<Vec<_>>(), ["director"]);
    let unknown = map.check_roots(&BTreeMap::from([("nobody".to_owned(), root(&image))]));
    assert!(matches!(&unknown, Err(MapError::NoSuchRepository(name)) if name == "nobody"), "{unknown:?}");
    let no_root = map.check_roots(&pinned(b"{}".to_vec()));
    assert!(matches!(no_root, Err(MapError::Refused(_))), "{no_root:?}");
}

#[test]
fn urls_that_clients_cannot_start_from_are_refused() {
    for url in [
        "image.example.com",
        "/srv/tuf",
        "ftp://image.example.com/",
        "file:///srv/tuf",
        "https://",
        "https:///tuf",
        "https://user:secret@image.example.com/",
        "https://image.example.com/?key=1",
        "https://image.example.com/#top",
        "https://image.example.com:99999/",
        "",
    ] {
        let mut map = vehicle();
        match map.add_repository("new", url) {
            Err(MapError::BadUrl { repository, url: named, .. }) => {
                assert_eq!(repository, "new");
                assert!(named == url || named == "…@image.example.com/", "{named}");
            }
            other => panic!("{url:?}: {other:?}"),
        }
        assert_eq!(map, vehicle());
    }
}

#[test]
fn names_that_are_no_folders_and_doubled_places_are_refused() {
    let long = "n".repeat(101);
    for name in
        ["", ".", "..", "a/b", "a\\b", "a:b", "ä", " a", "a ", "a.", "CON", "com1.txt", "IMAGE", &long]
    {
        let mut map = vehicle();
        let refused = map.add_repository(name, "https://new.example.com/");
        assert!(matches!(refused, Err(MapError::Refused(_))), "{name:?}: {refused:?}");
        assert_eq!(map, vehicle());
    }
    // One place under two names would meet a threshold of two.
    for url in
        ["https://IMAGE.example.com", "http://image.example.com:80//", "https://image.example.com/x/.."]
    {
        let refused = vehicle().add_repository("new", url);
        assert!(matches!(refused, Err(MapError::Refused(_))), "{url}: {refused:?}");
    }
}

#[test]
fn mappings_that_nobody_could_meet_are_refused() {
    let refused = |mapping: Mapping, before: Option<usize>| {
        let mut map = vehicle();
        let error = map.add_mapping(mapping, before).expect_err("nonsense");
        assert_eq!(map, vehicle());
        error
    };
    match refused(mapping(&["a"], &["image", "nobody"], 1, true), None) {
        MapError::UnknownRepository { mapping: 3, repository } => assert_eq!(repository, "nobody"),
        other => panic!("{other:?}"),
    }
    for (repositories, threshold) in
        [(&["image"][..], 0), (&["image"], 2), (&["image", "director"], u64::MAX), (&[], 1)]
    {
        let error = refused(mapping(&["a"], repositories, threshold, true), None);
        assert!(matches!(error, MapError::BadThreshold { mapping: 3, .. }), "{error:?}");
    }
    for before in [0, 3, usize::MAX] {
        let error = refused(mapping(&["a"], &["image"], 1, true), Some(before));
        assert!(matches!(error, MapError::NoSuchMapping { mappings: 2, .. }), "{error:?}");
    }
    // The core refuses what is left: no pattern, one that covers nothing, and one repository that is asked twice.
    for wrong in [
        mapping(&[], &["image"], 1, true),
        mapping(&["../a"], &["image"], 1, true),
        mapping(&[""], &["image"], 1, true),
        mapping(&["a"], &["image", "image"], 2, true),
    ] {
        let error = refused(wrong, None);
        assert!(matches!(error, MapError::Refused(_)), "{error:?}");
    }
}

#[test]
fn files_that_clients_refuse_are_not_read() {
    let good = serde_json::to_value(vehicle()).expect("JSON");
    assert!(MapFile::parse(good.to_string().as_bytes()).is_ok());
    let refused = |text: &str| {
        let error = MapFile::parse(text.as_bytes()).expect_err(text);
        assert!(RepositoryMap::parse(text.as_bytes()).is_err(), "clients read it: {text}");
        error
    };
    for field in ["repositories", "mapping"] {
        let mut map = good.clone();
        map.as_object_mut().expect("an object").remove(field);
        assert!(matches!(refused(&map.to_string()), MapError::Refused(_)));
    }
    for field in ["paths", "repositories", "threshold", "terminating"] {
        for wrong in [None, Some(json!({})), Some(json!(-1)), Some(json!(""))] {
            let mut map = good.clone();
            let first = map["mapping"][0].as_object_mut().expect("a mapping");
            match wrong {
                None => drop(first.remove(field)),
                Some(wrong) => drop(first.insert(field.to_owned(), wrong)),
            }
            refused(&map.to_string());
        }
    }
    let doubled = good.to_string().replacen("\"mapping\":", "\"mapping\":[],\"mapping\":", 1);
    for text in [&doubled, "", "{", "[]", "null", "{\"repositories\": {\"a\": []}, \"mapping\": []}"] {
        assert!(matches!(refused(text), MapError::Refused(_)), "{text}");
    }
    // What this program does not know stays.
    let mut map = good;
    map["x-note"] = json!("ours");
    map["mapping"][0]["x-note"] = json!([1]);
    let mut read = MapFile::parse(map.to_string().as_bytes()).expect("a map");
    read.add_repository("new", "https://new.example.com/").expect("a repository");
    let written: serde_json::Value = serde_json::from_slice(&read.to_bytes().expect("a map")).expect("JSON");
    assert_eq!((&written["x-note"], &written["mapping"][0]["x-note"]), (&json!("ours"), &json!([1])));
}

#[test]
fn what_no_client_comes_to_is_told() {
    let mut map = vehicle();
    assert!(map.unreached().is_empty() && map.unasked().is_empty());
    map.add_repository("spare", "https://spare.example.com/").expect("a repository");
    map.add_mapping(mapping(&["a"], &["image"], 1, false), None).expect("a mapping");
    assert_eq!((map.unreached(), map.unasked()), (vec![3], vec!["spare"]));
    // One that covers everything and goes on keeps nobody from those after it.
    map.mapping[1].terminating = false;
    assert!(map.unreached().is_empty());
}

#[test]
fn the_command_makes_changes_and_shows_a_map() {
    let desk = Desk::new();
    let path = desk.path().join("map.json");
    let new = ["map", "new", "map.json", "--url=image=https://image.example.com/"];
    desk.ok(&new);
    let made = fs::read(&path).expect("a map");
    RepositoryMap::parse(&made).expect("a map");
    assert!(desk.refused(&new, "could not write map.json").contains("is not replaced"));
    assert_eq!(fs::read(&path).expect("a map"), made);
    desk.ok(&["map", "add", "map.json", "--url=director=https://director.example.com/"]);
    desk.ok(&["map", "add", "map.json", "--url=image=https://mirror.example.com/"]);
    desk.ok(&["map", "add", "map.json", "--paths=*", "--ask=image", "--terminating"]);
    desk.ok(&["map", "add", "map.json", "--paths=firmware/*", "--ask=image", "--ask=director", "--before=1"]);
    let shown = desk.ok(&["map", "show", "map.json"]);
    let lines = [
        "repository\tdirector\thttps://director.example.com/",
        "repository\timage\thttps://image.example.com/ https://mirror.example.com/",
        "1\tfirmware/*\t2 of image director\tgoes on",
        "2\t*\t1 of image\tends here",
    ];
    assert_eq!(shown.lines().collect::<Vec<_>>(), lines);
    assert_eq!(desk.ok(&["map", "show", "map.json", "--target=firmware/a"]), "image\ndirector\n");
    let before = fs::read(&path).expect("a map");
    let help = desk.refused(
        &["map", "add", "map.json", "--paths=x", "--ask=nobody"],
        "mapping 3 asks repository \"nobody\", which the map does not have [map-unknown-repository]",
    );
    assert_eq!(help, "add it with `--url NAME=URL`");
    desk.refused(
        &["map", "add", "map.json", "--paths=x", "--ask=image", "--threshold=2"],
        "[map-bad-threshold]",
    );
    desk.refused(&["map", "add", "map.json", "--url=new=new.example.com"], "[map-bad-url]");
    desk.refused(&["map", "add", "map.json", "--url=../up=https://up.example.com/"], "[map-refused]");
    assert_eq!(fs::read(&path).expect("a map"), before);
    assert_eq!(leftovers(desk.path()), ["map.json"]);
    fs::write(&path, b"{\"repositories\": {}}").expect("a file");
    desk.refused(&["map", "show", "map.json"], "[map-refused]");
}

/// Names in a folder, without the state folder.
fn leftovers(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name != "state").collect();
    names.sort();
    names
}

#[test]
fn the_command_compares_roots_of_trust() {
    let desk = Desk::with_repository();
    desk.ok(&["map", "new", "map.json", "--url=a=https://a.example.com/", "--url=b=https://b.example.com/"]);
    desk.ok(&["map", "add", "map.json", "--paths=*", "--ask=a", "--ask=b"]);
    let root = "repo/metadata/1.root.json";
    let (a, b) = (format!("--root=a={root}"), format!("--root=b={root}"));
    desk.ok(&["map", "show", "map.json", &a]);
    desk.refused(&["map", "show", "map.json", &a, &b], "[map-same-root]");
    desk.refused(&["map", "show", "map.json", &format!("--root=c={root}")], "[map-no-such-repository]");
}
