//! The signed package names a source of code that nobody signed.

use std::path::Path;
use std::process::Command;

use crate::world::{Krate, Machine, PlainRegistry, Published, greeting_packages, run};

/// A package `evil` in a folder, which is a git repository too.
fn evil_folder(machine: &Machine) -> String {
    let folder = machine.path("evil");
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = "[package]\nname = \"evil\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("a file");
    std::fs::write(folder.join("src/lib.rs"), "pub fn word() -> &'static str { \"owned\" }").expect("a file");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(&folder).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(arguments);
        assert!(git.output().expect("git").status.success(), "{arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "evil"]);
    folder.to_str().expect("UTF-8").to_owned()
}

const PROGRAM: &str = "fn main() { println!(\"{}\", evil::word()); }";

#[test]
fn rejects_sources_in_the_manifest_that_nobody_signed() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let folder = evil_folder(&machine);
    let registry = PlainRegistry::serving(&[Krate::library("evil", "1.0.0", "")]);
    let index = registry.index_url();
    let cases = [
        (
            format!("[dependencies.evil]\ngit = \"file://{folder}\"\n"),
            "takes evil from the git repository file://",
        ),
        (
            "[dependencies.evil]\ngit = \"git://127.0.0.1:1/evil\"\n".into(),
            "takes evil from the git repository git://127.0.0.1:1/",
        ),
        (
            "[build-dependencies.evil]\ngit = \"ssh://host/evil\"\n".into(),
            "takes evil from the git repository ssh://host/evil",
        ),
        (
            "[target.'cfg(unix)'.dependencies.evil]\ngit = \"https://host/evil\"\n".into(),
            "takes evil from the git repository https://host/evil",
        ),
        (format!("[dependencies.evil]\npath = \"{folder}\"\n"), "takes evil from the folder /"),
        (
            format!("[dependencies.evil]\nversion = \"1\"\nregistry-index = \"{index}\"\n"),
            "takes evil from the registry sparse",
        ),
        (
            "[dependencies.evil]\nversion = \"1\"\nregistry = \"evil\"\n".into(),
            "takes evil from the registry evil",
        ),
        ("[dependencies.evil]\nworkspace = true\n".into(), "takes evil from its workspace"),
        (format!("[workspace.dependencies.evil]\npath = \"{folder}\"\n"), "takes evil from the folder"),
        (
            format!("[patch.crates-io]\nwords = {{ path = \"{folder}\" }}\n"),
            "replaces packages, in its table `patch`",
        ),
        (
            format!("[replace]\n\"words:1.0.0\" = {{ path = \"{folder}\" }}\n"),
            "replaces packages, in its table `replace`",
        ),
    ];
    for (number, (manifest, words)) in cases.into_iter().enumerate() {
        let greet = Krate::binary("greet", "1.0.0", PROGRAM).with_manifest(&manifest);
        let mut published = Published::new(&[greet]);
        for _ in 0..number {
            published.release();
        }
        machine.serve(&published);
        for mode in [&["greet"][..], &["greet", "--unlocked"]] {
            let ended = run(&mut machine.install(mode)).ends_with(1).once();
            ended.says(&format!("not covered: the Cargo.toml of greet v1.0.0 {words}"), "nothing was built");
        }
        assert_eq!(machine.installed("greet"), None, "{manifest}");
    }
    assert_eq!(registry.requests(), Vec::<String>::new(), "the unverified registry was asked");
}

#[test]
fn accepts_a_manifest_that_names_the_default_registry() {
    let named = "[dependencies.words]\nversion = \"1\"\n\
                 registry-index = \"https://github.com/rust-lang/crates.io-index\"\n[patch]\n[workspace]\n";
    let greet = Krate::binary("greet", "1.1.0", "fn main() { println!(\"{}\", words::word()); }")
        .with_manifest(named);
    let machine = Machine::trusting(&Published::new(&[greeting_packages(), vec![greet]].concat()));
    run(&mut machine.install(&["greet", "--unlocked"])).ends_with(0);
    assert_eq!(machine.installed("greet").as_deref(), Some("hello\n"));
}

/// A link makes cargo use another lock than the one that was verified.
#[cfg(unix)]
#[test]
fn rejects_a_lock_that_another_one_replaces_when_cargo_unpacks() {
    let real = "version = 4\n\n[[package]]\nname = \"greet\"\nversion = \"1.0.0\"\n";
    let greet =
        Krate::binary("greet", "1.0.0", "fn main() {}").with_link("d", ".").with_file("d/Cargo.lock", real);
    let machine = Machine::trusting(&Published::new(&[greet]));
    let ended = run(&mut machine.install(&["greet"])).ends_with(40).once();
    ended.says(
        "malformed crate file: greet v1.0.0: greet-1.0.0/d is neither a file nor a folder",
        "nothing was",
    );
    assert_eq!(machine.installed("greet"), None);
}

/// A cargo that a build script starts has no manifest of ours: git itself refuses every protocol.
#[test]
fn rejects_git_to_a_cargo_that_a_build_script_starts() {
    let machine = Machine::trusting(&Published::new(&greeting_packages()));
    let folder = evil_folder(&machine);
    let greet =
        Krate::binary("greet", "1.0.0", "fn main() {}").with_file("build.rs", &nested(Path::new(&folder)));
    machine.serve(&Published::new(&[greet]));
    let ended = run(&mut machine.install(&["greet"])).ends_with(101);
    assert!(ended.stderr.contains("transport 'file' not allowed"), "{}", ended.stderr);
    assert_eq!(machine.installed("greet"), None);
}

fn nested(folder: &Path) -> String {
    let dependency = format!("evil = {{ git = \"file://{}\" }}", folder.display());
    format!(
        r##"
        use std::{{env, fs, path::Path, process::Command}};
        fn main() {{
            let folder = Path::new(&env::var("OUT_DIR").unwrap()).join("inner");
            fs::create_dir_all(folder.join("src")).unwrap();
            let manifest = "[package]\nname = \"inner\"\nversion = \"1.0.0\"\n[workspace]\n[dependencies]\n";
            fs::write(folder.join("Cargo.toml"), format!("{{manifest}}{{}}\n", {dependency:?})).unwrap();
            fs::write(folder.join("src/lib.rs"), "").unwrap();
            let output = Command::new(env::var("CARGO").unwrap()).arg("fetch").current_dir(&folder).output().unwrap();
            assert!(output.status.success(), "{{}}", String::from_utf8_lossy(&output.stderr));
        }}"##
    )
}
