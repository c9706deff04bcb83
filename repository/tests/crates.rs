//! Crates and their dependencies as targets, fetched by the real cargo from a registry on the loopback interface.

use crate::world;

use std::collections::BTreeMap;

use crate::command::Desk;
use crate::registry::{Package, Registry, index_path};
use crate::world::{Client, Found};

/// A registry with a tool that needs one crate always, one on Windows, and one for its tests.
fn registry() -> Registry {
    let registry = Registry::start();
    for name in ["leaf", "windows-leaf", "test-leaf"] {
        registry.publish(&Package { name, version: "1.0.0", dependencies: &[], locked: false });
    }
    registry.publish(&tool("1.0.0"));
    registry
}

fn tool(version: &str) -> Package<'_> {
    let dependencies = &[
        ("leaf", "1", "normal", None),
        ("windows-leaf", "1", "normal", Some("cfg(windows)")),
        ("test-leaf", "1", "dev", None),
    ];
    Package { name: "tool", version, dependencies, locked: true }
}

fn desk(registry: &Registry) -> Desk {
    let mut desk = Desk::with_repository();
    desk.set("CARGO_HOME", registry.home().to_str().expect("UTF-8"));
    desk.ok(&["crates", "delegate", "--index-key=online", "--crates-key=targets"]);
    desk
}

/// Bytes of the one published file of a target.
fn target(desk: &Desk, path: &str) -> Option<String> {
    let targets: BTreeMap<_, _> = world::files(&desk.repository().join("targets"));
    let (folder, name) = path.rsplit_once('/').expect("a folder");
    let mut versions: Vec<_> = targets
        .iter()
        .filter(|(file, _)| file.parent().is_some_and(|parent| parent.ends_with(folder)))
        .filter(|(file, _)| {
            file.file_name().is_some_and(|file| file.to_string_lossy().ends_with(&format!(".{name}")))
        })
        .collect();
    assert!(versions.len() < 2, "{path}");
    versions.pop().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
}

fn found(desk: &Desk, path: &str) -> Found {
    let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
    let now = tuf_repository::UnixTime(since.as_secs() as i64);
    Client::default().find(&desk.repository(), path, now).expect("an update").1
}

#[test]
fn publishes_the_whole_closure_of_a_crate() {
    let registry = registry();
    registry.publish(&Package { name: "leaf", version: "1.9.0", dependencies: &[], locked: false });
    let desk = desk(&registry);
    let added = desk.ok(&["crates", "add", "tool@1.0.0"]);
    assert_eq!(added, "tool 1.0.0\nleaf 1.0.0\ntest-leaf 1.0.0\nwindows-leaf 1.0.0\n");
    desk.ok(&["publish"]);
    for (name, prefix) in
        [("tool", "to/ol"), ("leaf", "le/af"), ("windows-leaf", "wi/nd"), ("test-leaf", "te/st")]
    {
        let index = format!("index/{prefix}/{name}");
        assert_eq!(found(&desk, &index), Found::By("index".to_owned()), "{index}");
        let krate = format!("crates/{name}/{name}-1.0.0.crate");
        assert_eq!(found(&desk, &krate), Found::By("crates".to_owned()), "{krate}");
        let lines = target(&desk, &index).expect("an index file");
        assert_eq!(lines.lines().count(), 1, "only versions whose crates are targets: {lines}");
    }
    assert_eq!(desk.ok(&["crates", "add", "tool@1.0.0"]), "", "nothing is new");
    assert_eq!(desk.ok(&["publish"]), "");
}

/// Most tools are programs alone. Nothing can depend on them, so `cargo metadata` leaves them out.
#[test]
fn publishes_the_whole_closure_of_a_crate_without_a_library() {
    let registry = registry();
    registry.publish_program(&Package { name: "alone", version: "1.0.0", dependencies: &[], locked: true });
    let dependencies = &[("leaf", "1", "normal", None), ("alone", "1", "normal", None)];
    registry.publish_program(&Package { name: "program", version: "1.0.0", dependencies, locked: true });
    let desk = desk(&registry);
    assert_eq!(desk.ok(&["crates", "add", "alone@1.0.0"]), "alone 1.0.0\n");
    assert_eq!(desk.ok(&["crates", "add", "program@1.0.0"]), "program 1.0.0\nleaf 1.0.0\n");
    desk.ok(&["publish"]);
    for name in ["alone", "program", "leaf"] {
        let krate = format!("crates/{name}/{name}-1.0.0.crate");
        assert_eq!(found(&desk, &krate), Found::By("crates".to_owned()), "{krate}");
    }
}

/// Its own lock file has older dependencies than the ones that fit now, and features are asked of one of those.
#[test]
fn fetches_a_crate_without_the_newest_of_what_it_depends_on() {
    let registry = registry();
    // Without the features in the patch of the newest one, cargo would take the one before from the registry.
    for (name, version) in
        [("leaf", "1.8.0"), ("leaf", "1.9.0"), ("windows-leaf", "1.9.0"), ("test-leaf", "1.9.0")]
    {
        registry.publish(&Package { name, version, dependencies: &[], locked: false });
    }
    registry.tamper(&index_path("tool"), |lines| {
        let asked = r#""default_features":true,"features":["fast"]"#;
        let text =
            String::from_utf8_lossy(lines).replacen(r#""default_features":true,"features":[]"#, asked, 1);
        assert!(text.contains("fast"), "{text}");
        *lines = text.into_bytes();
    });
    for name in ["leaf", "windows-leaf", "test-leaf"] {
        registry.tamper(&index_path(name), |lines| {
            *lines = String::from_utf8_lossy(lines)
                .replace(r#""features":{}"#, r#""features":{"fast":[]}"#)
                .into_bytes();
        });
    }
    let before = registry.requests().len();
    let added = desk(&registry).ok(&["crates", "add", "tool@1.0.0"]);
    assert_eq!(added, "tool 1.0.0\nleaf 1.0.0\ntest-leaf 1.0.0\nwindows-leaf 1.0.0\n");
    let requests = registry.requests();
    let crates = requests[before..].iter().filter_map(|head| head.strip_prefix("GET /crates/"));
    let mut crates: Vec<&str> = crates.filter_map(|rest| rest.split(' ').next()).collect();
    crates.sort_unstable();
    assert_eq!(crates, ["leaf-1.0.0", "test-leaf-1.0.0", "tool-1.0.0", "windows-leaf-1.0.0"]);
}

/// Of dependencies that cargo leaves out here: no manifest can have features of such names.
#[test]
fn fetches_a_crate_whose_other_dependencies_ask_for_features_of_no_manifest() {
    let registry = registry();
    registry.tamper(&index_path("tool"), |lines| {
        let asking = |name: &str, kind: &str, optional: bool, feature: &str| {
            format!(
                r#"{{"name":"{name}","package":"leaf","req":"^1","features":["{feature}"],"optional":{optional},"default_features":true,"target":null,"kind":"{kind}"}}"#
            )
        };
        let added = [
            asking("tested-leaf", "dev", false, "fast/more"),
            asking("unused-leaf", "normal", true, "fast/more"),
            asking("hidden-leaf", "normal", true, "dep:fast"),
            asking("odd-leaf", "normal", true, "-fast"),
            asking("odder-leaf", "normal", true, "fast!"),
            asking("nameless-leaf", "normal", true, ""),
        ];
        let deps = format!(r#""deps":[{},"#, added.join(","));
        let text = String::from_utf8_lossy(lines).replacen(r#""deps":["#, &deps, 1);
        assert!(text.contains("fast/more"), "{text}");
        *lines = text.into_bytes();
    });
    let added = desk(&registry).ok(&["crates", "add", "tool@1.0.0"]);
    assert_eq!(added, "tool 1.0.0\nleaf 1.0.0\ntest-leaf 1.0.0\nwindows-leaf 1.0.0\n");
}

#[test]
fn puts_back_files_that_are_gone_or_changed() {
    let registry = registry();
    registry.publish(&Package { name: "leaf", version: "1.9.0", dependencies: &[], locked: false });
    let desk = desk(&registry);
    desk.ok(&["crates", "add", "tool@1.0.0"]);
    desk.ok(&["publish"]);
    let targets = desk.repository().join("targets");
    let before = world::files(&targets);
    for (number, path) in before.keys().enumerate() {
        match number % 2 {
            0 => std::fs::remove_file(targets.join(path)).expect("a removal"),
            _ => std::fs::write(targets.join(path), "changed").expect("a change"),
        }
    }
    let run = desk.run(&["crates", "add", "tool@1.0.0"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "nothing is new: {}", run.stderr);
    assert!(run.stderr.contains("8 published files were gone or changed"), "{}", run.stderr);
    desk.ok(&["publish"]);
    let mut after = world::files(&targets);
    after.retain(|path, _| !path.to_string_lossy().contains("aside-"));
    assert!(after == before);
    // A yanked version makes other bytes: nobody knows what was published before.
    let index = before.keys().find(|path| path.to_string_lossy().ends_with(".leaf")).expect("an index file");
    std::fs::remove_file(targets.join(index)).expect("a removal");
    registry.tamper(&index_path("leaf"), |lines| {
        let yanked = String::from_utf8_lossy(lines).replacen("\"yanked\":false", "\"yanked\":true", 1);
        *lines = yanked.into_bytes();
    });
    desk.refused(&["crates", "add", "tool@1.0.0"], "[published-changed]");
}

#[test]
fn later_versions_join_their_index_file_in_order() {
    let registry = registry();
    let desk = desk(&registry);
    desk.ok(&["crates", "add", "tool@1.0.0"]);
    registry.publish(&Package { name: "leaf", version: "1.9.0", dependencies: &[], locked: false });
    registry.publish(&tool("1.10.0"));
    registry.tamper(&index_path("leaf"), |lines| {
        let yanked = String::from_utf8_lossy(lines).replacen("\"yanked\":false", "\"yanked\":true", 1);
        *lines = yanked.into_bytes();
    });
    let added = desk.ok(&["crates", "add", "tool@1.10.0"]);
    assert_eq!(added, "tool 1.10.0\nleaf 1.9.0\n");
    desk.ok(&["publish"]);
    let versions = |path| -> Vec<(String, bool)> {
        let lines = target(&desk, path).expect("an index file");
        let value = |line| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        let pair = |line| (value(line)["vers"].to_string(), value(line)["yanked"] == true);
        lines.lines().map(pair).collect()
    };
    let pair = |version: &str, yanked| (format!("{version:?}"), yanked);
    assert_eq!(versions("index/to/ol/tool"), [pair("1.0.0", false), pair("1.10.0", false)]);
    assert_eq!(versions("index/le/af/leaf"), [pair("1.0.0", true), pair("1.9.0", false)]);
}

#[test]
fn refuses_an_index_line_that_has_changed() {
    let registry = registry();
    let desk = desk(&registry);
    desk.ok(&["crates", "add", "tool@1.0.0"]);
    desk.ok(&["publish"]);
    registry.publish(&tool("1.1.0"));
    registry.tamper(&index_path("leaf"), |lines| {
        let changed = String::from_utf8_lossy(lines).replace("\"features\":{}", "\"features\":{\"new\":[]}");
        *lines = changed.into_bytes();
    });
    desk.refused(&["crates", "add", "tool@1.1.0"], "leaf 1.0.0: the registry has changed its index line");
    assert_eq!(desk.ok(&["publish"]), "");
}

#[test]
fn refuses_a_tampered_crate() {
    let registry = registry();
    let desk = desk(&registry);
    registry.tamper("/crates/leaf-1.0.0", |bytes| bytes.push(0));
    desk.refused(&["crates", "add", "tool@1.0.0"], "`cargo fetch` failed");
    desk.ok(&["publish"]);
    let status = desk.ok(&["status"]);
    assert!(status.lines().any(|line| line.starts_with("crates\t1\t") && line.ends_with("\t0")), "{status}");
}

#[test]
fn a_crate_without_a_lock_file_needs_one() {
    let registry = registry();
    let desk = desk(&registry);
    desk.refused(&["crates", "add", "leaf@1.0.0"], "carries no Cargo.lock");
    desk.write("leaf.lock", "version = 4\n\n[[package]]\nname = \"leaf\"\nversion = \"1.0.0\"\n");
    assert_eq!(desk.ok(&["crates", "add", "leaf@1.0.0", "--lock=leaf.lock"]), "leaf 1.0.0\n");
}

#[test]
fn packages_that_no_registry_covers_are_named() {
    let registry = registry();
    let desk = desk(&registry);
    let lock = project(&registry, &desk, "[dependencies.beside]\npath = \"../beside\"\n");
    let lock = lock.to_str().expect("UTF-8");
    let help = desk.refused(&["crates", "add", "--lock", lock], "beside 0.0.0 (a folder)");
    assert!(help.contains("--allow-uncovered"), "{help}");
    let added = desk.ok(&["crates", "add", "--lock", lock, "--allow-uncovered"]);
    assert_eq!(added, "leaf 1.0.0\n");
    desk.refused(&["crates", "add", "--lock", "missing/Cargo.lock"], "Cargo.toml beside it");
}

/// A package that depends on `leaf` and on whatever else is said. Gives its lock file.
fn project(registry: &Registry, desk: &Desk, dependencies: &str) -> std::path::PathBuf {
    desk.write(
        "beside/Cargo.toml",
        "[package]\nname = \"beside\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
    );
    desk.write("beside/src/lib.rs", "");
    let manifest = format!(
        "[package]\nname = \"project\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies.leaf]\nversion = \"1\"\n{dependencies}"
    );
    desk.write("project/Cargo.toml", &manifest);
    desk.write("project/src/lib.rs", "");
    registry.cargo("generate-lockfile", &desk.path().join("project"));
    desk.path().join("project/Cargo.lock")
}
