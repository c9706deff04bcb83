//! Maps, and the clients and stores of their repositories.

use std::fs;

use tuf_verifier_host::Error;

use crate::vehicle::{FIRMWARE, GENUINE, Mode, Vehicle, blame, blamed, found};

#[test]
fn each_repository_has_a_store_of_its_own() {
    let vehicle = Vehicle::new();
    let _ = found(&mut vehicle.open());
    let trusted = vehicle.trusted();
    let expected = ["image", "director"].map(|name| (name.to_owned(), trusted.join(name)));
    assert_eq!(vehicle.connected(), expected);
    for (name, served) in &vehicle.served {
        let stored = fs::read(trusted.join(name).join("timestamp.json")).unwrap();
        assert_eq!(stored, served.repository.mirror.file("timestamp.json"), "{name}");
    }
}

#[test]
fn a_repository_is_refreshed_once() {
    let mut vehicle = Vehicle::new();
    let mut repositories = vehicle.open();
    assert!(repositories.report("image").is_none());
    let _ = found(&mut repositories);
    assert_eq!(repositories.report("image").unwrap().timestamp.version, 1);
    assert!(repositories.report("nobody").is_none());
    let _ = vehicle.served("image").requests();
    let _ = found(&mut repositories);
    assert_eq!(vehicle.connected().len(), 2);
    assert!(vehicle.served("image").requests().is_empty());
}

#[test]
fn the_repositories_are_those_of_the_map() {
    let mut vehicle = Vehicle::new();
    let url = format!("{}/", vehicle.served("image").url());
    let repositories = vehicle.open();
    let listed: Vec<&str> = repositories.repositories().map(|repository| repository.name.as_str()).collect();
    assert_eq!(listed, ["director", "image"]);
    assert_eq!(repositories.repositories().last().unwrap().urls, [url]);
}

#[test]
fn a_further_url_is_a_mirror() {
    let mut vehicle = Vehicle::new();
    let (image, director) = (vehicle.served("image").url(), vehicle.served("director").url());
    // The director's server has nothing that the keys of the image repository signed.
    let map = format!(
        r#"{{
            "repositories": {{"image": ["{director}/", "{image}/"]}},
            "mapping": [{{"paths": ["*"], "repositories": ["image"], "threshold": 1, "terminating": true}}]
        }}"#
    );
    let mut repositories = vehicle.try_open(map.into_bytes()).unwrap();
    let target = found(&mut repositories);
    assert_eq!(repositories.read(&target).unwrap(), GENUINE);
}

/// GHSA-jqc5-w2xx-5vq4: a client wrote root metadata to wherever the name of a repository led.
#[test]
fn rejects_go_tuf_tap_4_repository_name_traversal() {
    let vehicle = Vehicle::new();
    for name in ["../escaped", "/tmp/escaped", "a/../../escaped", "..", r"..\\escaped"] {
        let map = format!(
            r#"{{
                "repositories": {{"{name}": ["http://127.0.0.1/"]}},
                "mapping": [{{"paths": ["*"], "repositories": ["{name}"], "threshold": 1, "terminating": true}}]
            }}"#
        );
        let refused = blamed(vehicle.try_open(map.into_bytes()));
        assert_eq!(refused, (None, "malformed-metadata".to_owned()), "{name}");
    }
    assert!(vehicle.connected().is_empty());
    assert!(!vehicle.trusted().exists());
}

#[test]
fn a_map_that_is_no_json_is_refused() {
    let vehicle = Vehicle::new();
    let refused = vehicle.try_open(b"no map".to_vec()).unwrap_err();
    assert_eq!(refused.code(), "malformed-json");
    assert!(refused.to_string().starts_with("malformed metadata: map.json: "), "{refused}");
}

#[test]
fn an_error_names_its_repository() {
    let mut vehicle = Vehicle::new();
    vehicle.served("director").becomes(Mode::Down);
    let error = vehicle.open().find(FIRMWARE).unwrap_err();
    assert!(
        error.to_string().starts_with("repository director: the server answered 503 for http://"),
        "{error}"
    );
}

#[test]
fn a_repository_is_connected_to_again_after_a_failure() {
    let mut vehicle = Vehicle::new();
    let mut repositories = vehicle.open();
    vehicle.served("director").becomes(Mode::Down);
    assert_eq!(blamed(repositories.find(FIRMWARE)), blame("director", "source-status"));
    vehicle.served("director").becomes(Mode::Honest);
    let _ = found(&mut repositories);
    let names: Vec<String> = vehicle.connected().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["image", "director", "director"]);
}

#[test]
fn a_store_that_cannot_be_opened_is_the_repositorys() {
    let vehicle = Vehicle::new();
    fs::write(vehicle.trusted(), b"a file where the folder should be").unwrap();
    let error = vehicle.open().find(FIRMWARE).unwrap_err();
    assert_eq!(error.repository.as_deref(), Some("image"));
    assert!(matches!(error.error, Error::Store(_)), "{error}");
}
