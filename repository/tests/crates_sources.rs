//! `tufrepo crates add` for projects and crates that lead cargo to other sources than the user's default registry.

use crate::world;

use std::fs;
use std::path::PathBuf;

use crate::command::Desk;
use crate::registry::{Package, Registry, index_path};

const LEAF: Package<'_> = Package { name: "leaf", version: "1.0.0", dependencies: &[], locked: false };
const APP: Package<'_> = Package {
    name: "page",
    version: "0.1.0",
    dependencies: &[("leaf", "=1.0.0", "normal", None)],
    locked: true,
};
const NOTHING: [String; 0] = [];

/// A publisher whose default registry is `good`, and a thief's registry that nobody of theirs has named.
struct Publisher {
    desk: Desk,
    good: Registry,
    evil: Registry,
}

impl Publisher {
    fn new() -> Self {
        let (good, evil) = (Registry::start(), Registry::start());
        good.publish(&LEAF);
        let mut desk = Desk::with_repository();
        desk.set("CARGO_HOME", good.home().to_str().expect("UTF-8"));
        desk.ok(&["crates", "delegate", "--index-key=online", "--crates-key=targets"]);
        Self { desk, good, evil }
    }

    /// A project of the thief with a lock file. Gives the lock file.
    fn project(&self, manifest: &str) -> String {
        let head = "[package]\nname = \"project\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
        self.desk.write("project/Cargo.toml", &format!("{head}{manifest}"));
        self.desk.write("project/src/lib.rs", "");
        self.good.cargo("generate-lockfile", &self.desk.path().join("project"));
        self.lock().to_str().expect("UTF-8").to_owned()
    }

    fn lock(&self) -> PathBuf {
        self.desk.path().join("project/Cargo.lock")
    }

    /// The registry's own lines of `leaf` are staged, and the thief's registry was asked for nothing.
    fn has_the_good_leaf(&self) {
        let staged = staged(&self.desk, "index/le/af/leaf");
        assert_eq!(staged, self.good.file(&index_path("leaf")));
        assert_eq!(self.evil.requests(), NOTHING);
    }

    /// The thief's registry has a leaf of its own: another line for the version and the bytes that everybody has.
    fn forge_leaf(evil: &Registry, good: &Registry) {
        let line = good.file(&index_path("leaf")).replace("\"features\":{}", "\"features\":{\"evil\":[]}");
        evil.publish(&Package { version: "9.9.0", ..LEAF });
        evil.tamper(&index_path("leaf"), |lines| lines.splice(0..0, line.into_bytes()).for_each(drop));
    }
}

/// Bytes of a staged target file.
fn staged(desk: &Desk, path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').expect("a folder");
    let files = world::files(&desk.repository().join("staged"));
    let found = files.iter().find(|(file, _)| {
        let file_name = file.file_name().unwrap_or_default().to_string_lossy();
        file.parent().is_some_and(|parent| parent.ends_with(folder)) && file_name.ends_with(name)
    });
    let (_, bytes) = found.unwrap_or_else(|| panic!("{path} is not staged: {:?}", files.keys()));
    String::from_utf8_lossy(bytes).into_owned()
}

/// The user's source leads to a registry by its name, and the project gives the name another place.
#[test]
fn rejects_a_project_that_moves_the_registry_of_the_users_source() {
    let publisher = Publisher::new();
    let Publisher { desk, good, evil } = &publisher;
    evil.publish_with(&LEAF, "[features]\nevil = []\n");
    let settings = format!(
        "[source.crates-io]\nreplace-with = \"corp\"\n[registries.corp]\nindex = \"{}\"\n",
        good.index()
    );
    fs::write(good.home().join("config.toml"), settings).expect("a file");
    let lock = publisher.project("[dependencies]\nleaf = \"1\"\n");
    let moved = format!("[registries.corp]\nindex = \"{}\"\n", evil.index());
    desk.write("project/.cargo/config.toml", &moved);
    let text = fs::read_to_string(&lock).expect("a lock file");
    let checksum = |registry: &Registry| {
        let line: serde_json::Value =
            serde_json::from_str(registry.file(&index_path("leaf")).trim()).expect("JSON");
        line["cksum"].as_str().expect("a checksum").to_owned()
    };
    let forged = text.replace(&checksum(good), &checksum(evil));
    assert_ne!(forged, text);
    fs::write(&lock, forged).expect("a file");
    desk.refused(&["crates", "add", "--lock", &lock], "`cargo fetch` failed");
    fs::write(&lock, text).expect("a file");
    assert_eq!(desk.ok(&["crates", "add", "--lock", &lock]), "leaf 1.0.0\n");
    publisher.has_the_good_leaf();
}

/// The token is of a registry that the user names, in the environment or in the configuration; the project places the name.
#[test]
fn rejects_to_send_a_token_of_the_user_to_a_registry_of_a_project() {
    for (variable, setting) in [("CARGO_REGISTRIES_CORP_TOKEN", ""), ("IGNORED", "token = \"secret\"\n")] {
        let mut publisher = Publisher::new();
        publisher.desk.set(variable, "secret");
        let Publisher { desk, good, evil } = &publisher;
        evil.publish(&Package { name: "elsewhere", ..LEAF });
        let settings = good.home().join("config.toml");
        let text = fs::read_to_string(&settings).expect("settings");
        fs::write(&settings, format!("{text}[registries.corp]\n{setting}")).expect("a file");
        let placed = format!("[registries.corp]\nindex = \"{}\"\n", evil.index());
        desk.write("project/.cargo/config.toml", &placed);
        let lock = publisher
            .project("[dependencies]\nleaf = \"1\"\nelsewhere = { version = \"1\", registry = \"corp\" }\n");
        evil.tamper("/index/config.json", |config| {
            let mut value: serde_json::Value = serde_json::from_slice(config).expect("JSON");
            value["auth-required"] = true.into();
            *config = value.to_string().into_bytes();
        });
        let before = evil.requests().len();
        let arguments = ["crates", "add", "--lock", &lock];
        desk.refused(&arguments, "elsewhere 1.0.0 (sparse+");
        assert_eq!(desk.ok(&[&arguments[..], &["--allow-uncovered"]].concat()), "leaf 1.0.0\n");
        assert_eq!(evil.requests()[before..], NOTHING);
    }
}

/// Cargo asks the registries of patches that nothing uses, and keeps their indexes beside that of the default registry.
#[test]
fn rejects_the_index_lines_of_an_unused_patch() {
    let mut publisher = Publisher::new();
    Publisher::forge_leaf(&publisher.evil, &publisher.good);
    let index = publisher.evil.index().to_owned();
    let lock = publisher.project(&format!(
        "[dependencies]\nleaf = \"=1.0.0\"\n\
         [patch.crates-io]\nleaf = {{ version = \"=9.9.0\", registry-index = \"{index}\" }}\n"
    ));
    assert!(fs::read_to_string(&lock).expect("a lock file").contains("[[patch.unused]]"));
    let before = publisher.evil.requests().len();
    let arguments = ["crates", "add", "--lock", &lock];
    publisher.desk.refused(&arguments, &format!("leaf 9.9.0 ({index})"));
    let added = publisher.desk.ok(&[&arguments[..], &["--allow-uncovered"]].concat());
    assert_eq!(added, "leaf 1.0.0\n");
    assert_eq!(publisher.evil.requests()[before..], NOTHING);
    publisher.evil = Registry::start();
    publisher.has_the_good_leaf();
}

#[test]
fn rejects_the_index_lines_of_a_patch_inside_a_crate() {
    let mut publisher = Publisher::new();
    Publisher::forge_leaf(&publisher.evil, &publisher.good);
    let index = publisher.evil.index().to_owned();
    let patch =
        format!("[patch.crates-io]\nleaf = {{ version = \"=9.9.0\", registry-index = \"{index}\" }}\n");
    publisher.good.publish_with(&APP, &patch);
    let before = publisher.evil.requests().len();
    publisher.desk.refused(&["crates", "add", "page@0.1.0"], &format!("leaf 9.9.0 ({index})"));
    let added = publisher.desk.ok(&["crates", "add", "page@0.1.0", "--allow-uncovered"]);
    assert_eq!(added, "page 0.1.0\nleaf 1.0.0\n");
    assert_eq!(publisher.evil.requests()[before..], NOTHING);
    publisher.evil = Registry::start();
    publisher.has_the_good_leaf();
}

/// Another registry has the same version, too, and cargo fetches both.
#[test]
fn rejects_the_index_lines_of_another_registry_with_the_same_version() {
    let mut publisher = Publisher::new();
    let other = Registry::start();
    other.publish(&LEAF);
    other.tamper(&index_path("leaf"), |lines| {
        let forged = String::from_utf8_lossy(lines).replace("\"features\":{}", "\"features\":{\"evil\":[]}");
        *lines = forged.into_bytes();
    });
    publisher.good.publish(&APP);
    publisher.good.tamper(&index_path("page"), |line| {
        let mut value: serde_json::Value = serde_json::from_slice(line).expect("JSON");
        let own = value["deps"][0].clone();
        let mut dependency = own.clone();
        dependency["name"] = "other".into();
        dependency["package"] = "leaf".into();
        dependency["registry"] = other.index().into();
        value["deps"] = vec![dependency, own].into();
        *line = format!("{value}\n").into_bytes();
    });
    assert_eq!(publisher.desk.ok(&["crates", "add", "page@0.1.0"]), "page 0.1.0\nleaf 1.0.0\n");
    assert!(other.requests().iter().any(|head| head.contains("/crates/leaf")), "cargo has the crate of each");
    publisher.evil = Registry::start();
    publisher.has_the_good_leaf();
}

/// The default registry's own index may lead to other registries. Cargo asks them, and what they say of a crate of the
/// default registry is not believed.
#[test]
fn rejects_the_index_lines_of_a_registry_that_the_index_names() {
    let mut publisher = Publisher::new();
    let others: Vec<Registry> = std::iter::repeat_with(Registry::start).take(3).collect();
    for other in &others {
        Publisher::forge_leaf(other, &publisher.good);
    }
    publisher.good.publish(&APP);
    publisher.good.tamper(&index_path("page"), |line| {
        let mut value: serde_json::Value = serde_json::from_slice(line).expect("JSON");
        let own = value["deps"][0].clone();
        value["deps"] = others
            .iter()
            .zip(1..)
            .map(|(other, number)| {
                let mut dependency = own.clone();
                dependency["name"] = format!("leaf{number}").into();
                dependency["package"] = "leaf".into();
                dependency["registry"] = other.index().into();
                dependency["req"] = "=9.9.0".into();
                dependency
            })
            .chain([own.clone()])
            .collect();
        *line = format!("{value}\n").into_bytes();
    });
    assert_eq!(publisher.desk.ok(&["crates", "add", "page@0.1.0"]), "page 0.1.0\nleaf 1.0.0\n");
    assert!(others.iter().all(|other| !other.requests().is_empty()), "cargo has the index of each");
    publisher.evil = Registry::start();
    publisher.has_the_good_leaf();
}

#[test]
fn rejects_a_folder_with_the_name_of_a_member() {
    let publisher = Publisher::new();
    publisher.desk.write(
        "outside/Cargo.toml",
        "[package]\nname = \"project\"\nversion = \"0.2.0\"\nedition = \"2021\"\n",
    );
    publisher.desk.write("outside/src/lib.rs", "");
    let lock = publisher.project(
        "[dependencies]\nleaf = \"1\"\noutside = { package = \"project\", path = \"../outside\" }\n",
    );
    publisher.desk.refused(&["crates", "add", "--lock", &lock], ": project 0.2.0 (a folder) [");
}

/// A git repository that a lock file, or a manifest alone, names is never asked for, not even where it is left out.
#[test]
fn rejects_a_git_dependency_before_it_is_fetched() {
    let publisher = Publisher::new();
    let Publisher { desk, evil, .. } = &publisher;
    let lock = publisher.project("[dependencies]\nleaf = \"1\"\n");
    let git = evil.index().replace("sparse+", "").replace("/index/", "/hole.git");
    let manifest = desk.path().join("project/Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, format!("{text}hole = {{ git = \"{git}\" }}\n")).expect("a file");
    let arguments = ["crates", "add", "--lock", &lock];
    desk.refused(&arguments, "it does not fit its Cargo.toml: project needs hole *");
    let source = format!("git+{git}#0000000000000000000000000000000000000000");
    let text = fs::read_to_string(&lock).expect("a lock file");
    let entry = format!("[[package]]\nname = \"hole\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n");
    fs::write(&lock, format!("{text}\n{entry}")).expect("a file");
    desk.refused(&arguments, &format!("hole 1.0.0 ({source})"));
    assert_eq!(desk.ok(&[&arguments[..], &["--allow-uncovered"]].concat()), "leaf 1.0.0\n");
    publisher.has_the_good_leaf();
}

#[test]
fn rejects_a_lock_file_that_does_not_fit() {
    let publisher = Publisher::new();
    let lock = publisher.project("[dependencies]\nleaf = \"1\"\n");
    let manifest = publisher.desk.path().join("project/Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    fs::write(&manifest, text.replace("\"1\"", "\"2\"")).expect("a file");
    publisher.desk.refused(
        &["crates", "add", "--lock", &lock],
        "it does not fit its Cargo.toml: project needs leaf ^2",
    );
}

#[test]
fn accepts_a_version_that_was_yanked_since_it_was_locked() {
    let publisher = Publisher::new();
    let lock = publisher.project("[dependencies]\nleaf = \"1\"\n");
    publisher.good.publish(&Package { version: "1.1.0", ..LEAF });
    publisher.good.tamper(&index_path("leaf"), |lines| {
        *lines =
            String::from_utf8_lossy(lines).replacen("\"yanked\":false", "\"yanked\":true", 1).into_bytes();
    });
    assert_eq!(publisher.desk.ok(&["crates", "add", "--lock", &lock]), "leaf 1.0.0\n");
}

/// Cargo would wait for a pipe for ever, and read a device without an end until no memory is left.
#[cfg(unix)]
#[test]
fn rejects_a_manifest_that_is_no_regular_file() {
    let publisher = Publisher::new();
    let lock = publisher.project("[dependencies]\nleaf = \"1\"\n");
    let manifest = std::path::Path::new(&lock).with_file_name("Cargo.toml");
    fs::remove_file(&manifest).expect("a manifest");
    std::os::unix::fs::symlink("/dev/null", &manifest).expect("a link");
    let words = format!("{}: it is not a regular file", manifest.display());
    publisher.desk.refused(&["crates", "add", "--lock", &lock], &words);
}
